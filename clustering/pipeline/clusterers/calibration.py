"""Clusterer options per embedder, measured on labelled logos (docs/quality.md).

The only source of default options. An embedder without a measurement gets ``DEFAULT_DISTANCE``,
which is also what the clusterers' own field defaults are.
"""

from dataclasses import dataclass, field
from typing import Final

from clustering.pipeline.clusterers import DEFAULT_DISTANCE
from clustering.pipeline.clusterers.hdbscan import epsilon_for
from clustering.pipeline.duplicates import COPY_DISTANCE


@dataclass(frozen=True)
class Choice:
    """A clusterer's registry name and its options."""

    clusterer: str
    params: dict[str, str | int | float] = field(default_factory=dict)


def _choices(pair: float, mean: float) -> dict[str, Choice]:
    """Return the options of every clusterer at cosine distance thresholds.

    Args:
        pair: for clusterers that compare single pairs: hdbscan, dbscan, and kmeans with its
            distance to the medoid.
        mean: for average linkage, which compares the mean of all pairs.
    """
    options: dict[str, dict[str, str | int | float]] = {
        "agglomerative": {"linkage": "average", "distance_threshold": mean},
        "hdbscan": {"cluster_selection_epsilon": epsilon_for(pair), "max_distance": pair},
        "dbscan": {"eps": pair},
        "kmeans": {"max_distance": pair},
    }
    return {name: Choice(name, params) for name, params in options.items()}


CALIBRATED: Final[dict[str, dict[str, Choice]]] = {
    # Average linkage is as good as single linkage on the labelled logos, on a plateau twice as
    # wide (0.26 to 0.30), and does not chain similar logos of different brands. Each threshold
    # lies towards the low end of its plateau.
    "logonet": _choices(pair=0.25, mean=0.27),
    "descriptor": _choices(pair=0.3, mean=0.3),
    # Estimated, not measured: CLIP and ImageNet networks place logos of one style close
    # together, so their thresholds are much lower. Measure with `manage.py evaluate`.
    "open_clip": _choices(pair=0.1, mean=0.1),
    "torchvision": _choices(pair=0.15, mean=0.15),
}
MEASURED: Final = frozenset({"logonet", "descriptor"})
UNMEASURED: Final = _choices(pair=DEFAULT_DISTANCE, mean=DEFAULT_DISTANCE)
COPY_DISTANCES: Final[dict[str, float]] = {
    # 197 of 199 collapsed logos joined a copy of their own brand; the others differ by one word.
    "logonet": 0.03,
    # 257 of 259 collapsed logos joined a copy of their own brand; the others differ by one word.
    # At 0.1 links between renditions are lost (F 0.963, 0.961).
    "descriptor": 0.05,
}
"""Cosine distance up to which logos with nearly equal perceptual hashes are one image."""
BEST: Final = "agglomerative"
"""The clusterer with the best scores for every embedder measured."""


@dataclass(frozen=True)
class Distances:
    """What is near under an embedder, by cosine distance."""

    threshold: float = DEFAULT_DISTANCE
    """Mean distance up to which groups are joined."""
    copies: float = COPY_DISTANCE
    """Up to which logos with nearly equal perceptual hashes are one image."""


def distances_of(embedder: str) -> Distances:
    """Return the measured distances of an embedder's registry name."""
    threshold = float(default_for(embedder).params["distance_threshold"])
    return Distances(threshold, copy_distance(embedder))


def default_for(embedder: str) -> Choice:
    """Return the default clusterer and its options for an embedder's registry name."""
    return calibrated(embedder, BEST)


def options_at(clusterer: str, threshold: float) -> dict[str, str | int | float]:
    """Return the options of a clusterer at a distance threshold."""
    return _choices(pair=threshold, mean=threshold)[clusterer].params


def is_measured(embedder: str) -> bool:
    """Whether an embedder's distances were measured on labelled logos."""
    return embedder.partition(":")[0] in MEASURED


def copy_distance(embedder: str) -> float:
    """Return the cosine distance up to which two logos may be copies of each other."""
    return COPY_DISTANCES.get(embedder.partition(":")[0], COPY_DISTANCE)


def calibrated(embedder: str, clusterer: str) -> Choice:
    """Return the options of a clusterer for an embedder.

    Args:
        embedder: a registry name, with or without ``:model``.
        clusterer: a registry name; an unknown one is returned without options.
    """
    choices = CALIBRATED.get(embedder.partition(":")[0], UNMEASURED)
    return choices.get(clusterer, Choice(clusterer))
