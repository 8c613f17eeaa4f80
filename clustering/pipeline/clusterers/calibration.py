"""Which clusterer suits which embedder, measured on labelled logos (docs/quality.md)."""

import math
from dataclasses import dataclass, field
from typing import Final

from clustering.pipeline.duplicates import COPY_DISTANCE


@dataclass(frozen=True)
class Choice:
    """A clusterer's registry name and its options."""

    clusterer: str
    params: dict[str, str | int | float] = field(default_factory=dict)


def _epsilon(distance: float) -> float:
    """Return a euclidean epsilon of 0.6 times a cosine ``distance``: between, density decides."""
    return round(math.sqrt(2 * 0.6 * distance), 3)


def _at(close: float, mean: float) -> dict[str, Choice]:
    """Return every clusterer cut at a cosine distance.

    ``close`` is for those that join two groups by one close pair (and k-means, which leaves out
    what is as far from its centre), ``mean`` for those that ask for the mean of all pairs.
    """
    return {
        "agglomerative": Choice(
            "agglomerative", {"linkage": "average", "distance_threshold": mean}
        ),
        "hdbscan": Choice(
            "hdbscan", {"cluster_selection_epsilon": _epsilon(close), "max_distance": close}
        ),
        "dbscan": Choice("dbscan", {"eps": close}),
        "kmeans": Choice("kmeans", {"max_distance": close}),
    }


CALIBRATED: Final[dict[str, dict[str, Choice]]] = {
    # Average link: as good on the labelled logos, on a plateau twice as wide (0.14 to 0.22), and
    # it keeps apart look-alikes that single close pairs chain together, the more of them the
    # more logos there are. Each cut stands towards the low end of its plateau.
    "logonet": _at(0.15, 0.16),
    "descriptor": _at(0.3, 0.3),
    # Not measured with weights at hand: CLIP and ImageNet networks set logos of one style close
    # together, so their cuts are much tighter than the descriptor's. Calibrate with
    # `manage.py evaluate`.
    "open_clip": _at(0.1, 0.1),
    "torchvision": _at(0.15, 0.15),
}
COPY_DISTANCES: Final[dict[str, float]] = {
    # 314 of 317 joined a copy of their own brand; the others differ by a word of small print.
    "logonet": 0.03,
    # Of 259 labelled logos collapsed 257 joined a copy of their own brand, the others two marks
    # that people tell apart by a word; at 0.1 links between renditions get lost (F 0.963, 0.961).
    "descriptor": 0.05,
}
"""Cosine up to which logos with nearly the same perceptual hash are one image."""
BEST: Final = "agglomerative"
"""The clusterer that won for every embedder measured."""


def default_for(embedder: str) -> Choice:
    """Return the clusterer and options to start from for an embedder's registry name."""
    return calibrated(embedder, BEST)


def copy_distance(embedder: str) -> float:
    """Return the distance up to which logos may be copies of each other."""
    return COPY_DISTANCES.get(embedder.partition(":")[0], COPY_DISTANCE)


def calibrated(embedder: str, clusterer: str) -> Choice:
    """Return a clusterer's options that suit an embedder; its own defaults where unknown."""
    family = embedder.partition(":")[0]
    return CALIBRATED.get(family, {}).get(clusterer, Choice(clusterer))
