"""Similarity thresholds for placement per embedder, calibrated on labelled logos."""

from dataclasses import dataclass
from math import exp
from typing import Final

from clustering.pipeline.clusterers.calibration import distances_of


@dataclass(frozen=True)
class PlacementThreshold:
    """Logistic calibration of cosine scores; the threshold is its midpoint."""

    score: float
    """Cosine at which the nearest member has the image's brand with probability 0.5.
    """
    slope: float
    """Slope of the logistic curve, per unit of cosine."""

    def probability(self, score: float) -> float:
        """Return the probability that a nearest member with this cosine has the image's brand."""
        return 1.0 / (1.0 + exp(-self.slope * (score - self.score)))


# The last line of `manage.py evaluate_classify`, on 1,829 labelled logos (docs/quality.md).
THRESHOLDS: Final[dict[str, PlacementThreshold]] = {
    "logonet": PlacementThreshold(score=0.74, slope=21.4),
    "descriptor": PlacementThreshold(score=0.713, slope=16.6),
}
STEEPNESS: Final = 4.8  # slope times distance threshold, as measured for the descriptor


def threshold_for(embedder: str) -> PlacementThreshold:
    """Return the threshold for an embedder's registry name.

    Without a calibration it is the embedder's clustering threshold.
    ``manage.py evaluate_classify --embedder NAME`` measures one.
    """
    measured = THRESHOLDS.get(embedder.partition(":")[0])
    return measured or threshold_at(distances_of(embedder).threshold)


def threshold_at(distance: float) -> PlacementThreshold:
    """Return the threshold at a distance, with the descriptor's curve scaled to it."""
    return PlacementThreshold(score=1.0 - distance, slope=STEEPNESS / distance)
