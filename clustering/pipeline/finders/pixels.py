"""What a candidate's pixels say once it is decoded."""

from typing import Final

from clustering.pipeline.finders import LogoCandidate, RuleHit
from clustering.pipeline.finders.places import with_evidence
from clustering.pipeline.imaging import NormalisedImage

DOT_PX: Final = 2
BANNER_RATIO: Final = 12.0  # the widest word marks measured stay below
COLUMN_RATIO: Final = 4.0
PHOTOGRAPH_TYPES: Final = frozenset({"image/jpeg"})
PHOTOGRAPH_PX: Final = (400, 200)

DOT: Final = RuleHit("a dot of at most 2 px", -1000)
PLACEHOLDER: Final = RuleHit("a placeholder", -1000)
BANNER: Final = RuleHit("as wide as a banner", -40)
COLUMN: Final = RuleHit("as narrow as a column", -30)
PHOTOGRAPH: Final = RuleHit("looks like a photograph", -20)


def with_pixels(candidate: LogoCandidate, image: NormalisedImage) -> LogoCandidate:
    """Return ``candidate`` with the evidence of its pixels."""
    return with_evidence(candidate, *_evidence(image))


def _evidence(image: NormalisedImage) -> list[RuleHit]:
    width, height = image.width, image.height
    if image.is_placeholder:
        return [PLACEHOLDER]
    if min(width, height) <= DOT_PX:
        return [DOT]
    if width > BANNER_RATIO * height:
        return [BANNER]
    if height > COLUMN_RATIO * width:
        return [COLUMN]
    is_large = width >= PHOTOGRAPH_PX[0] and height >= PHOTOGRAPH_PX[1]
    return [PHOTOGRAPH] if is_large and image.media_type in PHOTOGRAPH_TYPES else []
