"""Explanation of a placement in words."""

from collections.abc import Callable

from clustering.pipeline.clusterers import OUTLIER
from clustering.pipeline.placement import Placement, Tier

NO_MEMBERS = "the run has no logo to compare with"


def reason(placement: Placement, name_of: Callable[[int], str]) -> str:
    """Return the reason for a placement; ``name_of`` names a member by its row."""
    nearest = placement.nearest
    if nearest is None:
        return NO_MEMBERS
    name = name_of(nearest.member)
    scores = f"similarity {nearest.score:.2f} to {name}, threshold {placement.threshold:.2f}"
    text = {
        Tier.SAME: f"the same image as {name}",
        Tier.COPY: f"a copy of the image of {name}",
        Tier.SIMILAR: scores,
        Tier.DIFFERENT: scores,
    }[placement.tier]
    if nearest.label == OUTLIER and placement.tier is not Tier.DIFFERENT:
        return f"{text}. It is an outlier: a new run may group them"
    return text
