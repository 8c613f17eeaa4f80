"""Opens the home page of a domain: https first, refreshes followed, obstacles detected."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from clustering.pipeline.domains.suffixes import registered_word, registrable
from clustering.pipeline.errors import ChildDied, FetchError
from clustering.pipeline.finders.exits import header_target
from clustering.pipeline.finders.lexicon import squeezed
from clustering.pipeline.finders.page_result import Inspect, PageResult
from clustering.pipeline.web import Client, Response
from clustering.pipeline.web.failures import BadStatus, status_error

MAX_HTML_BYTES: Final = 4 << 20  # the largest of 185 measured home pages had 3.9 MB
MAX_ERROR_PAGE_BYTES: Final = 2 << 20  # a 403 may hold the whole site
MIN_DECLARED_SCORE: Final = 10.0  # more than the default addresses of icons have
MAX_REFRESHES: Final = 3
N_USUAL: Final = 3  # addresses that are always tried; the fourth rarely works
# Which error to report when each address failed in another way.
ERROR_PRIORITY: Final = (
    "blocked", "consent", "parked", "moved", "refused_address", "robots", "http_5xx", "http_403",
    "http_404", "http_4xx", "too_many_redirects", "too_large", "bad_page", "bad_response", "tls",
    "timeout", "busy", "connect", "dns",
)  # fmt: skip
FINAL_ERRORS: Final = frozenset(
    {
        "blocked", "consent", "parked", "moved", "refused_address", "request_limit", "too_large",
        "bad_page",
    }
)  # fmt: skip
_PLATFORMS = """
    facebook instagram twitter linkedin youtube tiktok pinterest xing vimeo tumblr telegram
    whatsapp google bing yahoo amazon ebay etsy shopify wix wordpress squarespace weebly jimdo
    blogger medium linktr github gitlab godaddy namecheap ionos strato hostgator bluehost sedo
    dan afternic hugedomains bodis parkingcrew undeveloped uniregistry porkbun hostinger ovh gandi
"""
PLATFORMS: Final = frozenset(_PLATFORMS.split())
MIN_SHARED_CHARS: Final = 4  # of two names of one brand: kaufland.de and kaufland-online.de
OBSTACLE_MESSAGES: Final = {
    "blocked": "the site shows a bot check",
    "consent": "the site asks for consent before it shows a page",
    "parked": "the domain is parked or for sale",
}


@dataclass(frozen=True)
class _Visit:
    domain: str
    client: Client
    inspect: Inspect
    follows_moves: bool


def open_homepage(
    domain: str, client: Client, inspect: Inspect, *, follows_moves: bool = False
) -> tuple[Response, PageResult]:
    """Return the response of the home page of ``domain`` and the result of reading it.

    With ``follows_moves`` it may be the page of another brand to which the site leads.

    Raises:
        FetchError: the first of ``ERROR_PRIORITY`` among the errors of https and http, with and
            without www.
    """
    visit = _Visit(domain, client, inspect, follows_moves)
    failures: list[FetchError] = []
    for url in _addresses(domain):
        if len(failures) == N_USUAL and not _may_answer_with_www(failures):
            break
        try:
            return _read(visit, url)
        except FetchError as error:
            failures.append(error)
            if error.code in FINAL_ERRORS or (error.code == "dns" and error.is_transient):
                break
    raise min(failures, key=lambda error: _rank(error.code))


def _addresses(domain: str) -> Iterator[str]:
    plain = domain.removeprefix("www.")
    other = f"www.{plain}" if domain == plain else plain
    yield f"https://{domain}/"
    yield f"https://{other}/"
    yield f"http://{domain}/"
    yield f"http://{other}/"


def _may_answer_with_www(failures: list[FetchError]) -> bool:
    """Return whether http with the other name may still work: that name resolves but has no TLS,
    and this name does not answer.
    """
    _, other, plain = (error.code for error in failures)
    return other in {"connect", "tls"} and plain in {"dns", "connect"}


def _rank(code: str) -> int:
    return ERROR_PRIORITY.index(code) if code in ERROR_PRIORITY else len(ERROR_PRIORITY)


def _read(visit: _Visit, url: str) -> tuple[Response, PageResult]:
    """Return the page that ``url`` leads to, and the result of reading it.

    A near-empty page that leads to itself waits for its cookies: it is asked again with them.
    """
    asked = set[tuple[str, str]]()
    last: tuple[Response, PageResult] | None = None
    for _ in range(MAX_REFRESHES + 1):
        asked.add(_state(visit, url))
        try:
            page, result = _page_at(visit, url)
        except FetchError as error:
            if last is None or error.is_transient or error.code in FINAL_ERRORS:
                raise
            return last
        visit.client.keep_cookies(page.url, result.cookies)
        if not result.refresh:
            return page, result
        if _bare(result.refresh) == _bare(page.url) and _state(visit, result.refresh) in asked:
            return _ended(page, result)
        last = (page, result) if _has_icon(result) else None
        url = result.refresh
    raise FetchError("too_many_redirects", "the page redirects in a loop")


def _state(visit: _Visit, url: str) -> tuple[str, str]:
    """Return all that the response depends on: the address and the cookies."""
    return _bare(url), visit.client.cookies_for(url)


def _bare(url: str) -> str:
    return url.rstrip("/")


def _has_icon(result: PageResult) -> bool:
    """Return whether the page itself declares an image."""
    return bool(result.candidates) and result.candidates[0].score >= MIN_DECLARED_SCORE


def _ended(page: Response, result: PageResult) -> tuple[Response, PageResult]:
    if page.status >= 400 and not result.candidates:
        raise BadStatus(status_error(page.status), page)
    return page, result


def _page_at(visit: _Visit, url: str) -> tuple[Response, PageResult]:
    """Return the page and its result; an error page only if it is a page of the site.

    Raises:
        FetchError: ``blocked``, ``consent``, ``parked``, ``moved``, or why there is no page.
    """
    try:
        page = visit.client.get(
            url, max_bytes=MAX_HTML_BYTES, max_error_bytes=MAX_ERROR_PAGE_BYTES
        )
        result = inspected(page, {}, visit.inspect)
    except BadStatus as error:
        page = error.response
        result = inspected(page, {}, visit.inspect)
        if not (result.obstacle or result.candidates or result.refresh):
            raise
    _raise_for_obstacle(result)
    _raise_for_other_brand(visit, page)
    if not result.refresh and "refresh" in page.headers:
        result = replace(result, refresh=header_target(page.headers["refresh"], page.url))
    return page, result


def inspected(page: Response, files: Mapping[str, Response], inspect: Inspect) -> PageResult:
    """Return the result of reading ``page``.

    Raises:
        FetchError: ``bad_page`` if reading exceeds the limits.
    """
    try:
        return inspect(page, files)
    except ChildDied as error:
        raise FetchError("bad_page", f"reading the page: {error.code}") from error


def _raise_for_obstacle(result: PageResult) -> None:
    if result.obstacle:
        raise FetchError(result.obstacle, OBSTACLE_MESSAGES[result.obstacle])


def _raise_for_other_brand(visit: _Visit, page: Response) -> None:
    """Raise if ``page`` is of another brand, unless the visit follows moves."""
    host = page.url.split("/")[2].partition(":")[0]
    if is_same_brand(visit.domain, host):
        return
    if registered_word(host) in PLATFORMS:
        raise FetchError("parked", f"leads to {registrable(host)}")
    if not visit.follows_moves:
        raise FetchError("moved", f"moved to {registrable(host)}")


def is_same_brand(domain: str, host: str) -> bool:
    """Return whether the names differ in the suffix only, or one contains the other."""
    old, new = registrable(domain), registrable(host)
    if old == new:
        return True
    short, long = sorted((squeezed(registered_word(name)) for name in (old, new)), key=len)
    return short == long or (len(short) >= MIN_SHARED_CHARS and short in long)
