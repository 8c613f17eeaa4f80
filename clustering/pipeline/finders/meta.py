"""Logos that a page declares in meta elements, links and microdata."""

from collections.abc import Iterator
from typing import Final

from lxml.html import HtmlElement

from clustering.pipeline.finders import LogoCandidate
from clustering.pipeline.finders.lexicon import JUNK_FILE, file_of, says_logo_in_address
from clustering.pipeline.finders.page import Page
from clustering.pipeline.finders.rules import spoke

IMAGES: Final = frozenset(
    {"og:image", "og:image:url", "og:image:secure_url", "twitter:image", "twitter:image:src"}
)
# Asking for the attributes, not for elements that have one, halves the walk.
ITEMS: Final = "//@itemprop/.."
ITEM_TAGS: Final = frozenset({"span", "a", "div"})


def find(page: Page) -> Iterator[LogoCandidate]:
    """Yield declared logos and the images for social networks."""
    for element in _declaring(page):
        if (element.get("itemprop") or "").lower() == "logo":
            yield from _declared(
                page, element.get("content") or element.get("href"), "microdata logo"
            )
        elif element.tag == "link" and "logo" in (element.get("rel") or "").lower().split():
            yield from _declared(page, element.get("href"), "link rel=logo")
        elif element.tag == "meta":
            name = (element.get("property") or element.get("name") or "").strip().lower()
            if name == "og:logo":
                yield from _declared(page, element.get("content"), "og:logo")
            elif name in IMAGES:
                yield from _social(page, element.get("content"))


def _declaring(page: Page) -> Iterator[HtmlElement]:
    yield from page.elements("meta", "link")
    if "itemprop" in page.source:
        yield from (element for element in page.root.xpath(ITEMS) if element.tag in ITEM_TAGS)


def _declared(page: Page, address: str | None, rule: str) -> Iterator[LogoCandidate]:
    resolved = page.absolute(address)
    if resolved:
        yield LogoCandidate("meta", resolved, (spoke(rule),))


def _social(page: Page, address: str | None) -> Iterator[LogoCandidate]:
    resolved = page.absolute(address)
    if not resolved:
        return
    evidence = [spoke("og:image")]
    if says_logo_in_address(resolved):
        evidence = [spoke("og:image with 'logo' in its address")]
        if page.identity.is_in(file_of(resolved)):
            evidence.append(spoke("the brand in its text or file name"))
        if JUNK_FILE.search(file_of(resolved)):
            evidence.append(spoke("a junk file name"))
    yield LogoCandidate("og", resolved, tuple(evidence))
