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


def _at(distance: float, linkage: str) -> dict[str, Choice]:
    """Return every clusterer cut at one cosine distance."""
    return {
        "threshold": Choice(
            "threshold", {"distance": distance, "linkage": linkage, "min_size": 2}
        ),
        "hdbscan": Choice(
            "hdbscan",
            {"cluster_selection_epsilon": _epsilon(distance), "max_distance": distance},
        ),
        "dbscan": Choice("dbscan", {"eps": distance}),
        "kmeans": Choice("kmeans", {"max_distance": distance}),
        "agglomerative": Choice("agglomerative", {"linkage": "average", "distance": distance}),
    }


CALIBRATED: Final[dict[str, dict[str, Choice]]] = {
    # On a plateau from 0.14 to 0.17, towards its low end: chains grow with the number of logos.
    "logonet": _at(0.15, "connected"),
    "descriptor": _at(0.3, "connected"),
    # Not measured with weights at hand: CLIP and ImageNet networks set logos of one style close
    # together, so their cuts are much tighter than the descriptor's. Calibrate with
    # `manage.py evaluate`.
    "open_clip": _at(0.1, "average"),
    "torchvision": _at(0.15, "average"),
}
COPY_DISTANCES: Final[dict[str, float]] = {
    # 314 of 317 joined a copy of their own brand; the others differ by a word of small print.
    "logonet": 0.03,
    # Of 259 labelled logos collapsed 257 joined a copy of their own brand, the others two marks
    # that people tell apart by a word; at 0.1 links between renditions get lost (F 0.963, 0.961).
    "descriptor": 0.05,
}
"""Cosine up to which logos with nearly the same perceptual hash are one image."""
BEST: Final = "threshold"
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
