"""How near the cut that an embedder finds without labels is to the best one."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from clustering.lab import offline
from clustering.pipeline import pipeline
from clustering.pipeline.clusterers.agglomerative import Agglomerative
from clustering.pipeline.dedup import deduplicate
from clustering.pipeline.embedders import Embedder
from clustering.pipeline.errors import InputError
from clustering.pipeline.evaluation import LabelTruth, f1_and_singles
from clustering.pipeline.pipeline import Shown
from clustering.pipeline.self_calibration import find_distances, sampled_rows

Vectors = NDArray[np.float32]
SHARES: Final = np.linspace(0.3, 1.8, 31)  # of the found cut: the cuts that are compared


@dataclass
class Derived:
    """An embedder made of others: their rows weighed, joined, and projected at random."""

    parts: Sequence[tuple[Embedder, float]]
    dim: int = 0
    """Of the random projection; 0 for none."""
    offset: float = 0.0
    """Length of a component that all rows share: a network whose rows lie close together."""
    key: str = "derived"

    def embed(self, images: Sequence[Image.Image]) -> Vectors:
        return self.joined([embedder.embed(images) for embedder, _ in self.parts])

    def joined(self, rows: Sequence[Vectors]) -> Vectors:
        """Return unit rows from those of the parts."""
        weights = [weight for _, weight in self.parts]
        made = np.hstack([one * weight**0.5 for one, weight in zip(rows, weights, strict=True)])
        if self.dim:
            made = made @ np.random.default_rng(0).normal(size=(made.shape[1], self.dim))
            made /= np.linalg.norm(made, axis=1, keepdims=True)
        if self.offset:
            made = np.hstack([made, np.full((len(made), 1), self.offset)])
        made /= np.linalg.norm(made, axis=1, keepdims=True)
        return made.astype(np.float32)


def derived(logonet: Embedder, descriptor: Embedder) -> Mapping[str, Derived]:
    """Return embedders with distances of their own."""
    return {
        "logonet": Derived([(logonet, 1.0)]),
        "descriptor": Derived([(descriptor, 1.0)]),
        "logonet in 64 random dimensions": Derived([(logonet, 1.0)], dim=64),
        "descriptor in 128 random dimensions": Derived([(descriptor, 1.0)], dim=128),
        "half logonet, half descriptor": Derived([(logonet, 0.5), (descriptor, 0.5)]),
        "a fifth logonet, the rest descriptor": Derived([(logonet, 0.2), (descriptor, 0.8)]),
        "half and half, close together": Derived([(logonet, 0.5), (descriptor, 0.5)], offset=1.5),
    }


@dataclass(frozen=True)
class CalibratedScore:
    """What the found distances give, and the best cut by the labels."""

    threshold: float
    copies: float
    f1: float
    singles: float
    best_threshold: float
    best_f1: float


def score(
    embedder: Embedder,
    vectors: Vectors,
    shown: Sequence[Shown],
    image_of: Callable[[int], Image.Image],
    truth: Mapping[str, LabelTruth],
) -> CalibratedScore:
    """Cluster at the found cut and at shares of it.

    Raises:
        InputError: if the data set holds too few logos to find a cut.
    """
    kept = [row for row, one in enumerate(shown) if not one.is_placeholder]
    copied = [(row, image_of(kept[row])) for row in sampled_rows(len(kept))]
    names = [shown[row].names for row in kept]
    found = find_distances(vectors[kept], names, copied, embedder)
    if found is None:
        raise InputError("too few logos whose domains share nothing")
    threshold, copies = found.distances.threshold, found.distances.copies
    curve = dict(_curve(vectors, shown, truth, copies, [threshold, *threshold * SHARES]))
    best = max(curve, key=lambda cut: curve[cut][0])
    f1, singles = curve[threshold]
    return CalibratedScore(threshold, copies, f1, singles, best, curve[best][0])


def _curve(
    vectors: Vectors,
    shown: Sequence[Shown],
    truth: Mapping[str, LabelTruth],
    copies: float,
    cuts: Sequence[float],
) -> Iterator[tuple[float, tuple[float, float]]]:
    unique = deduplicate(
        vectors,
        np.array([one.phash for one in shown], dtype=np.uint64),
        np.array([one.is_placeholder for one in shown], dtype=np.bool_),
        copies,
    )
    weights = np.array([len(one.names) for one in shown], dtype=np.int64)
    for cut in cuts:
        labels = pipeline.labels_of_rows(unique, Agglomerative(distance_threshold=cut), weights)
        yield cut, f1_and_singles(offline.spread(labels, shown), truth)
