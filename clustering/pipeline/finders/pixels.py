"""Rules on the decoded image."""

from typing import Final

from clustering.pipeline.finders import LogoCandidate
from clustering.pipeline.finders.places import with_evidence
from clustering.pipeline.finders.rules import Rule
from clustering.pipeline.imaging import NormalisedImage

DOT_PX: Final = 2
BANNER_RATIO: Final = 12.0  # the widest word marks measured stay below
COLUMN_RATIO: Final = 4.0
PHOTOGRAPH_TYPES: Final = frozenset({"image/jpeg"})
PHOTOGRAPH_PX: Final = (400, 200)


def with_pixels(candidate: LogoCandidate, image: NormalisedImage) -> LogoCandidate:
    """Return ``candidate`` with the hits of the pixel rules."""
    return with_evidence(candidate, *(rule.hit() for rule in _evidence(image)))


def _evidence(image: NormalisedImage) -> list[Rule]:
    width, height = image.width, image.height
    if image.is_placeholder:
        return [Rule.PLACEHOLDER]
    if min(width, height) <= DOT_PX:
        return [Rule.DOT]
    if width > BANNER_RATIO * height:
        return [Rule.BANNER_SHAPE]
    if height > COLUMN_RATIO * width:
        return [Rule.COLUMN_SHAPE]
    is_large = width >= PHOTOGRAPH_PX[0] and height >= PHOTOGRAPH_PX[1]
    return [Rule.PHOTOGRAPH] if is_large and image.media_type in PHOTOGRAPH_TYPES else []
