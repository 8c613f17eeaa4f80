"""Limits that depend on the other candidates of the page, of all mechanisms."""

from collections.abc import Iterable
from typing import Final

from clustering.pipeline.finders import LogoCandidate
from clustering.pipeline.finders.lexicon import file_of, says_logo_in_address
from clustering.pipeline.finders.page import Page
from clustering.pipeline.finders.rules import Rule, limited

SISTER_SHARE: Final = 0.4  # of the points of a home link, for a link to another host of the name
SISTER_POINTS: Final = SISTER_SHARE * Rule.HOME_LINK.points + 0.1
DECLARED: Final = frozenset({"json_ld", "meta"})
MIN_SCORE: Final = 20.0  # of a picture in the header's home link that others must not beat
STRONG_SCORE: Final = 60.0  # from which on it also beats declared logos without the site's name
NO_LOGO: Final = frozenset(
    {
        Rule.INTERFACE,
        Rule.INTERFACE_FILE,
        Rule.FLAG,
        Rule.IN_FOOTER,
        Rule.JUNK_FILE,
        Rule.HOME_BUTTON,
        Rule.BAD_CONTEXT,
    }
)


def below_own(page: Page, found: Iterable[LogoCandidate]) -> list[LogoCandidate]:
    """Return the candidates, those of others below what stands in the header's link to home.

    Others are pictures that link to another host of the same name, such as the group's or a sister
    site, pictures whose text names something else beside one that names the site, and declared
    files whose name says nothing: many are photographs or banners. A declared ``logo.png`` may be
    that of the theme, so it is below a picture that surely leads home.
    """
    everyone = list(found)
    own = [one for one in everyone if _leads_home(one) and one.score >= MIN_SCORE]
    best = max((one.score for one in own), default=0.0)
    named = [one.score for one in own if Rule.BRAND_NAME in _points(one)]
    best_named = max(named, default=0.0)
    return [_limited(page, one, best, best_named) for one in everyone]


def _limited(page: Page, one: LogoCandidate, best: float, best_named: float) -> LogoCandidate:
    points = _points(one)
    if one.finder in DECLARED and _is_beside_home(page, one.source_url, best):
        return _below(one, Rule.BESIDE_HOME, best)
    if best and 0 < points.get(Rule.HOME_LINK, 0.0) <= SISTER_POINTS:
        return _below(one, Rule.SISTER_SITE, best)
    if best_named and Rule.OTHER_TEXT in points:
        return _below(one, Rule.BESIDE_OWN, best_named)
    return one


def _is_beside_home(page: Page, address: str, best: float) -> bool:
    """Return whether a declared file is below a picture with ``best`` points that leads home."""
    if best >= STRONG_SCORE:
        return not page.identity.occurs_in(file_of(address))
    is_named = says_logo_in_address(address) or page.identity.is_named_after(file_of(address))
    return best > 0 and not is_named


def _below(one: LogoCandidate, rule: Rule, score: float) -> LogoCandidate:
    hits = limited(list(one.evidence), rule, score - 1)
    return LogoCandidate(one.finder, one.source_url, tuple(hits), one.data)


def _leads_home(one: LogoCandidate) -> bool:
    points = _points(one)
    is_home = points.get(Rule.HOME_LINK, 0.0) == Rule.HOME_LINK.points
    is_at_top = Rule.IN_HEADER in points or Rule.FIRST in points
    return is_home and is_at_top and NO_LOGO.isdisjoint(points)


def _points(one: LogoCandidate) -> dict[Rule, float]:
    return {hit.rule: hit.points for hit in one.evidence}
