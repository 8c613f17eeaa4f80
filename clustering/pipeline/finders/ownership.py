"""Whether a picture that is called a logo is that of the site."""

from collections.abc import Iterable
from typing import Final

from clustering.pipeline.finders.rules import (
    LOW_CONFIDENCE_LIMIT,
    SAYS_LOGO,
    UNATTRIBUTED_LIMIT,
    Rule,
    RuleHit,
    limited,
)

ELSEWHERE: Final = (Rule.SITE_LINK, Rule.PAGE_LINK)
SURELY_OWN: Final = frozenset({Rule.IN_HEADER, Rule.MICRODATA_IMAGE})
NAMED_AS_LOGO: Final = frozenset({Rule.BRAND_NAME, Rule.LOGO_PARENT, Rule.LOGO_NAME})
EXACT: Final = frozenset({Rule.BRAND_FILE, Rule.BRAND_TEXT})
DOUBTFUL: Final = frozenset({Rule.BAD_CONTEXT, Rule.HIDDEN})
TIED: Final = frozenset({Rule.BRAND_NAME, Rule.HOME_LINK, Rule.MICRODATA_IMAGE})


def limited_by_ownership(evidence: list[RuleHit]) -> list[RuleHit]:
    """Return ``evidence``, limited where the logo may belong to another organisation."""
    if not _is_own(evidence):
        return limited(evidence, Rule.UNATTRIBUTED, UNATTRIBUTED_LIMIT)
    if not _is_surely_own(evidence):
        return limited(evidence, Rule.LOW_CONFIDENCE, LOW_CONFIDENCE_LIMIT)
    return evidence


def _is_own(evidence: Iterable[RuleHit]) -> bool:
    """Return whether a rule ties the logo to the site.

    A logo that links to another site must be in the header and name this one, exactly or early.
    One that links within the site must be at the top and be named as its logo: a file named logo
    may be that of a product. Where a style sheet paints the link to the home page, one that links
    elsewhere or is not in the header must be named exactly as the site. What is hidden or near
    partners needs a name or a link, and footers of a part of the site show the logo of the whole.
    """
    points = {item.rule: item.points for item in evidence}
    rules = points.keys()
    is_exact = not rules.isdisjoint(EXACT)
    if Rule.LOGO_WALL in rules or (Rule.BESIDE_PAINTED in rules and not is_exact):
        return False
    if ELSEWHERE[0] in rules:
        return rules >= {Rule.IN_HEADER, Rule.BRAND_NAME} and (is_exact or Rule.FIRST in rules)
    if ELSEWHERE[1] in rules:
        is_first = is_exact and Rule.FIRST in rules and Rule.IN_FOOTER not in rules
        is_at_top = is_first or not rules.isdisjoint({Rule.IN_HEADER, Rule.TABLE_TOP})
        return is_at_top and not rules.isdisjoint(NAMED_AS_LOGO)
    if Rule.IN_FOOTER in rules and 0 < points.get(Rule.HOME_LINK, 0.0) < Rule.HOME_LINK.points:
        return False
    if not rules.isdisjoint(DOUBTFUL) and rules.isdisjoint(TIED):
        return False
    return not rules.isdisjoint(SURELY_OWN | TIED | {Rule.FIRST, Rule.ONLY_LOGO})


def _is_surely_own(evidence: Iterable[RuleHit]) -> bool:
    """Return whether more than a name or the order of the page ties the logo to the site.

    Footers show the logos of owners and themes; a subdomain may be another product.
    """
    points = {item.rule: item.points for item in evidence}
    if points.keys() & {*ELSEWHERE, Rule.IN_FOOTER}:
        return False
    is_at_home = points.get(Rule.HOME_LINK, 0.0) > Rule.HOME_LINK.points / 2
    return is_at_home or not points.keys().isdisjoint(SURELY_OWN)


def is_called_logo(evidence: Iterable[RuleHit]) -> bool:
    """Return whether the page calls the image a logo."""
    return any(item.rule in SAYS_LOGO for item in evidence)
