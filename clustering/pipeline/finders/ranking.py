"""Collects the candidates of a page and orders them."""

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from clustering.pipeline.finders import (
    LogoCandidate,
    app_state,
    icons,
    images,
    inline_svg,
    json_ld,
    meta,
    rivals,
    styles,
)
from clustering.pipeline.finders.identity import INVERSE, is_inverse, rendition_key
from clustering.pipeline.finders.lexicon import MAX_CHARS, file_of
from clustering.pipeline.finders.page import Page
from clustering.pipeline.finders.rules import Rule, limited

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
"""Below it, further files are read and further candidates tried; above it 139 of 140 measured ones
were right."""
MIN_TWIN_SCORE: Final = 20.0  # of a coloured rendition that beats the white one
N_TWINS: Final = 10  # best candidates that are compared


def candidates(page: Page) -> list[LogoCandidate]:
    """Return the candidates of ``page``, best first; ties in finder and document order."""
    found = rivals.below_own(page, (one for find in FINDERS.values() for one in find(page)))
    ordered = ranked(found)
    if ordered and ordered[0].score >= REVIEW_THRESHOLD:
        return ordered  # what scripts would show never reaches the threshold
    return ranked([*found, *app_state.find(page)])


def ranked(found: Iterable[LogoCandidate]) -> list[LogoCandidate]:
    """Return the best candidate of each address, best first."""
    best: dict[str, LogoCandidate] = {}
    for candidate in found:
        known = best.get(candidate.source_url)
        if known is None or candidate.score > known.score:
            best[candidate.source_url] = candidate
    ordered = sorted(best.values(), key=_rank)
    return sorted(_below_colour_twins(ordered), key=_rank)


def _rank(candidate: LogoCandidate) -> float:
    return -candidate.score


def kind(candidate: LogoCandidate) -> str:
    """Return ``logo``, or ``icon_only`` for an icon."""
    return "icon_only" if candidate.finder in icons.FINDERS else "logo"


def _below_colour_twins(ordered: list[LogoCandidate]) -> list[LogoCandidate]:
    """Return the candidates with white renditions below the same logo in colour."""
    twins: dict[str, float] = {}
    if not any(INVERSE.search(one.source_url[-MAX_CHARS:].lower()) for one in ordered[:N_TWINS]):
        return ordered
    for one in ordered[:N_TWINS]:
        file = file_of(one.source_url)
        if one.finder not in icons.FINDERS and file and not is_inverse(file):
            twins.setdefault(rendition_key(file), one.score)
    return [_below_twin(one, twins) for one in ordered[:N_TWINS]] + ordered[N_TWINS:]


def _below_twin(one: LogoCandidate, twins: Mapping[str, float]) -> LogoCandidate:
    file = file_of(one.source_url)
    if not file or not is_inverse(file):
        return one
    score = twins.get(rendition_key(file), 0.0)
    if score < MIN_TWIN_SCORE or one.score < score:
        return one
    hits = limited(list(one.evidence), Rule.INVERSE_TWIN, score - 1)
    return LogoCandidate(one.finder, one.source_url, tuple(hits), one.data)
