"""Collects the candidates of a page, orders them and estimates their confidence."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from clustering.pipeline.finders import (
    LogoCandidate,
    icons,
    images,
    inline_svg,
    json_ld,
    meta,
    styles,
)
from clustering.pipeline.finders.page import Page

Find = Callable[[Page], Iterable[LogoCandidate]]
"""One mechanism: yields candidates in document order."""
FINDERS: Final[Mapping[str, Find]] = {
    "json_ld": json_ld.find,
    "meta": meta.find,
    "img": images.find,
    "inline_svg": inline_svg.find,
    "style": styles.find,
    "icon": icons.find,
}
REVIEW_THRESHOLD: Final = 60.0
"""Answers with fewer points go to review; above it 139 of 140 measured ones were right."""
CHANCE_FROM: Final = (5.0, 30.0, 50.0, REVIEW_THRESHOLD, 80.0)
CHANCES: Final = (0.5, 0.6, 0.65, 0.75, 0.97, 0.99)
"""Shares of right answers between the scores of ``CHANCE_FROM``, smoothed."""


def candidates(page: Page) -> list[LogoCandidate]:
    """Return the candidates of ``page``, best first; ties in finder and document order."""
    found = [candidate for find in FINDERS.values() for candidate in find(page)]
    return ranked(found)


def ranked(found: Iterable[LogoCandidate]) -> list[LogoCandidate]:
    """Return the best candidate of each address, best first."""
    best: dict[str, LogoCandidate] = {}
    for candidate in found:
        known = best.get(candidate.source_url)
        if known is None or candidate.score > known.score:
            best[candidate.source_url] = candidate
    return sorted(best.values(), key=lambda candidate: -candidate.score)


def confidence(score: float) -> float:
    """Return the estimated probability that a candidate with ``score`` is right."""
    return CHANCES[bisect_right(CHANCE_FROM, score)]


def kind(candidate: LogoCandidate) -> str:
    """Return ``logo``, or ``icon_only`` for an icon."""
    return "icon_only" if candidate.finder in icons.FINDERS else "logo"
