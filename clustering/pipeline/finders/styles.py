"""Candidates from CSS backgrounds: style attributes and style sheets."""

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import urljoin

from lxml.html import HtmlElement

from clustering.pipeline.finders import LogoCandidate
from clustering.pipeline.finders.identity import is_spacer
from clustering.pipeline.finders.lexicon import (
    CONSENT,
    LOGO,
    MAX_CHARS,
    file_of,
    may_say_logo,
    says_logo,
)
from clustering.pipeline.finders.page import Page
from clustering.pipeline.finders.places import context_evidence, limited_by_ownership
from clustering.pipeline.finders.rules import UNATTRIBUTED_LIMIT, Rule, RuleHit, limited
from clustering.pipeline.finders.surroundings import names_of

MAX_SHEET_CHARS: Final = 2_000_000
MAX_SELECTOR_CHARS: Final = 300
MAX_RULE_CHARS: Final = 1500  # searched back from an address to the opening brace of its rule
MAX_ADDRESSES: Final = 2000
STYLE: Final = re.compile(r"\sstyle\s{0,9}=", re.IGNORECASE)
MAX_LOOKS: Final = 300  # addresses that are checked for a style attribute
MAX_TAG_CHARS: Final = 1000  # between a tag's beginning and an address in its style
MAX_STYLE_CHARS: Final = 5000  # of one style attribute
# Stops at the next bracket, so that addresses without an end cost no more than others.
URL: Final = re.compile(r"url\(\s{0,9}([\"']?)([^\"'()]{1,200000})\1\s{0,9}\)", re.IGNORECASE)
# Selecting attributes takes half the time of selecting elements by attribute.
PAINTED: Final = "//@style[contains(., 'url(')]/.."
# A negative position after an address or in its rule: a sprite sheet.
_MOVED: Final = r"-\d{0,5}\.?\d{1,5}(?:px|r?em|pt)"
MOVED_BY: Final = re.compile(
    rf"background-position\s{{0,9}}:[^;{{}}]{{0,40}}?{_MOVED}", re.IGNORECASE
)
SHIFTED: Final = re.compile(
    rf"[^;{{}}]{{0,100}}?\s{_MOVED}|[^{{}}]{{0,300}}?{MOVED_BY.pattern}", re.IGNORECASE
)
COMMENT: Final = re.compile(r"/\*[^*]{0,300}\*{1,9}/")
N_SHARED: Final = 2  # other selectors with the same image: a sprite sheet
MAX_USES: Final = 10  # of an address that are checked
SPRITE: Final = re.compile(r"sprite|icons?\b")
NAME: Final = re.compile(r"[.#]([a-z_][\w-]{0,100})")
PICTURES: Final = ("img", "svg", "picture", "object", "amp-img")
# Selectors that contain "logo" but style another element or state.
STATES: Final = re.compile(r"footer|partner|client|:hover|:active|print|loader")


def find(page: Page) -> Iterator[LogoCandidate]:
    """Yield the backgrounds of elements named logo as candidates."""
    for element in page.root.xpath(PAINTED) if _may_be_painted(page.source) else ():
        if says_logo(names_of(element)) or page.surroundings(element).logo_distance == 1:
            evidence = _place(page, element)
            style = (element.get("style") or "")[:MAX_STYLE_CHARS]
            for match in URL.finditer(style):
                if not _is_moved(style, match, 0):
                    yield from _candidate(page, match.group(2), evidence)
    for sheet in page.elements("style"):
        yield from backgrounds(page, sheet.text or "")


def _may_be_painted(source: str) -> bool:
    """Return whether the page may have an address in a style attribute.

    Searching the text costs a tenth of querying the tree, which two pages of three do not need.
    The addresses of a sheet are skipped together: it ends at the next bracket.
    """
    at = -1
    for _ in range(MAX_LOOKS):
        at = source.find("url(", at + 1)
        if at < 0:
            return False
        opened = source.rfind("<", max(0, at - MAX_TAG_CHARS), at)
        # A ">" may be part of a value, so an opened style attribute counts.
        is_inside = opened >= 0 and source.find(">", opened, at) < 0
        if is_inside or (opened >= 0 and STYLE.search(source, opened, at)):
            return True
        at = source.find("<", at)
        if at < 0:
            return False
    return True


def backgrounds(page: Page, sheet: str, *, base_url: str = "") -> Iterator[LogoCandidate]:
    """Yield the backgrounds of rules whose selector contains a word for logo.

    Searches back from each address to its selector: a pattern over whole rules is quadratic and
    took 3.7 s on a real page with 1.6 MB of styles.
    """
    sheet = sheet[:MAX_SHEET_CHARS]
    letters = sheet.lower()
    if not may_say_logo(letters):
        return
    places: dict[str, list[RuleHit]] = {}
    # The lower case of a few letters is longer, which would shift offsets.
    for match in _urls(sheet, letters if len(letters) == len(sheet) else sheet):
        selector = _logo_selector(_selector(sheet, match.start()))
        if selector:
            if selector not in places:
                places[selector] = _place_of_rule(page, selector)
            opened = sheet.rfind("{", max(0, match.start() - MAX_RULE_CHARS), match.start())
            if _is_moved(sheet, match, opened) or _is_shared(sheet, match.group(2)):
                continue  # a sprite sheet
            address = urljoin(base_url, match.group(2)) if base_url else match.group(2)
            yield from _candidate(page, address, places[selector])


def _is_moved(style: str, match: re.Match[str], start: int) -> bool:
    """Return whether the rule from ``start`` on offsets the image."""
    return bool(SHIFTED.match(style, match.end()) or MOVED_BY.search(style, start, match.start()))


def _is_shared(sheet: str, address: str) -> bool:
    """Return whether other selectors use the image at ``address`` too."""
    at, n_others = -1, 0
    for _ in range(MAX_USES):
        at = sheet.find(address, at + 1)
        if at < 0:
            break
        n_others += LOGO.search(_selector(sheet, at)) is None
    return n_others >= N_SHARED


def _logo_selector(selector: str) -> str:
    """Return the parts of a selector list that name a logo, unless most do not."""
    parts = COMMENT.sub("", selector).split(",")
    logos = [part for part in parts if LOGO.search(part)]
    if len(parts) - len(logos) >= N_SHARED:
        return ""
    return ",".join(part for part in logos if not STATES.search(part))


def _urls(sheet: str, letters: str) -> Iterator[re.Match[str]]:
    """Yield the first addresses; a substring search is faster than the pattern."""
    at = -1
    for _ in range(MAX_ADDRESSES):
        at = letters.find("url(", at + 1)
        if at < 0:
            return
        if match := URL.match(sheet, at):
            yield match


def _place_of_rule(page: Page, selector: str) -> list[RuleHit]:
    """Return the hits of the first element that matches a name of the selector."""
    for name in NAME.findall(selector)[::-1]:
        element = page.named_logo.get(name) if LOGO.search(name) else None
        if element is not None:
            return _place(page, element)
    return limited([Rule.BACKGROUND.hit()], Rule.ABSENT_ELEMENT, UNATTRIBUTED_LIMIT)


def _place(page: Page, element: HtmlElement) -> list[RuleHit]:
    """Return the hits of an element with a background; its own link counts as its context."""
    link = element if element.tag == "a" else next(element.iter("a"), None)
    found = context_evidence(page, page.surroundings_inside(element if link is None else link))
    if next(element.iter(*PICTURES), None) is not None:
        return limited([Rule.BACKGROUND.hit(), *found], Rule.AROUND_IMAGE, UNATTRIBUTED_LIMIT)
    return limited_by_ownership([Rule.BACKGROUND.hit(), *found])


def _selector(sheet: str, position: int) -> str:
    opened = sheet.rfind("{", max(0, position - MAX_RULE_CHARS), position)
    if opened < 0 or sheet.find("}", opened, position) >= 0:
        return ""
    before = sheet[max(0, opened - MAX_SELECTOR_CHARS) : opened]
    return before[max(before.rfind("}"), before.rfind("{"), before.rfind(";")) + 1 :].lower()


def _candidate(page: Page, address: str, evidence: list[RuleHit]) -> Iterator[LogoCandidate]:
    resolved = page.absolute(address)
    if (
        not resolved
        or page.identity.matches_outside_name(CONSENT, resolved[:MAX_CHARS].lower())
        or is_spacer(page.identity, resolved)
        or SPRITE.search(file_of(resolved))
    ):
        return
    yield LogoCandidate("style", resolved, tuple(evidence))
