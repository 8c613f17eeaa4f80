"""Candidates from CSS backgrounds: style attributes and style sheets."""

import re
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Final, NamedTuple
from urllib.parse import urljoin

from lxml.html import HtmlElement

from clustering.pipeline.finders import LogoCandidate
from clustering.pipeline.finders.identity import is_spacer
from clustering.pipeline.finders.lexicon import (
    CONSENT,
    MAX_CHARS,
    file_of,
    may_say_logo,
    says_logo,
    says_logo_in_address,
    says_painted_logo,
)
from clustering.pipeline.finders.page import Page
from clustering.pipeline.finders.placed import PlacedCandidate
from clustering.pipeline.finders.places import (
    context_evidence,
    link_language,
    scored_in_context,
    signature,
)
from clustering.pipeline.finders.rules import UNATTRIBUTED_LIMIT, Rule, limited
from clustering.pipeline.finders.selectors import parsed
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
LAZY_NAMES: Final = ("data-bg", "data-background", "data-background-image", "data-bg-src")
LAZY: Final = "//@*[{}]/..".format(" or ".join(f"name()='{name}'" for name in LAZY_NAMES))
GROUNDS: Final = "//@background/.."  # as tables had before style sheets
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
NAME_START: Final = re.compile(r"[.#]")
VARIABLE: Final = re.compile(r"(--[\w-]{1,80})\s{0,9}:\s{0,9}\Z")
VARIABLE_USE: Final = re.compile(r"var\(\s{0,9}(--[\w-]{1,80})")
MAX_NAME_CHARS: Final = 100
MAX_LOOKUPS: Final = 30  # selectors without a word for logo that are matched
MAX_PARTS: Final = 4
MAX_MATCHED: Final = 3000  # elements per selector
GROUND: Final = re.compile(r"(?:^|[_.-])(?:bg|background|pattern|texture)s?(?:[_.-]|$)")
PICTURES: Final = ("img", "svg", "picture", "object", "amp-img")
# Selectors that contain "logo" but style another element or state.
STATES: Final = re.compile(r"footer|partner|client|:hover|:active|print|loader")


class _StyleImage(NamedTuple):
    start: int
    end: int
    address: str
    variable: str = ""
    """Name of the custom property that holds the address."""


FindElement = Callable[[Page, str], HtmlElement | None]
"""(page, selector) -> the first matching element."""


def find(page: Page) -> Iterator[LogoCandidate]:
    """Yield backgrounds that the page or their own address calls a logo."""
    found = list(_from_attributes(page)) if _may_be_painted(page.source) else []
    if "data-b" in page.source:
        found += _from_lazy_attributes(page)
    if " background=" in page.source or " BACKGROUND=" in page.source:
        found += _from_ground_attributes(page)
    sheets = [sheet.text or "" for sheet in page.elements("style")]
    variables = _variables("".join(sheets)) if "var(" in page.source else {}
    for sheet in sheets:
        found += _from_sheet(page, sheet, variables)
    yield from scored_in_context(found)


def _from_attributes(page: Page) -> Iterator[PlacedCandidate]:
    for element in page.root.xpath(PAINTED):
        style = (element.get("style") or "")[:MAX_STYLE_CHARS]
        is_named = says_logo(names_of(element)) or page.surroundings(element).logo_distance == 1
        is_home = _is_home_of_header(page, element)
        if not (is_named or is_home or may_say_logo(style.lower())):
            continue
        for match in URL.finditer(style):
            address = page.absolute(match.group(2))
            rule = Rule.LOGO_FILE if _is_logo_file(address) else None
            rule = Rule.BACKGROUND if is_named else rule
            if (rule or is_home) and not _is_moved(style, match.start(), match.end(), 0):
                yield from _placed(page, address, element, rule)


def _is_home_of_header(page: Page, element: HtmlElement) -> bool:
    """Return whether ``element`` is the header's link to the home page, or little more or less."""
    links = [element] if element.tag == "a" else list(islice(element.iter("a"), 2))
    around = None if links else page.surroundings(element).link
    if around is not None and next(around.iter(*PICTURES), None) is None:
        links = [around]
    if len(links) != 1 or page.home_share(links[0]) < 1:
        return False
    return page.surroundings_inside(links[0]).is_in_header


def _from_lazy_attributes(page: Page) -> Iterator[PlacedCandidate]:
    """Yield the backgrounds that a script would set of elements named logo or leading home."""
    for element in islice(page.root.xpath(LAZY), MAX_LOOKUPS):
        value = next(text for name, text in element.items() if name in LAZY_NAMES)
        is_named = says_logo(names_of(element)) or page.surroundings(element).logo_distance == 1
        if element.tag not in PICTURES and (is_named or _is_home_of_header(page, element)):
            match = URL.match(value.strip())
            address = page.absolute(match.group(2) if match else value)
            yield from _placed(page, address, element, Rule.BACKGROUND if is_named else None)


def _from_ground_attributes(page: Page) -> Iterator[PlacedCandidate]:
    """Yield the backgrounds of tables and cells that are named logo themselves."""
    for element in islice(page.root.xpath(GROUNDS), MAX_LOOKUPS):
        address = page.absolute(element.get("background"))
        if _is_logo_file(address):
            yield from _placed(page, address, element, Rule.LOGO_FILE)


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


def backgrounds(page: Page, sheet: str, *, base_url: str = "") -> list[LogoCandidate]:
    """Return the backgrounds in a linked sheet that it calls a logo."""
    text = sheet[:MAX_SHEET_CHARS]
    return scored_in_context(_from_sheet(page, text, _variables(text), base_url=base_url))


def _from_sheet(
    page: Page, sheet: str, variables: Mapping[str, str], *, base_url: str = ""
) -> Iterator[PlacedCandidate]:
    """Yield the backgrounds of rules whose selector, variable or file name says logo.

    Searches back from each address to its selector: a pattern over whole rules is quadratic and
    took 3.7 s on a real page with 1.6 MB of styles.
    """
    sheet = sheet[:MAX_SHEET_CHARS]
    letters = sheet.lower()
    if not may_say_logo(letters):
        return
    elements: dict[str, HtmlElement | None] = {}
    # The lower case of a few letters is longer, which would shift offsets.
    lower = letters if len(letters) == len(sheet) else sheet
    for image in _images(sheet, lower, variables):
        address = urljoin(base_url, image.address) if base_url else image.address
        selector, rule, find_element = _logo_rule(page, _selector(sheet, image.start), image)
        if rule is None or len(elements) > MAX_LOOKUPS:
            continue
        if selector not in elements:
            elements[selector] = find_element(page, selector)
        opened = sheet.rfind("{", max(0, image.start - MAX_RULE_CHARS), image.start)
        if _is_moved(sheet, image.start, image.end, opened) or _is_shared(sheet, image.address):
            continue  # a sprite sheet
        element = elements[selector]
        if element is not None or find_element is _logo_element:
            yield from _placed(page, page.absolute(address), element, rule)


def _logo_rule(
    page: Page, before: str, image: _StyleImage
) -> tuple[str, Rule | None, FindElement]:
    """Return the selector, the rule and how to find the element, if anything says logo."""
    selector = _logo_selector(before)
    if selector:
        return selector, Rule.BACKGROUND, _logo_element
    if not before or STATES.search(before):
        return "", None, _matching_element
    if says_logo(image.variable):
        return before, Rule.BACKGROUND, _matching_element
    may_be_logo = may_say_logo(image.address[:MAX_CHARS].lower())
    if may_be_logo and _is_logo_file(page.absolute(image.address)):
        return before, Rule.LOGO_FILE, _matching_element
    return "", None, _matching_element


def _variables(sheet: str) -> dict[str, str]:
    """Return the addresses that custom properties are set to, by the property's name."""
    found: dict[str, str] = {}
    if "var(" not in sheet:
        return found
    for match in _matches(sheet, sheet.lower() if sheet.isascii() else sheet, "url(", URL):
        name = VARIABLE.search(sheet[max(0, match.start() - MAX_NAME_CHARS) : match.start()])
        if name is not None:
            found.setdefault(name.group(1), match.group(2))
    return found


def _is_moved(style: str, start: int, end: int, opened: int) -> bool:
    """Return whether the rule that opens at ``opened`` offsets its image."""
    return bool(SHIFTED.match(style, end) or MOVED_BY.search(style, opened, start))


def _is_shared(sheet: str, address: str) -> bool:
    """Return whether other selectors use the image at ``address`` too."""
    at = -1
    others = set[str]()  # one rule may name its image twice: -webkit-mask and mask
    for _ in range(MAX_USES):
        at = sheet.find(address, at + 1)
        if at < 0:
            break
        selector = _selector(sheet, at)
        if not says_painted_logo(selector):
            others.add(selector)
    return len(others) >= N_SHARED


def _logo_selector(selector: str) -> str:
    """Return the parts of a selector list that name a logo, unless most do not."""
    parts = COMMENT.sub("", selector).split(",")
    logos = [part for part in parts if says_painted_logo(NAME_START.sub(" ", part))]
    if len(parts) - len(logos) >= N_SHARED:
        return ""
    return ",".join(part for part in logos if not STATES.search(part))


def _images(sheet: str, letters: str, variables: Mapping[str, str]) -> Iterator[_StyleImage]:
    """Yield the first images of a sheet, variables resolved."""
    for match in _matches(sheet, letters, "url(", URL):
        yield _StyleImage(match.start(), match.end(), match.group(2))
    if variables:
        for match in _matches(sheet, letters, "var(", VARIABLE_USE):
            name = match.group(1)
            if name in variables:
                yield _StyleImage(match.start(), match.end(), variables[name], name)


def _matches(
    sheet: str, letters: str, start: str, pattern: re.Pattern[str]
) -> Iterator[re.Match[str]]:
    """Yield the first matches; a substring search is faster than the pattern."""
    at = -1
    for _ in range(MAX_ADDRESSES):
        at = letters.find(start, at + 1)
        if at < 0:
            return
        if match := pattern.match(sheet, at):
            yield match


def _logo_element(page: Page, selector: str) -> HtmlElement | None:
    """Return the first element that matches a name of the selector with a word for logo."""
    for name in NAME.findall(selector)[::-1]:
        element = page.named_logo.get(name) if says_painted_logo(name) else None
        if element is not None:
            return element
    return None


def _matching_element(page: Page, selector: str) -> HtmlElement | None:
    """Return the first element that matches one of a list of selectors."""
    for part in selector.split(",")[:MAX_PARTS]:
        found = parsed(part)
        if found is None:
            continue
        for element in islice(page.root.iter(found.tag), MAX_MATCHED):
            if found.matches(element):
                return element
    return None


def _selector(sheet: str, position: int) -> str:
    opened = sheet.rfind("{", max(0, position - MAX_RULE_CHARS), position)
    if opened < 0 or sheet.find("}", opened, position) >= 0:
        return ""
    before = sheet[max(0, opened - MAX_SELECTOR_CHARS) : opened]
    return before[max(before.rfind("}"), before.rfind("{"), before.rfind(";")) + 1 :].lower()


def _is_logo_file(address: str) -> bool:
    """Return whether the file is named logo and is not the ground behind one."""
    return says_logo_in_address(address) and not GROUND.search(file_of(address))


def _placed(
    page: Page, address: str, element: HtmlElement | None, rule: Rule | None
) -> Iterator[PlacedCandidate]:
    """Yield the image at ``address`` as the background of ``element``, if it can be a logo.

    The link in or around the element counts as the context of the image.
    """
    if (
        not address
        or page.identity.matches_outside_name(CONSENT, address[:MAX_CHARS].lower())
        or is_spacer(page.identity, address)
        or SPRITE.search(file_of(address))
    ):
        return
    hits = [rule.hit()] if rule else []
    if page.identity.matches(file_of(address).rpartition(".")[0]):
        hits.append(Rule.BRAND_NAME.hit())
    if element is None:
        hits = limited(hits, Rule.ABSENT_ELEMENT, UNATTRIBUTED_LIMIT)
        yield PlacedCandidate(LogoCandidate("style", address, tuple(hits)), (), 0.0)
        return
    inner = element if element.tag == "a" else next(element.iter("a"), None)
    context = page.surroundings_inside(element if inner is None else inner)
    hits += context_evidence(page, context)
    if any(not is_spacer(page.identity, one.get("src") or "") for one in element.iter(*PICTURES)):
        hits = limited(hits, Rule.AROUND_IMAGE, UNATTRIBUTED_LIMIT)
    yield PlacedCandidate(
        LogoCandidate("style", address, tuple(hits)),
        signature(element),
        page.home_share(context.link),
        language=link_language(context.link),
    )
