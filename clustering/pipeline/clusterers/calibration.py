"""Which clusterer suits which embedder, measured on labelled logos (docs/quality.md)."""

from dataclasses import dataclass, field
from typing import Final


@dataclass(frozen=True)
class Choice:
    """A clusterer's registry name and its options."""

    clusterer: str
    params: dict[str, str | int | float] = field(default_factory=dict)


CALIBRATED: Final[dict[str, dict[str, Choice]]] = {
    "descriptor": {
        "threshold": Choice("threshold", {"distance": 0.3, "linkage": "connected", "min_size": 2}),
        "hdbscan": Choice("hdbscan", {"max_distance": 0.3}),
    },
    # Not measured with weights at hand: CLIP sets logos of one style close together, so its
    # cut is much tighter than the descriptor's. Calibrate with `manage.py evaluate`.
    "open_clip": {
        "threshold": Choice("threshold", {"distance": 0.1, "linkage": "average", "min_size": 2}),
        "hdbscan": Choice("hdbscan", {"cluster_selection_epsilon": 0.4, "max_distance": 0.1}),
    },
}
BEST: Final = "threshold"
"""The clusterer that won for every embedder measured."""


def default_for(embedder: str) -> Choice:
    """Return the clusterer and options to start from for an embedder's registry name."""
    return calibrated(embedder, BEST)


def calibrated(embedder: str, clusterer: str) -> Choice:
    """Return a clusterer's options that suit an embedder; its own defaults where unknown."""
    family = embedder.partition(":")[0]
    return CALIBRATED.get(family, {}).get(clusterer, Choice(clusterer))
