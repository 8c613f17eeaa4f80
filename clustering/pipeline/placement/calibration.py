"""How alike an image must be to a run's to join its cluster, per embedder, by labelled logos."""

from dataclasses import dataclass
from math import exp
from typing import Final

from clustering.pipeline.clusterers.calibration import calibrated


@dataclass(frozen=True)
class PlacementCut:
    """What was learned on labelled logos: what a score is worth, and so where to cut."""

    score: float
    """Cosine at which the nearest member is of the image's own brand half of the time.

    An image that is at least as much alike joins the cluster of that member.
    """
    slope: float
    """Of the logistic curve through that point, per unit of cosine."""

    def probability(self, score: float) -> float:
        """Return how often a nearest member with this cosine was of the image's own brand.

        Of labelled logos held out one at a time, half of them without all of their brand.
        """
        return 1.0 / (1.0 + exp(-self.slope * (score - self.score)))


# The last line of `manage.py evaluate_classify`, on 1,829 labelled logos (docs/quality.md).
CUTS: Final[dict[str, PlacementCut]] = {
    "logonet": PlacementCut(score=0.829, slope=27.0),
    "descriptor": PlacementCut(score=0.713, slope=16.6),
}
STEEPNESS: Final = 4.8  # slope times distance of the cut, as measured for the descriptor


def cut_for(embedder: str) -> PlacementCut:
    """Return the cut for an embedder's registry name.

    Where none was measured, it lies where the embedder's clusters are cut, so that an image
    joins what a new run would join it to, and the curve is the descriptor's, drawn out to
    that distance. ``manage.py evaluate_classify --embedder NAME`` measures one.
    """
    measured = CUTS.get(embedder.partition(":")[0])
    if measured is not None:
        return measured
    params = calibrated(embedder, "agglomerative").params
    distance = float(params["distance_threshold"])
    return PlacementCut(score=1.0 - distance, slope=STEEPNESS / distance)
