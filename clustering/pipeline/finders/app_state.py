"""Candidates that a script would draw: serialised state, custom elements, preloaded images."""

import re
from collections.abc import Iterator
from itertools import islice
from typing import Final

from lxml.html import HtmlElement

from clustering.pipeline.finders import LogoCandidate
from clustering.pipeline.finders.identity import plain_words
from clustering.pipeline.finders.lexicon import BAD, MAX_CHARS, file_of, says_logo_in_address
from clustering.pipeline.finders.page import Page
from clustering.pipeline.finders.rules import (
    LOW_CONFIDENCE_LIMIT,
    UNATTRIBUTED_LIMIT,
    Rule,
    RuleHit,
    limited,
)

MAX_STATE_CHARS: Final = 4_000_000
MAX_KEYS: Final = 50
MAX_WORDS: Final = 2000
MAX_KEY_CHARS: Final = 30
MAX_VALUE_CHARS: Final = 400
MAX_BEFORE_CHARS: Final = 200  # searched for words such as "partners"
WALL_SIZE: Final = 3
MIN_NAME_CHARS: Final = 6  # of a word in a file name that may be another brand
# "logo":, \"siteLogo\":, "logoUrl":; keys with another organisation in their name do not match.
KEY: Final = re.compile(
    r"""\\{0,3}["'](?:site|header|brand|main|company|nav|navbar|primary|desktop|default|app|theme)?"""
    r"""[_-]?logo[_-]?(?:url|src|image|img|path|file|desktop|default|main|primary|light|dark)?"""
    r"""\\{0,3}["']\s{0,9}:""",
    re.IGNORECASE,
)
KEY_ENDS: Final = (
    'ogo"',
    "ogo&",
    "ogo'",
    "ogo\\",
    "ogoU",
    "ogoS",
    "ogoI",
    "ogo_",
    "ogoP",
    "ogo-u",
)
IMAGE: Final = re.compile(
    r"""["']((?:https?:)?/{0,2}[^\s"'<>{}\\]{1,300}?\.(?:svg|png|webp|gif|jpe?g|avif)"""
    r"""(?:\?[^\s"'<>{}\\]{0,200})?)["']""",
    re.IGNORECASE,
)
FOREIGN_KEY: Final = re.compile(
    r"""["'](?:partners?|clients?|customers?|sponsors?|brands|integrations?|authors?|publishers?"""
    r"""|vendors?|merchants?|products?|apps|companies|testimonials?|investors?|members?)["']"""
    r"""\s{0,9}:\s{0,9}[\[{]""",
    re.IGNORECASE,
)
ATTRIBUTE: Final = re.compile(r"logo(?:-?(?:src|url|image|img|path|href|default|light))?\Z")
# JSON in an attribute, from which a script builds the header.
CONFIGURED: Final = "//@*[contains(., '{') and contains(., 'ogo')]"
ELEMENTS: Final = "//*[contains(name(), '-')]/@*[contains(name(), 'logo')]/.."
MAX_ELEMENTS: Final = 20
ATTRIBUTE_START: Final = re.compile(r" logo[\w-]{0,20}\s{0,3}=")


def find(page: Page) -> Iterator[LogoCandidate]:
    """Yield the logos that scripts of the page would show."""
    yield from _from_state(page)
    if _has_logo_attribute(page.source):
        yield from _from_custom_elements(page)
    for link in page.elements("link"):
        rel = (link.get("rel") or "").lower()
        if rel == "preload" and (link.get("as") or "").lower() == "image":
            address = page.absolute(link.get("href"))
            if address and says_logo_in_address(address):
                yield _candidate(page, address, [Rule.PRELOADED_LOGO.hit()])


def _has_logo_attribute(source: str) -> bool:
    at = -1
    for _ in range(MAX_WORDS):
        at = source.find(" logo", at + 1)
        if at < 0:
            return False
        if ATTRIBUTE_START.match(source, at):
            return True
    return True


def _from_state(page: Page) -> Iterator[LogoCandidate]:
    found: dict[str, bool] = {}
    if not any(end in page.source for end in KEY_ENDS):
        return
    for text in [*_scripts(page), *islice(page.root.xpath(CONFIGURED), MAX_ELEMENTS)]:
        for address, is_foreign in _state_logos(page, text[:MAX_STATE_CHARS]):
            found[address] = found.get(address, False) or is_foreign
    n_own = sum(not is_foreign for is_foreign in found.values())
    for address, is_foreign in found.items():
        hits: list[RuleHit] = [Rule.STATE_LOGO.hit()]
        if is_foreign or n_own >= WALL_SIZE:
            hits = limited(hits, Rule.UNATTRIBUTED, UNATTRIBUTED_LIMIT)
        yield _candidate(page, address, hits)


def _scripts(page: Page) -> list[str]:
    scripts = page.elements("script")
    return [one.text for one in scripts if one.text and "ld+json" not in (one.get("type") or "")]


def _state_logos(page: Page, text: str) -> Iterator[tuple[str, bool]]:
    """Yield the images after logo keys, and whether a key before them is that of others."""
    for match in islice(_keys(text), MAX_KEYS):
        value = _unescaped(text[match.end() : match.end() + MAX_VALUE_CHARS])
        before = _unescaped(text[max(0, match.start() - MAX_BEFORE_CHARS) : match.start()])
        image = IMAGE.search(value)
        if image is None or not _is_value(value[: image.start()]):
            continue
        address = page.absolute(image.group(1))
        if address:
            yield address, FOREIGN_KEY.search(before) is not None


def _keys(text: str) -> Iterator[re.Match[str]]:
    """Yield the logo keys; a substring search is faster than the pattern."""
    at, start = -1, 0
    for _ in range(MAX_WORDS):
        at = text.find("ogo", at + 1)
        if at < 0:
            return
        match = KEY.search(text, max(start, at - MAX_KEY_CHARS), at + MAX_KEY_CHARS)
        if match is not None:
            yield match
            start = at = match.end()


def _is_value(between: str) -> bool:
    """Return whether an image belongs to the key before it: its value, or in its object."""
    text = between.strip()
    return not text or (text[:1] in "{[" and "}" not in text)


def _unescaped(text: str) -> str:
    return text.replace("\\u002F", "/").replace("\\u0026", "&").replace("\\", "")


def _from_custom_elements(page: Page) -> Iterator[LogoCandidate]:
    elements: list[HtmlElement] = page.root.xpath(ELEMENTS)
    for element in elements[:MAX_ELEMENTS]:
        names = f"{element.tag} {element.get('class') or ''}"[:MAX_CHARS].lower()
        for name, value in element.items():
            address = page.absolute(value) if ATTRIBUTE.match(name.lower()) else ""
            if not address or not IMAGE.match(f'"{value.strip()}"'):
                continue
            hits: list[RuleHit] = [Rule.LOGO_ATTRIBUTE.hit()]
            if BAD.search(names):
                hits.append(Rule.BAD_CONTEXT.hit())
            yield _candidate(page, address, hits)


def _names_another(file: str) -> bool:
    return any(len(word) >= MIN_NAME_CHARS for word in plain_words(file))


def _candidate(page: Page, address: str, hits: list[RuleHit]) -> LogoCandidate:
    file = file_of(address)
    if page.identity.occurs_in(file):
        hits.append(Rule.BRAND_NAME.hit())
    elif hits[0].rule is not Rule.LOGO_ATTRIBUTE and _names_another(file):
        hits = limited(hits, Rule.OTHER_NAME, UNATTRIBUTED_LIMIT)
    hits = limited(hits, Rule.LOW_CONFIDENCE, LOW_CONFIDENCE_LIMIT)
    return LogoCandidate("app_state", address, tuple(hits))
