"""Why an image was put where it was, in words that a person can check."""

from collections.abc import Callable

from clustering.pipeline.clusterers import OUTLIER
from clustering.pipeline.placement import Placement, Tier

NO_MEMBERS = "the run holds no logo to compare it with"


def reason(placement: Placement, name_of: Callable[[int], str]) -> str:
    """Return the reason for a placement; ``name_of`` names a member by its row."""
    nearest = placement.nearest
    if nearest is None:
        return NO_MEMBERS
    name, cut = name_of(nearest.member), f"{placement.cut:.2f}"
    alike = f"{nearest.score:.2f} alike to {name}"
    told = {
        Tier.SAME: f"the same image as {name}",
        Tier.COPY: f"a copy of the image of {name}",
        Tier.ALIKE: f"{alike}; cut {cut}",
        Tier.STRANGE: f"{alike} at most; cut {cut}",
    }[placement.tier]
    if nearest.label == OUTLIER and placement.tier is not Tier.STRANGE:
        return f"{told}. That one is an outlier: a new run may group them"
    return told
