"""Reads one page completely; ``page_reader.py`` runs this in resource-limited children."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Final
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from clustering.pipeline.errors import FetchError
from clustering.pipeline.finders import LogoCandidate
from clustering.pipeline.finders.interstitials import is_parked, is_robot_wall
from clustering.pipeline.finders.linked_files import linked_candidates, wanted_files
from clustering.pipeline.finders.markup import read
from clustering.pipeline.finders.page import Page, page_of
from clustering.pipeline.finders.ranking import REVIEW_THRESHOLD, candidates, ranked
from clustering.pipeline.web import Response

MAX_NODES: Final = 200_000  # the largest of 183 measured home pages has a fifth of it
MAX_CANDIDATES: Final = 50  # a run tries nine at most
MAX_REFRESH_SECONDS: Final = 5.0  # slower refreshes reload a page for readers
MAX_STUB_CHARS: Final = 20_000  # of a page that only redirects
MAX_FRAMES: Final = 20
MAX_NAME_CHARS: Final = 300
FRAME: Final = re.compile(r"logo|head|top|banner|nav|kopf|oben|titel|title")
LOCATION: Final = re.compile(
    r"""(?<!\w)location(?:\.href)?\s{0,5}=\s{0,5}["']([^"'\s]{1,500})["']"""
    r"""|(?<!\w)location\.(?:replace|assign)\(\s{0,5}["']([^"'\s]{1,500})["']"""
)
REFRESH: Final = re.compile(
    r"\s{0,9}(\d{1,4}(?:\.\d{1,3})?)\s{0,9}[;,]\s{0,9}url\s{0,9}=\s{0,9}(.{1,2000})", re.I
)


@dataclass(frozen=True)
class PageResult:
    """The result of reading one page, as plain values."""

    url: str
    """Address of the page after redirects."""
    obstacle: str = ""
    """``blocked`` or ``parked`` if the page replaces the site."""
    refresh: str = ""
    """Target of an immediate refresh; the other fields are empty then."""
    candidates: tuple[LogoCandidate, ...] = ()
    """Best first."""
    files: tuple[str, ...] = ()
    """Addresses of linked files that may contain a better candidate."""


Inspect = Callable[[Response, Mapping[str, Response]], PageResult]
"""(page, linked files by the address that the page gives) -> result."""


def inspect_page(page: Response, files: Mapping[str, Response]) -> PageResult:
    """Return the result of reading ``page``; of an error page only whether it is a bot check.

    Raises:
        FetchError: ``bad_page`` for more than ``MAX_NODES`` elements.
    """
    source = read(page.body, page.headers.get("content-type", ""))
    if is_robot_wall(page.status, source.text):
        return PageResult(page.url, obstacle="blocked")
    if page.status >= 400:
        return PageResult(page.url)
    if is_parked(source.text):
        return PageResult(page.url, obstacle="parked")
    return _page_result(page_of(page.url, source), files)


def _page_result(page: Page, files: Mapping[str, Response]) -> PageResult:
    if _has_too_many_nodes(page):
        raise FetchError("bad_page", f"the page has more than {MAX_NODES} elements")
    refresh = refresh_target(page) or script_target(page) or frame_target(page)
    if refresh and refresh.rstrip("/") != page.url.rstrip("/"):
        return PageResult(page.url, refresh=refresh)
    found = candidates(page)
    if files:
        found = ranked([*found, *linked_candidates(page, files)])
    is_sure = bool(found) and found[0].score >= REVIEW_THRESHOLD
    wanted = () if files or is_sure else tuple(wanted_files(page))
    return PageResult(page.url, candidates=tuple(found[:MAX_CANDIDATES]), files=wanted)


def _has_too_many_nodes(page: Page) -> bool:
    """Count the elements only where the text has enough brackets: a thousand times as fast."""
    if len(page.source) <= 2 * MAX_NODES or page.source.count("<") <= MAX_NODES:
        return False
    return bool(page.root.xpath("count(//*)") > MAX_NODES)


def script_target(page: Page) -> str:
    """Return where a script sends visitors of an otherwise empty page of the same site."""
    if len(page.source) > MAX_STUB_CHARS or page.elements("img", "svg"):
        return ""
    for script in page.elements("script"):
        match = LOCATION.search(script.text or "")
        address = page.absolute(match.group(1) or match.group(2)) if match else ""
        if address and page.is_same_site(urlsplit(address)):
            return address
    return ""


def frame_target(page: Page) -> str:
    """Return the frame of a frameset that shows the logo: the header's, else the first."""
    if "<frameset" not in page.source[:MAX_STUB_CHARS].lower():
        return ""
    frames = list(islice(page.root.iter("frame"), MAX_FRAMES))
    frames.sort(key=lambda one: FRAME.search(_frame_names(one)) is None)
    addresses = [page.absolute(one.get("src")) for one in frames]
    return next((address for address in addresses if address), "")


def _frame_names(frame: HtmlElement) -> str:
    return f"{frame.get('name') or ''} {frame.get('src') or ''}"[:MAX_NAME_CHARS].lower()


def refresh_target(page: Page) -> str:
    """Return the target of an immediate meta refresh outside <noscript>, or an empty string."""
    for element in page.elements("meta"):
        if (element.get("http-equiv") or "").lower() != "refresh":
            continue
        match = REFRESH.match(element.get("content") or "")
        parent = element.getparent()
        if match is None or (parent is not None and parent.tag == "noscript"):
            continue
        if float(match.group(1)) <= MAX_REFRESH_SECONDS:
            return page.absolute(match.group(2).strip().strip("\"'"))
    return ""
