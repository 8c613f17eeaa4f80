"""Validation metrics: recall across icon sets, agreement of clusters of labelled logos."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from clustering.lab.training import Picture
from clustering.pipeline.clusterers.agglomerative import Agglomerative, Linkage
from clustering.pipeline.evaluation import Agreement, LabelTruth, evaluate
from clustering.pipeline.neighbours import N_NEIGHBOURS, nearest

Vectors = NDArray[np.float32]

THRESHOLDS: Final = tuple(round(0.10 + 0.01 * step, 2) for step in range(41))
"""Cosine distance thresholds from which the best is chosen."""


@dataclass(frozen=True)
class Recall:
    """Recall@1 over ``n`` pictures, with neighbours from other sources."""

    share: float
    n: int


def recall_at_1(vectors: Vectors, pictures: Sequence[Picture]) -> dict[str, Recall]:
    """Return recall@1 over all pictures with a partner in another source, and by name space.

    Args:
        vectors: shape (n, d), rows of L2 norm 1.
        pictures: the picture of each row.

    Pictures of the same source are no neighbours, because an icon set has one style.
    """
    brands = np.array([one.brand for one in pictures])
    sources = np.array([one.source for one in pictures])
    elsewhere = sources[:, None] != sources
    scores = np.where(elsewhere, vectors @ vectors.T, -np.inf)
    has_partner = ((brands[:, None] == brands) & elsewhere).any(axis=1)
    right = brands[scores.argmax(axis=1)] == brands
    spaces = np.array([brand.partition(":")[0] for brand in brands])
    found = {"all": _recall(right[has_partner])}
    for space in sorted(set(spaces[has_partner].tolist())):
        found[space or "brand"] = _recall(right[has_partner & (spaces == space)])
    return found


def _recall(right: NDArray[np.bool_]) -> Recall:
    return Recall(float(right.mean()) if len(right) else 0.0, len(right))


@dataclass(frozen=True)
class ClusteringScore:
    """Clusterings of labelled logos, one row per distinct image."""

    vectors: Vectors
    """Shape (n, d), one row per unique image."""
    names: tuple[tuple[str, ...], ...]
    """The domains that show each image."""
    truth: Mapping[str, LabelTruth]
    """Labels of the domains that are evaluated; the others are clustered too."""

    def agreement(self, threshold: float, linkage: Linkage) -> Agreement:
        """Cluster at a threshold and compare with the labels."""
        return evaluate(self.labels(threshold, linkage), self.truth)

    def labels(self, threshold: float, linkage: Linkage) -> dict[str, int]:
        """Return the cluster of each domain, -1 for outliers."""
        weights = np.array([len(names) for names in self.names], dtype=np.int64)
        graph = nearest(self.vectors, N_NEIGHBOURS)
        clusterer = Agglomerative(linkage, threshold)
        found = clusterer.fit(self.vectors, graph, weights).tolist()
        return {
            name: label for label, names in zip(found, self.names, strict=True) for name in names
        }

    def sweep(
        self, linkage: Linkage, thresholds: Sequence[float] = THRESHOLDS
    ) -> dict[float, Agreement]:
        """Return the agreement by threshold."""
        return {threshold: self.agreement(threshold, linkage) for threshold in thresholds}


def best_threshold(sweeps: Sequence[Mapping[float, Agreement]]) -> float:
    """Return the threshold with the best mean B-cubed F1, the middle of a plateau of 0.0005."""
    thresholds = sorted(sweeps[0])
    means = np.array(
        [np.mean([sweep[threshold].b3_f1 for sweep in sweeps]) for threshold in thresholds]
    )
    plateau = np.flatnonzero(means >= means.max() - 0.0005)
    return thresholds[int(plateau[len(plateau) // 2])]


def score_clustering(
    vectors: Vectors,
    names: Sequence[str],
    images: Sequence[object],
    truth: Mapping[str, LabelTruth],
) -> ClusteringScore:
    """Deduplicate rows with equal ``images``, keeping the first of each."""
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
