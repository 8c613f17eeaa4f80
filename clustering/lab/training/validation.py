"""How good an encoder is on marks it never saw: across icon sets, and as clusters of logos."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from clustering.lab.training import Picture
from clustering.pipeline.clusterers.threshold import Linkage, Threshold
from clustering.pipeline.evaluation import Agreement, LabelTruth, evaluate
from clustering.pipeline.neighbours import N_NEIGHBOURS, nearest

Vectors = NDArray[np.float32]

CUTS: Final = tuple(round(0.10 + 0.01 * step, 2) for step in range(41))
"""Cosine distances at which logos are joined, from which the best is chosen."""


@dataclass(frozen=True)
class Recall:
    """The share of ``n`` pictures whose nearest picture of another source shows their brand."""

    share: float
    n: int


def recall_at_1(vectors: Vectors, pictures: Sequence[Picture]) -> dict[str, Recall]:
    """Return the recall over all pictures that have a partner in another source, and by space.

    Args:
        vectors: shape (n, d), rows of L2 norm 1.
        pictures: what each row shows.

    Pictures of the same source don't count as neighbours: one set draws all its marks alike.
    """
    brands = np.array([one.brand for one in pictures])
    sources = np.array([one.source for one in pictures])
    elsewhere = sources[:, None] != sources
    scores = np.where(elsewhere, vectors @ vectors.T, -np.inf)
    asked = ((brands[:, None] == brands) & elsewhere).any(axis=1)
    right = brands[scores.argmax(axis=1)] == brands
    spaces = np.array([brand.partition(":")[0] for brand in brands])
    found = {"all": _recall(right[asked])}
    for space in sorted(set(spaces[asked].tolist())):
        found[space or "brand"] = _recall(right[asked & (spaces == space)])
    return found


def _recall(right: NDArray[np.bool_]) -> Recall:
    return Recall(float(right.mean()) if len(right) else 0.0, len(right))


@dataclass(frozen=True)
class ClusteringScore:
    """Labelled logos by unique image, as the product clusters them."""

    vectors: Vectors
    """Shape (n, d), one row per unique image."""
    names: tuple[tuple[str, ...], ...]
    """The domains that show each image."""
    truth: Mapping[str, LabelTruth]
    """What people say of the domains that are judged; the others are still clustered."""

    def agreement(self, cut: float, linkage: Linkage) -> Agreement:
        """Cluster at a cut as ``manage.py cluster`` does, and compare as ``evaluate`` does."""
        return evaluate(self.labels(cut, linkage), self.truth)

    def labels(self, cut: float, linkage: Linkage) -> dict[str, int]:
        """Return the cluster of each domain, -1 for outliers."""
        weights = np.array([len(names) for names in self.names], dtype=np.int64)
        graph = nearest(self.vectors, N_NEIGHBOURS)
        found = Threshold(cut, linkage, 2).fit(self.vectors, graph, weights).labels.tolist()
        return {
            name: label for label, names in zip(found, self.names, strict=True) for name in names
        }

    def sweep(self, linkage: Linkage, cuts: Sequence[float] = CUTS) -> dict[float, Agreement]:
        """Return the agreement at each cut."""
        return {cut: self.agreement(cut, linkage) for cut in cuts}


def best_cut(sweeps: Sequence[Mapping[float, Agreement]]) -> float:
    """Return the cut with the best mean F; of a plateau within 0.0005 its middle."""
    cuts = sorted(sweeps[0])
    means = np.array([np.mean([sweep[cut].b3_f1 for sweep in sweeps]) for cut in cuts])
    plateau = np.flatnonzero(means >= means.max() - 0.0005)
    return cuts[int(plateau[len(plateau) // 2])]


def score_clustering(
    vectors: Vectors,
    names: Sequence[str],
    images: Sequence[object],
    truth: Mapping[str, LabelTruth],
) -> ClusteringScore:
    """Join rows whose ``images`` are equal; the first row of each stands for it."""
    rows: dict[object, int] = {}
    shown: list[list[str]] = []
    firsts = []
    for row, (name, image) in enumerate(zip(names, images, strict=True)):
        if image not in rows:
            rows[image] = len(shown)
            shown.append([])
            firsts.append(row)
        shown[rows[image]].append(name)
    return ClusteringScore(vectors[firsts], tuple(tuple(one) for one in shown), truth)
