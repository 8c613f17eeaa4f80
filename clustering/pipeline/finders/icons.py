"""Favicons, touch icons and tiles: the fallback where no logo is found."""

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import urljoin

from lxml.html import HtmlElement

from clustering.pipeline.finders import LogoCandidate
from clustering.pipeline.finders.page import Page
from clustering.pipeline.finders.rules import Rule, RuleHit

FINDERS: Final = frozenset(
    {"icon", "touch_icon", "mask_icon", "tile", "manifest", "maskable", "favicon"}
)
SIZE: Final = re.compile(r"(\d{1,5})x\d{1,5}\Z", re.IGNORECASE)
FULL_PX: Final = 180.0  # the size of the largest touch icon; more adds nothing
TOUCH: Final = frozenset({"apple-touch-icon", "apple-touch-icon-precomposed"})
LINKED: Final = TOUCH | {"mask-icon", "icon"}
DEFAULTS: Final = (
    ("/favicon.ico", Rule.DEFAULT_ICON),
    ("/apple-touch-icon.png", Rule.DEFAULT_TOUCH_ICON),
)
TILES: Final = ("msapplication-tileimage", "msapplication-square", "msapplication-wide")


def find(page: Page) -> Iterator[LogoCandidate]:
    """Yield declared icons, then the two default paths that browsers try."""
    for element in page.elements("link", "meta"):
        if element.tag == "link":
            yield from _linked(page, element)
        elif (element.get("name") or "").lower().startswith(TILES):
            address = page.absolute(element.get("content"))
            if address:
                yield LogoCandidate("tile", address, (Rule.TILE.hit(),))
    for path, rule in DEFAULTS:
        yield LogoCandidate("favicon", urljoin(page.url, path), (rule.hit(),))


def manifest_address(page: Page) -> str:
    """Return the address of the web manifest, or an empty string."""
    for element in page.elements("link"):
        if "manifest" in (element.get("rel") or "").lower().split():
            return page.absolute(element.get("href"))
    return ""


def _linked(page: Page, element: HtmlElement) -> Iterator[LogoCandidate]:
    rel = set((element.get("rel") or "").lower().split())
    address = page.absolute(element.get("href")) if rel & LINKED else ""
    if not address:
        return
    if rel & TOUCH:
        yield LogoCandidate("touch_icon", address, tuple(_evidence(element, Rule.TOUCH_ICON)))
    elif "mask-icon" in rel:
        yield LogoCandidate("mask_icon", address, (Rule.MASK_ICON.hit(),))
    elif "icon" in rel:
        yield LogoCandidate("icon", address, tuple(_evidence(element, Rule.ICON)))


def _evidence(element: HtmlElement, rule: Rule) -> list[RuleHit]:
    found = [rule.hit(), *size_evidence(element.get("sizes") or "")]
    if "svg" in (element.get("type") or "").lower():
        found.append(Rule.SCALABLE_ICON.hit())
    if "dark" in (element.get("media") or "").lower():
        found.append(Rule.DARK_ICON.hit())
    return found


def size_evidence(sizes: str) -> list[RuleHit]:
    """Return the hits of a ``sizes`` attribute; the largest size counts."""
    words = sizes.lower().split()[:20]
    found = [Rule.SCALABLE_ICON.hit()] if "any" in words else []
    widths = [float(match.group(1)) for word in words if (match := SIZE.match(word))]
    if widths:
        found.append(Rule.LARGE_ICON.hit(min(1.0, max(widths) / FULL_PX)))
    return found
