"""Reads one page completely; ``page_reader.py`` runs this in resource-limited children."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from clustering.pipeline.errors import FetchError
from clustering.pipeline.finders import LogoCandidate
from clustering.pipeline.finders.consent import asks_for_consent
from clustering.pipeline.finders.exits import MAX_STUB_CHARS, is_shell, is_stub, page_exit
from clustering.pipeline.finders.interstitials import (
    has_site_parts,
    is_consent_page,
    is_parked,
    is_robot_wall,
)
from clustering.pipeline.finders.linked_files import linked_candidates, wanted_files
from clustering.pipeline.finders.markup import PageText, read
from clustering.pipeline.finders.page import Page, page_of
from clustering.pipeline.finders.ranking import REVIEW_THRESHOLD, candidates, ranked
from clustering.pipeline.finders.rules import Rule
from clustering.pipeline.web import Response

MAX_NODES: Final = 200_000  # the largest of 183 measured home pages has a fifth of it
MAX_CANDIDATES: Final = 50  # a run tries nine at most
NAMES_SITE: Final = frozenset({Rule.BRAND_NAME, Rule.BRAND_FILE, Rule.BRAND_TEXT})
MIN_STUB_WORDS: Final = ("location", "refresh", "<frame", "submit(")  # of pages that lead on


@dataclass(frozen=True)
class PageResult:
    """The result of reading one page, as plain values."""

    url: str
    """Address of the page after redirects."""
    obstacle: str = ""
    """``blocked``, ``consent`` or ``parked`` if the page replaces the site."""
    refresh: str = ""
    """Where the page sends its visitors at once; there are candidates only if it is near-empty."""
    cookies: tuple[str, ...] = ()
    """Cookies that its scripts set before that, as values of Set-Cookie headers."""
    candidates: tuple[LogoCandidate, ...] = ()
    """Best first."""
    is_shell: bool = False
    """Whether the page is near-empty and loads a script that draws it."""
    files: tuple[str, ...] = ()
    """Addresses of linked files that may contain a better candidate."""


Inspect = Callable[[Response, Mapping[str, Response]], PageResult]
"""(page, linked files by the address that the page gives) -> result."""


def inspect_page(page: Response, files: Mapping[str, Response]) -> PageResult:
    """Return the result of reading ``page``.

    An error page has candidates only if it is a page of the site with a sure logo.

    Raises:
        FetchError: ``bad_page`` for more than ``MAX_NODES`` elements.
    """
    source = read(page.body, page.headers.get("content-type", ""))
    if is_robot_wall(page.status, source.text):
        return _gate_result(page, source) or PageResult(page.url, obstacle="blocked")
    if page.status >= 400 and not _may_be_page(source.text):
        return PageResult(page.url)
    if is_parked(source.text):
        return PageResult(page.url, obstacle="parked")
    if is_consent_page(page.url, source.text):
        return PageResult(page.url, obstacle="consent")
    result = _page_result(page_of(page.url, source), files)
    if page.status >= 400 and not _is_own_page(source.text, result.candidates):
        return replace(result, candidates=(), files=())
    return result


def _gate_result(page: Response, source: PageText) -> PageResult | None:
    """Return where a bot check leads that sets a fixed cookie and nothing else."""
    if "document.cookie" not in source.text or len(source.text) > MAX_STUB_CHARS:
        return None
    way = page_exit(page_of(page.url, source))
    return PageResult(page.url, refresh=way.url, cookies=way.cookies) if way.cookies else None


def _may_be_page(text: str) -> bool:
    """Return whether an error page may be a page of the site, or lead to one."""
    if has_site_parts(text):
        return True
    letters = text.lower()
    if "logo" in letters and "<a " in letters:
        return True
    return len(text) <= MAX_STUB_CHARS and any(word in letters for word in MIN_STUB_WORDS)


def _is_own_page(text: str, found: Sequence[LogoCandidate]) -> bool:
    """Return whether an error page is one of the site: its logo is sure, and it has the parts of
    a site or the logo leads home and names the site.
    """
    if not _is_sure(found):
        return False
    rules = {hit.rule for hit in found[0].evidence}
    return has_site_parts(text) or (Rule.HOME_LINK in rules and not rules.isdisjoint(NAMES_SITE))


def _page_result(page: Page, files: Mapping[str, Response]) -> PageResult:
    if _has_too_many_nodes(page):
        raise FetchError("bad_page", f"the page has more than {MAX_NODES} elements")
    way = page_exit(page)
    if way.url and not is_stub(page):
        return PageResult(page.url, refresh=way.url)
    found = candidates(page)
    if files:
        found = ranked([*found, *linked_candidates(page, files)])
    if not way.url and not _is_sure(found) and asks_for_consent(page):
        return PageResult(page.url, obstacle="consent")
    is_decided = bool(files) or bool(way.url) or _is_sure(found)
    return PageResult(
        page.url,
        refresh=way.url,
        cookies=way.cookies,
        candidates=tuple(found[:MAX_CANDIDATES]),
        is_shell=not way.url and is_shell(page),
        files=() if is_decided else tuple(wanted_files(page)),
    )


def _is_sure(found: Sequence[LogoCandidate]) -> bool:
    return bool(found) and found[0].score >= REVIEW_THRESHOLD


def _has_too_many_nodes(page: Page) -> bool:
    """Count the elements only where the text has enough brackets: a thousand times as fast."""
    if len(page.source) <= 2 * MAX_NODES or page.source.count("<") <= MAX_NODES:
        return False
    return bool(page.root.xpath("count(//*)") > MAX_NODES)
