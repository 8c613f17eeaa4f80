"""Logos that are backgrounds: style attributes and <style> elements on things named logo."""

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import urljoin

from clustering.pipeline.finders import Candidate, Evidence
from clustering.pipeline.finders.page import Page
from clustering.pipeline.finders.places import place
from clustering.pipeline.finders.points import spoke
from clustering.pipeline.finders.surroundings import names_of
from clustering.pipeline.finders.words import LOGO, SPACER, file_of, may_say_logo, says_logo

RULE: Final = "background of an element named logo"
MAX_SHEET_CHARS: Final = 2_000_000
MAX_SELECTOR_CHARS: Final = 300
MAX_RULE_CHARS: Final = 1500  # looked back from an address to the brace that opens its rule
MAX_ADDRESSES: Final = 2000
# Stops at the next bracket, so that addresses without an end cost no more than others.
URL: Final = re.compile(r"url\(\s{0,9}([\"']?)([^\"'()]{1,200000})\1\s{0,9}\)", re.IGNORECASE)
# Asking for the attributes, not for elements that have one, halves the walk.
PAINTED: Final = "//@style[contains(., 'url(')]/.."
SPRITE: Final = re.compile(r"sprite|icons?\b")
# Selectors that name a logo somewhere but style something inside or beside it.
STATES: Final = re.compile(r"footer|partner|client|:hover|:active|print|loader")


def find(page: Page) -> Iterator[Candidate]:
    """Yield backgrounds of elements with a logo's name."""
    for element in page.root.xpath(PAINTED):
        names = names_of(element)
        around = page.around(element)
        if says_logo(names) or around.logo_distance == 1:
            evidence, _, _ = place(page, element)
            for address in _addresses((element.get("style") or "")[:5000]):
                yield from _candidate(page, address, [spoke(RULE), *evidence])
    for sheet in page.elements("style"):
        yield from backgrounds(page, sheet.text or "")


def backgrounds(page: Page, sheet: str, *, base_url: str = "") -> Iterator[Candidate]:
    """Yield the backgrounds of a sheet's rules whose selector says logo.

    Looks back from each address to its selector: a pattern over whole rules is quadratic and
    took 3.7 s on one real page with 1.6 MB of styles.
    """
    sheet = sheet[:MAX_SHEET_CHARS]
    if not may_say_logo(sheet.lower()):
        return
    for n, match in enumerate(URL.finditer(sheet)):
        if n >= MAX_ADDRESSES:
            return
        selector = _selector(sheet, match.start())
        if LOGO.search(selector) and not STATES.search(selector):
            address = urljoin(base_url, match.group(2)) if base_url else match.group(2)
            yield from _candidate(page, address, [spoke(RULE)])


def _selector(sheet: str, position: int) -> str:
    opened = sheet.rfind("{", max(0, position - MAX_RULE_CHARS), position)
    if opened < 0 or sheet.find("}", opened, position) >= 0:
        return ""
    before = sheet[max(0, opened - MAX_SELECTOR_CHARS) : opened]
    return before[max(before.rfind("}"), before.rfind("{"), before.rfind(";")) + 1 :].lower()


def _addresses(style: str) -> Iterator[str]:
    for match in URL.finditer(style):
        yield match.group(2)


def _candidate(page: Page, address: str, evidence: list[Evidence]) -> Iterator[Candidate]:
    resolved = page.absolute(address)
    if not resolved or SPACER.search(resolved[:300].lower()) or SPRITE.search(file_of(resolved)):
        return
    yield Candidate("style", resolved, tuple(evidence))
