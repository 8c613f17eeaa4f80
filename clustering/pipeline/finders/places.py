"""Rules on an image's position, and its score in the context of the page's other images.

Shared by <img>, inline SVG and backgrounds.
"""

import re
from collections.abc import Iterable, Set
from dataclasses import dataclass
from itertools import islice
from typing import Final

from lxml.html import HtmlElement

from clustering.pipeline.finders import LogoCandidate
from clustering.pipeline.finders.identity import particular_words
from clustering.pipeline.finders.lexicon import MAX_CHARS, may_say_logo
from clustering.pipeline.finders.locales import is_locale
from clustering.pipeline.finders.ownership import ELSEWHERE, is_called_logo, limited_by_ownership
from clustering.pipeline.finders.page import Page
from clustering.pipeline.finders.placed import PlacedCandidate, language_flags, menu_buttons
from clustering.pipeline.finders.rules import (
    JUNK_OF_BANNER,
    LOW_CONFIDENCE_LIMIT,
    NO_SIGNAL_LIMIT,
    SAYS_LOGO,
    UNATTRIBUTED_LIMIT,
    Rule,
    RuleHit,
    limited,
)
from clustering.pipeline.finders.surroundings import Surroundings, link_address

MAX_ATTRIBUTE_CHARS: Final = 20_000  # of all attributes of one element
MAX_PLAIN: Final = 5
"""Images without any sign of a logo that are kept as a last resort."""
N_BARE: Final = 2  # images of a page that announces a site, or only links to others
WALL_SIZE: Final = 3  # logos with one signature that make a wall of other organisations' logos
NO_PICTURE: Final = (
    Rule.SPACER,
    Rule.TINY,
    Rule.DECLARED_DOT,
    Rule.JUNK_FILE,
    Rule.HOME_BUTTON,
    Rule.INTERFACE_FILE,
)
NOT_FIRST: Final = frozenset(
    {
        Rule.IN_FOOTER,
        Rule.IN_BUTTON,
        Rule.INTERFACE_ICON,
        Rule.HIDDEN,
        Rule.DESCRIBED_PHOTO,
    }
)
N_FIRST: Final = 3
"""The first images of a page, where a site shows its own logo."""
HOME_LABEL: Final = re.compile(
    r"(?:go |back )?(?:to )?(?:the )?(?:home|homepage|home page|start|startseite|accueil|inicio)\Z"
)
BUTTON: Final = re.compile(
    r"(?:^|[ _-])(?:back|close|cta|btn|button|(?:bread)?crumbs?|lang(?:uage)?|tab|dismiss|return)"
    r"(?:$|[ _-])"
)
SILENT: Final = frozenset({"style", "script", "title", "desc", "noscript"})
MAX_MAPS: Final = 20
MAX_PARTS: Final = 50  # elements of a link whose text is read
LANGUAGE: Final = re.compile(
    r"(?:[/=]|[._-](?=\w{2,7}\.\w{2,4}$))([a-z]{2}(?:[_-][a-z]{2,4})?)(?:/|\.(?:html?|php|aspx?|jsp|cfm))?$"
)
NOT_A_PAGE: Final = ("javascript:", "mailto:", "tel:", "data:")


def position_evidence(
    page: Page, element: HtmlElement
) -> tuple[list[RuleHit], Surroundings, float]:
    """Return the hits of the position rules, the context of ``element`` and its home share."""
    context = page.surroundings(element)
    if context.link is None and element.get("onclick") and link_address(element):
        context = context._replace(link=element)
    elif context.link is None and element.get("usemap"):
        context = context._replace(link=_home_area(page, element))
    return context_evidence(page, context), context, page.home_share(context.link)


def _home_area(page: Page, element: HtmlElement) -> HtmlElement | None:
    """Return the area of an image map that leads home, for one of the first images of a page.

    Headers of older pages are one picture whose logo is such an area; later maps are menus.
    """
    if element not in page.elements("img")[:N_FIRST]:
        return None
    name = (element.get("usemap") or "").strip().removeprefix("#")
    for areas in islice(page.root.iter("map"), MAX_MAPS):
        if name and name in {areas.get("name"), areas.get("id")}:
            found = islice(areas.iter("area"), MAX_PARTS)
            return next((one for one in found if page.home_share(one) == 1), None)
    return None


def context_evidence(page: Page, context: Surroundings) -> list[RuleHit]:
    """Return the hits of the position rules for an image in ``context``."""
    share = page.home_share(context.link)
    found = _link_evidence(page, context.link, share)
    if context.says_logo:
        found.append(Rule.LOGO_PARENT.hit())
    if context.is_in_footer:
        found.append(Rule.IN_FOOTER.hit())
    elif context.is_in_header and (share or not context.is_in_article):
        found.append(Rule.IN_HEADER.hit())
    rules = {item.rule for item in found}
    if Rule.IN_HEADER not in rules or not rules.isdisjoint(ELSEWHERE):
        found += _beside_evidence(page, context.link, share)
    is_header_home = share > 0 and context.is_in_header and not context.is_in_footer
    if context.is_in_bad_context and not is_header_home:
        found.append(Rule.BAD_CONTEXT.hit())
    if context.is_hidden:
        found.append(Rule.HIDDEN.hit())
    if share and context.link is not None and not context.says_logo:
        found += _button_evidence(page, context.link)
    return found


def _beside_evidence(page: Page, link: HtmlElement | None, share: float) -> list[RuleHit]:
    if share:
        return [Rule.BESIDE_NAME.hit()] if page.is_behind_painted(link) else []
    return [Rule.BESIDE_PAINTED.hit()] if page.has_painted_home_link else []


def _button_evidence(page: Page, link: HtmlElement) -> list[RuleHit]:
    """Return the hits of what tells a button from a logo in a link to the home page."""
    names = f"{link.get('class') or ''} {link.get('id') or ''}"[:MAX_CHARS].lower()
    if BUTTON.search(names) or link.get("hreflang"):
        return [Rule.BUTTON_LINK.hit()]
    parts = list(islice(link.iter(), MAX_PARTS))
    texts = [one.text for one in parts if one.tag not in SILENT] + [one.tail for one in parts[1:]]
    text = " ".join(filter(None, texts)).strip()
    return [Rule.LINK_TEXT.hit()] if text and page.identity.names_another(text) else []


def leads_nowhere(link: HtmlElement | None) -> bool:
    """Return whether there is no link, or one that does not lead to another page."""
    href = "" if link is None else link_address(link).strip().lower()
    return not href or href.startswith(("#", *NOT_A_PAGE))


def link_language(link: HtmlElement | None) -> str:
    """Return the locale at the end of a link's address, or an empty string."""
    match = None if link is None else LANGUAGE.search(link_address(link)[:MAX_CHARS].lower())
    return match.group(1) if match and is_locale(match.group(1)) else ""


def signature(element: HtmlElement) -> tuple[str, ...]:
    """Return tags and classes of the element and two ancestors."""
    shape: list[str] = []
    current: HtmlElement | None = element
    for _ in range(3):
        if current is None:
            break
        shape += [str(current.tag), (current.get("class") or "")[:100]]
        current = current.getparent()
    return tuple(shape)


def is_foreign(rules: Set[Rule]) -> bool:
    """Return whether a logo of the header has not the brand's name."""
    is_logo = Rule.IN_HEADER in rules and not rules.isdisjoint(SAYS_LOGO)
    return is_logo and Rule.BRAND_NAME not in rules


def is_surely_other(page: Page, context: Surroundings, text: str, file: str) -> bool:
    """Return whether an image whose ``text`` names another organisation is surely not the site's.

    Lists hold sponsors and products; the file may have the same name; or the header has an empty
    logo element, which a style sheet fills with the site's own.
    """
    shared = set(particular_words(text)) & set(particular_words(file.rpartition(".")[0]))
    is_painted = page.has_empty_logo_element or page.has_painted_home_link
    return context.is_in_list or bool(shared) or is_painted


def is_interface(page: Page, context: Surroundings, rules: Set[Rule], text: str) -> bool:
    """Return whether a small image in a home link is an icon of the interface."""
    if rules & (SAYS_LOGO | {Rule.BRAND_NAME}):
        return False
    label = "" if context.link is None else context.link.get("aria-label") or ""
    says_home = HOME_LABEL.match(f"{label} {text}".strip()[:MAX_CHARS].lower()) is not None
    if not context.is_in_list and page.is_named_link(context.link):
        return False  # the mark beside the name
    return context.is_in_list or says_home or page.has_text_home_link


def is_in_plain_table(page: Page, element: HtmlElement) -> bool:
    """Return whether ``element`` is in a table of a page without <header> and <nav>."""
    if next(element.iterancestors("td"), None) is None:
        return False
    return next(page.root.iter("header", "nav"), None) is None


def scored_in_context(placed: Iterable[PlacedCandidate]) -> list[LogoCandidate]:
    """Return the candidates with the rules that depend on the page's other images."""
    everyone = list(placed)
    logos = [one for one in everyone if not one.rules.isdisjoint(SAYS_LOGO)]
    walls: dict[tuple[str, ...], set[str]] = {}
    for one in logos:
        walls.setdefault(one.signature, set()).add(one.candidate.source_url)
    is_alone = len({one.candidate.source_url for one in logos}) == 1
    others = {one.candidate.source_url for one in logos if one.names_other and _is_in_header(one)}
    is_bare = len(everyone) <= N_BARE
    brands = {
        one.candidate.source_url
        for one in everyone
        if _is_named_after_brand(one, is_bare=is_bare) and (is_bare or _is_at_edge(one))
    }
    tiles: dict[tuple[str, ...], set[str]] = {}
    for one in logos:
        if _is_tile(one):
            tiles.setdefault(one.signature, set()).add(one.candidate.source_url)
    flags, buttons = language_flags(everyone), menu_buttons(everyone)
    at_home = {
        one.candidate.source_url
        for one in everyone
        if _is_in_home_link(one) and one.candidate.source_url not in flags | buttons
    }
    return [
        _scored_in_context(
            one,
            _PageContext(
                n_same_shape=len(walls.get(one.signature, ())),
                is_alone=is_alone,
                is_only_home=at_home == {one.candidate.source_url},
                is_flag=bool(one.language) and one.candidate.source_url in flags,
                is_button=one.candidate.source_url in buttons,
                n_others=len(others),
                is_only_brand=not at_home and brands == {one.candidate.source_url},
                is_tile=_is_tile(one) and len(tiles.get(one.signature, ())) > 1,
            ),
        )
        for one in everyone
    ]


@dataclass(frozen=True)
class _PageContext:
    """Properties of an image relative to the page's other images."""

    n_same_shape: int
    """Number of logos with its signature."""
    is_alone: bool
    """Whether the page has one logo."""
    is_only_home: bool
    """Whether no other image is in a home link."""
    is_flag: bool
    """Whether images with its signature lead to home pages in several languages."""
    is_button: bool
    """Whether it is a button of a menu of pictures."""
    n_others: int
    """Number of logos in the header that name another organisation."""
    is_only_brand: bool
    """Whether it alone is named after the brand, and no image is in a home link."""
    is_tile: bool
    """Whether several logos with its signature link to other pages, as in a product menu."""


def _scored_in_context(one: PlacedCandidate, others: _PageContext) -> LogoCandidate:
    """Apply the rules that depend on other images.

    Images in home links are no wall: a menu may repeat the signature of the site's own logo.
    """
    found = list(one.candidate.evidence)
    if others.is_alone and one.counts_as_only and is_called_logo(found):
        found.append(Rule.ONLY_LOGO.hit())
    if others.n_same_shape >= WALL_SIZE and not one.home_share:
        found.append(Rule.LOGO_WALL.hit())
    if others.is_only_brand:
        found.append(Rule.ONLY_BRAND.hit())
    if others.is_only_home and one.home_share == 1 and Rule.IN_HEADER in one.rules:
        found.append(Rule.ONLY_HOME.hit())
    found = _limited_by_kind(one, others, found)
    return LogoCandidate(
        one.candidate.finder, one.candidate.source_url, tuple(found), one.candidate.data
    )


def _limited_by_kind(
    one: PlacedCandidate, others: _PageContext, found: list[RuleHit]
) -> list[RuleHit]:
    """Return ``found`` with the limit of what the image turns out to be."""
    is_home = one.home_share > 0 and (_needs_no_word(one, found) or others.is_only_home)
    if Rule.BESIDE_NAME in one.rules and Rule.BRAND_NAME not in one.rules:
        is_home = False  # a slide, an advertisement or a way back
    limits = (
        (others.is_flag, Rule.FLAG, NO_SIGNAL_LIMIT),
        (one.is_interface, Rule.INTERFACE, NO_SIGNAL_LIMIT),
        (others.is_button, Rule.MENU_BUTTON, NO_SIGNAL_LIMIT),
        (others.is_tile, Rule.MENU_TILE, UNATTRIBUTED_LIMIT),
    )
    for applies, rule, limit in limits:
        if applies:
            return limited(found, rule, limit)
    if is_called_logo(found) or is_home:
        return _limited_by_other_name(one, others, limited_by_ownership(found))
    if others.is_only_brand or _is_first_in_header(found) or _is_table_top(found):
        return limited(found, Rule.LOW_CONFIDENCE, LOW_CONFIDENCE_LIMIT)
    return limited(found, Rule.NO_SIGNAL, NO_SIGNAL_LIMIT)


def _limited_by_other_name(
    one: PlacedCandidate, others: _PageContext, found: list[RuleHit]
) -> list[RuleHit]:
    if not one.names_other:
        return found
    is_surely_other = (
        one.is_surely_other or others.n_others > 1 or not one.rules.isdisjoint(ELSEWHERE)
    )
    limit = UNATTRIBUTED_LIMIT if is_surely_other else LOW_CONFIDENCE_LIMIT
    return limited(found, Rule.OTHER_NAME, limit)


def _needs_no_word(one: PlacedCandidate, evidence: Iterable[RuleHit]) -> bool:
    """Return whether a home link alone suffices: menus and footers have home links too."""
    places = {Rule.IN_HEADER, Rule.FIRST} | ({Rule.BRAND_NAME} if one.home_share == 1 else set())
    return bool(places & {item.rule for item in evidence})


def _is_in_home_link(one: PlacedCandidate) -> bool:
    rules = one.rules
    return one.home_share == 1 and not rules & {Rule.IN_FOOTER, *NO_PICTURE}


def _is_in_header(one: PlacedCandidate) -> bool:
    return Rule.IN_HEADER in one.rules


def _is_named_after_brand(one: PlacedCandidate, *, is_bare: bool) -> bool:
    """Return whether an image has the name and, unless it is the only one, links nowhere else."""
    rules = one.rules
    is_named = bool(rules & {Rule.BRAND_FILE, Rule.BRAND_TEXT})
    elsewhere = {Rule.SITE_LINK} if is_bare else {*ELSEWHERE}
    return is_named and not rules & {*elsewhere, *NO_PICTURE, Rule.BAD_CONTEXT}


def _is_at_edge(one: PlacedCandidate) -> bool:
    return bool(one.rules & {Rule.IN_HEADER, Rule.IN_FOOTER, Rule.FIRST})


def _is_tile(one: PlacedCandidate) -> bool:
    rules = one.rules
    return bool(rules & {*ELSEWHERE}) and Rule.BRAND_NAME not in rules


def _is_first_in_header(evidence: Iterable[RuleHit]) -> bool:
    """Return whether it is the first image of a header and names the site, without a link.

    On the home page itself the logo often is no link; elsewhere it may link to a start page.
    """
    rules = {item.rule for item in evidence}
    if rules >= {Rule.IN_HEADER, Rule.BRAND_FILE, Rule.FIRST} and Rule.PAGE_LINK in rules:
        return True
    is_first = rules >= {Rule.IN_HEADER, Rule.FIRST} and not rules & {*ELSEWHERE, *NOT_FIRST}
    return is_first and bool(rules & {Rule.BRAND_NAME, Rule.UNLINKED_WORD_MARK})


def _is_table_top(evidence: Iterable[RuleHit]) -> bool:
    rules = {item.rule for item in evidence if item != JUNK_OF_BANNER}
    if Rule.TABLE_TOP not in rules or rules & {*NO_PICTURE, Rule.BAD_CONTEXT}:
        return False
    return rules.isdisjoint(ELSEWHERE) or rules >= {Rule.BRAND_FILE, Rule.PAGE_LINK}


def with_evidence(candidate: LogoCandidate, *further: RuleHit) -> LogoCandidate:
    """Return ``candidate`` with further hits."""
    return LogoCandidate(
        candidate.finder, candidate.source_url, (*candidate.evidence, *further), candidate.data
    )


def _link_evidence(page: Page, link: HtmlElement | None, share: float) -> list[RuleHit]:
    if link is None:
        return []
    if share:
        return [Rule.HOME_LINK.hit(share)]
    if leads_nowhere(link):
        return []
    target = page.target(link_address(link))
    if target is None:
        return []
    return [(Rule.PAGE_LINK if page.is_same_site(target) else Rule.SITE_LINK).hit()]


def may_be_logo(page: Page, element: HtmlElement, *texts: str) -> bool:
    """Return whether ``element`` may have a word for logo or a home link.

    Without either an image stays below the icons, so no other rule need be evaluated.
    """
    context = page.surroundings(element)
    if context.says_logo or page.home_share(context.link):
        return True
    words = " ".join([*element.values(), *texts])[:MAX_ATTRIBUTE_CHARS]
    return may_say_logo(words.lower())
