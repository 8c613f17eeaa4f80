"""Logo candidates of a page, each with the rules that matched; ranking.py orders them.

One module per mechanism. ``site.find_logo`` goes from a domain to decoded images.
"""

from dataclasses import dataclass, field

from clustering.pipeline.finders.rules import RuleHit
from clustering.pipeline.imaging import NormalisedImage
from clustering.pipeline.imaging.fingerprints import FileFingerprint


@dataclass(frozen=True)
class LogoCandidate:
    """An image that may be the site's logo."""

    finder: str
    """Registry name of the mechanism: ``img``, ``inline_svg``, ``json_ld``, ``icon``, ..."""
    source_url: str
    """Absolute address; ``data:`` for a data URI; ``inline:<sha256>`` for an inline SVG."""
    evidence: tuple[RuleHit, ...] = ()
    data: bytes | None = field(default=None, repr=False)
    """The image file where the page contains it (inline SVG)."""

    @property
    def score(self) -> float:
        """Sum of the points; answers from ``ranking.REVIEW_THRESHOLD`` on need no review."""
        return sum(item.points for item in self.evidence)


@dataclass(frozen=True)
class Captured:
    """A candidate whose bytes were fetched and decoded."""

    candidate: LogoCandidate
    image: NormalisedImage
    file: FileFingerprint | None = None
    """Of the bytes as served."""


@dataclass(frozen=True)
class SiteLogo:
    """Decoded candidates of a site, best first, at least one."""

    final_url: str
    kind: str
    """``logo`` or ``icon_only``; ``blocked`` and ``none`` are FetchError."""
    confidence: float
    """In [0, 1]: calibrated probability that captures[0] is what a person would choose."""
    captures: tuple[Captured, ...]
