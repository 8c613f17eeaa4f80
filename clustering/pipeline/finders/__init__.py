"""A page -> candidates for the site's logo, each with its evidence; ranking.py orders them.

One file per mechanism. ``find_logo`` (site.py) is the whole way from a domain to decoded images.
"""

from dataclasses import dataclass, field

from clustering.pipeline.finders.rules import RuleHit
from clustering.pipeline.imaging import NormalisedImage


@dataclass(frozen=True)
class LogoCandidate:
    """An image that may be the site's logo."""

    finder: str
    """Registry name of the mechanism: ``img``, ``inline_svg``, ``json_ld``, ``icon``, ..."""
    source_url: str
    """Absolute address; ``data:`` for a data URI; ``inline:<sha256>`` for an inline SVG."""
    evidence: tuple[RuleHit, ...] = ()
    data: bytes | None = field(default=None, repr=False)
    """The bytes themselves where the page holds them (inline SVG, data: URI)."""

    @property
    def score(self) -> float:
        """The sum of the evidence; ``REVIEW_THRESHOLD`` of ranking.py and above is trustworthy."""
        return sum(item.points for item in self.evidence)


@dataclass(frozen=True)
class Captured:
    """A candidate whose bytes were fetched and decoded."""

    candidate: LogoCandidate
    image: NormalisedImage


@dataclass(frozen=True)
class SiteLogo:
    """What a site gave: decoded candidates, best first (at least one), and what they are worth."""

    final_url: str
    kind: str
    """``logo`` or ``icon_only``; ``blocked`` and ``none`` are FetchError."""
    confidence: float
    """In [0, 1]: calibrated chance that captures[0] is what a person would choose."""
    captures: tuple[Captured, ...]
