"""Evidence from where an image stands on the page; shared by <img>, inline SVG and backgrounds."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from lxml.html import HtmlElement

from clustering.pipeline.finders import LogoCandidate
from clustering.pipeline.finders.lexicon import may_say_logo
from clustering.pipeline.finders.page import Page
from clustering.pipeline.finders.rules import (
    SAYS_LOGO,
    STRANGE_LIMIT,
    UNSURE_LIMIT,
    WEAK_LIMIT,
    Rule,
    RuleHit,
    limited,
)
from clustering.pipeline.finders.surroundings import Surroundings

MAX_ATTRIBUTE_CHARS: Final = 20_000  # of all attributes of one element
MAX_PLAIN: Final = 5
"""Pictures of a page that are kept though nothing says logo, should no other be usable."""
WALL_SIZE: Final = 3  # so many look-alikes are a wall of other people's logos
ELSEWHERE: Final = (Rule.SITE_LINK, Rule.PAGE_LINK)
NO_PICTURE: Final = (Rule.SPACER, Rule.TINY, Rule.DECLARED_DOT, Rule.JUNK_FILE)
SURELY_OWN: Final = frozenset({Rule.IN_HEADER, Rule.MICRODATA_IMAGE})
NAMED_AS_LOGO: Final = frozenset({Rule.BRAND_NAME, Rule.LOGO_PARENT, Rule.LOGO_NAME})
N_FIRST: Final = 3
"""Pictures at the top of a page, where a site shows its own logo."""
NOT_A_PAGE: Final = ("javascript:", "mailto:", "tel:", "data:")


@dataclass(frozen=True)
class Placed:
    """A candidate before it is known what the other pictures of its page are."""

    candidate: LogoCandidate
    signature: tuple[str, ...]
    """Its shape, by which a wall of logos is recognised."""
    home_share: float
    may_be_alone: bool
    """Whether being the only logo of the page speaks for it: it names nobody else."""
    language: str = ""
    """The end of its link, if that is a language's home page."""


def place(page: Page, element: HtmlElement) -> tuple[list[RuleHit], Surroundings, float]:
    """Return the evidence of the place of ``element``, its surroundings and its home share."""
    around = page.around(element)
    return placed_in(page, around), around, page.home_share(around.link)


def placed_in(page: Page, around: Surroundings) -> list[RuleHit]:
    """Return what ``around`` says of a picture in it."""
    share = page.home_share(around.link)
    found = _link_evidence(page, around.link, share)
    if around.says_logo:
        found.append(Rule.LOGO_PARENT.hit())
    if around.is_in_footer:
        found.append(Rule.IN_FOOTER.hit())
    elif around.is_in_header:
        found.append(Rule.IN_HEADER.hit())
    is_header_home = share > 0 and around.is_in_header and not around.is_in_footer
    if around.is_in_bad_company and not is_header_home:
        found.append(Rule.BAD_CONTEXT.hit())
    if around.is_hidden:
        found.append(Rule.HIDDEN.hit())
    return found


def signature(element: HtmlElement) -> tuple[str, ...]:
    """Return the shape of the place: tags and classes of the element and two ancestors."""
    shape: list[str] = []
    current: HtmlElement | None = element
    for _ in range(3):
        if current is None:
            break
        shape += [str(current.tag), (current.get("class") or "")[:100]]
        current = current.getparent()
    return tuple(shape)


def settled(placed: Iterable[Placed]) -> list[LogoCandidate]:
    """Return the candidates, each weighed in the light of the others."""
    everyone = list(placed)
    logos = [one for one in everyone if says_it_is_a_logo(one.candidate.evidence)]
    walls: dict[tuple[str, ...], set[str]] = {}
    for one in logos:
        walls.setdefault(one.signature, set()).add(one.candidate.source_url)
    is_alone = len({one.candidate.source_url for one in logos}) == 1
    at_home = {one.candidate.source_url for one in everyone if _may_stand_for_home(one)}
    languages: dict[tuple[str, ...], set[str]] = {}
    for one in everyone:
        if one.home_share and one.language:
            languages.setdefault(one.signature, set()).add(one.language)
    return [
        _settled(
            one,
            _Others(
                n_alike=len(walls.get(one.signature, ())),
                is_alone=is_alone,
                is_only_home=at_home == {one.candidate.source_url},
                is_flag=len(languages.get(one.signature, ())) > 1,
            ),
        )
        for one in everyone
    ]


@dataclass(frozen=True)
class _Others:
    """What the other pictures of a page say about one."""

    n_alike: int
    """Logos of its shape."""
    is_alone: bool
    """Whether the page calls one picture a logo."""
    is_only_home: bool
    """Whether no other picture leads home."""
    is_flag: bool
    """Whether pictures of its shape lead to the home pages of different languages."""


def _settled(one: Placed, others: _Others) -> LogoCandidate:
    """Weigh one candidate; three or more logos of one shape speak against each other.

    Those that lead home are spared: a menu may repeat the shape of the site's own logo.
    """
    found = list(one.candidate.evidence)
    if others.is_alone and one.may_be_alone and says_it_is_a_logo(found):
        found.append(Rule.ONLY_LOGO.hit())
    if others.n_alike >= WALL_SIZE and not one.home_share:
        found.append(Rule.LOGO_WALL.hit())
    is_home = one.home_share > 0 and (_stands_out(found) or others.is_only_home)
    is_home = is_home and not others.is_flag
    if says_it_is_a_logo(found) or is_home:
        found = weighed(found)
    elif _heads_the_page(found):
        found = limited(found, Rule.UNSURE, UNSURE_LIMIT)
    else:
        found = limited(found, Rule.WEAK, WEAK_LIMIT)
    return LogoCandidate(
        one.candidate.finder, one.candidate.source_url, tuple(found), one.candidate.data
    )


def _stands_out(evidence: Iterable[RuleHit]) -> bool:
    """Return whether a picture that leads home needs no word: menus and footers lead there too."""
    return bool({Rule.IN_HEADER, Rule.BRAND_NAME, Rule.FIRST} & {item.rule for item in evidence})


def _may_stand_for_home(one: Placed) -> bool:
    rules = {item.rule for item in one.candidate.evidence}
    return one.home_share == 1 and not rules & {Rule.IN_FOOTER, *NO_PICTURE}


def _heads_the_page(evidence: Iterable[RuleHit]) -> bool:
    """Return whether the first thing of a header names the site, though it leads nowhere: on the
    home page itself many a logo is no link.
    """
    rules = {item.rule for item in evidence}
    return rules >= {Rule.IN_HEADER, Rule.BRAND_NAME, Rule.FIRST} and not rules & {
        *ELSEWHERE,
        Rule.IN_FOOTER,
    }


def weighed(evidence: list[RuleHit]) -> list[RuleHit]:
    """Return the evidence of a logo, limited where it may be somebody else's."""
    if not _is_own(evidence):
        return limited(evidence, Rule.STRANGE, STRANGE_LIMIT)
    if not _is_surely_own(evidence):
        return limited(evidence, Rule.UNSURE, UNSURE_LIMIT)
    return evidence


def _is_own(evidence: Iterable[RuleHit]) -> bool:
    """Return whether a rule found that the logo is the site's own, not one of the many others.

    One that leads elsewhere is so only if it stands in the header and names the site, or, within
    the site, is named as its logo: a file called logo may be that of a product.
    """
    rules = {item.rule for item in evidence}
    if Rule.LOGO_WALL in rules:
        return False
    if ELSEWHERE[0] in rules:
        return Rule.IN_HEADER in rules and Rule.BRAND_NAME in rules
    if ELSEWHERE[1] in rules:
        return Rule.IN_HEADER in rules and bool(rules & NAMED_AS_LOGO)
    return bool(
        rules & (SURELY_OWN | {Rule.HOME_LINK, Rule.BRAND_NAME, Rule.FIRST, Rule.ONLY_LOGO})
    )


def _is_surely_own(evidence: Iterable[RuleHit]) -> bool:
    """Return whether more than a name or the order of the page says whose logo it is.

    Footers show the logos of owners and themes; a subdomain's home may be another product's.
    """
    points = {item.rule: item.points for item in evidence}
    if points.keys() & {*ELSEWHERE, Rule.IN_FOOTER}:
        return False
    is_at_home = points.get(Rule.HOME_LINK, 0.0) > Rule.HOME_LINK.points / 2
    return is_at_home or not points.keys().isdisjoint(SURELY_OWN)


def says_it_is_a_logo(evidence: Iterable[RuleHit]) -> bool:
    """Return whether a rule found the word itself."""
    return any(item.rule in SAYS_LOGO for item in evidence)


def with_evidence(candidate: LogoCandidate, *further: RuleHit) -> LogoCandidate:
    """Return ``candidate`` with more evidence."""
    return LogoCandidate(
        candidate.finder, candidate.source_url, (*candidate.evidence, *further), candidate.data
    )


def _link_evidence(page: Page, link: HtmlElement | None, share: float) -> list[RuleHit]:
    if link is None:
        return []
    if share:
        return [Rule.HOME_LINK.hit(share)]
    href = (link.get("href") or "").strip()
    if not href or href.startswith("#") or href.lower().startswith(NOT_A_PAGE):
        return []
    target = page.target(href)
    if target is None:
        return []
    is_same = page.is_same_site(target)
    return [(Rule.PAGE_LINK if is_same else Rule.SITE_LINK).hit()]


def may_be_logo(page: Page, element: HtmlElement, *texts: str) -> bool:
    """Return whether a logo's word or a link home can be found about ``element``.

    Without either no image rises above the icons, so the many pictures further down a page
    need no more than this look.
    """
    around = page.around(element)
    if around.says_logo or page.home_share(around.link):
        return True
    words = " ".join([*element.values(), *texts])[:MAX_ATTRIBUTE_CHARS]
    return may_say_logo(words.lower())
