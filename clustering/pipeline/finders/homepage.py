"""Opens the home page of a domain: https first, refreshes followed, obstacles detected."""

from collections.abc import Iterator, Mapping
from typing import Final
from urllib.parse import urlsplit

from clustering.pipeline.domains.suffixes import registered_word, registrable
from clustering.pipeline.errors import ChildDied, FetchError
from clustering.pipeline.finders.lexicon import squeezed
from clustering.pipeline.finders.page import HOME_PATH
from clustering.pipeline.finders.page_result import Inspect, PageResult
from clustering.pipeline.web import Client, Response
from clustering.pipeline.web.failures import BadStatus

MAX_HTML_BYTES: Final = 4 << 20  # the largest of 185 measured home pages had 3.9 MB
MAX_REFRESHES: Final = 3
N_USUAL: Final = 3  # addresses that are always tried; the fourth rarely works
# Which error to report when each address failed in another way.
ERROR_PRIORITY: Final = (
    "blocked", "parked", "refused_address", "robots", "http_5xx", "http_403", "http_404",
    "http_4xx", "too_many_redirects", "too_large", "bad_page", "bad_response", "tls", "timeout",
    "busy", "connect", "dns",
)  # fmt: skip
FINAL_ERRORS: Final = frozenset(
    {"blocked", "parked", "refused_address", "request_limit", "too_large", "bad_page"}
)
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
    "parked": "the domain is parked or for sale",
}


def open_homepage(domain: str, client: Client, inspect: Inspect) -> tuple[Response, PageResult]:
    """Return the response of the home page of ``domain`` and the result of reading it.

    Raises:
        FetchError: the first of ``ERROR_PRIORITY`` among the errors of https and http, with and
            without www.
    """
    failures: list[FetchError] = []
    for url in _addresses(domain):
        if len(failures) == N_USUAL and not _may_answer_with_www(failures):
            break
        try:
            return _read(domain, url, client, inspect)
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


def _read(domain: str, url: str, client: Client, inspect: Inspect) -> tuple[Response, PageResult]:
    for _ in range(MAX_REFRESHES + 1):
        page = _get(url, client, inspect)
        result = inspected(page, {}, inspect)
        _raise_for_obstacle(result)
        if not is_renamed(domain, page):
            _raise_for_other_brand(domain, page.url)
        if not result.refresh:
            return page, result
        url = result.refresh
    raise FetchError("too_many_redirects", "the page redirects in a loop")


def _get(url: str, client: Client, inspect: Inspect) -> Response:
    """Return the response; an error page may be a bot check, which is reported instead."""
    try:
        return client.get(url, max_bytes=MAX_HTML_BYTES)
    except BadStatus as error:
        _raise_for_obstacle(inspected(error.response, {}, inspect))
        raise


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


def _raise_for_other_brand(domain: str, url: str) -> None:
    """Raise if ``url`` is the site of another brand: its logo is not that of ``domain``."""
    host = url.split("/")[2].partition(":")[0]
    if not is_same_brand(domain, host):
        raise FetchError("parked", f"leads to {registrable(host)}")


def is_renamed(domain: str, page: Response) -> bool:
    """Return whether ``domain`` moved permanently to the home page of another name.

    Companies that change their name do so; dead domains rather redirect to a page of a platform.
    """
    parts = urlsplit(page.url)
    name = registered_word(parts.hostname or "")
    return page.is_moved and HOME_PATH.match(parts.path) is not None and name not in PLATFORMS


def is_same_brand(domain: str, host: str) -> bool:
    """Return whether the names differ in the suffix only, or one contains the other."""
    old, new = registrable(domain), registrable(host)
    if old == new:
        return True
    short, long = sorted((squeezed(registered_word(name)) for name in (old, new)), key=len)
    return short == long or (len(short) >= MIN_SHARED_CHARS and short in long)
