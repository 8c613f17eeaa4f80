"""From a domain to its home page: https first, meta refreshes followed, walls and parking told."""

import re
from collections.abc import Callable, Iterator
from threading import BoundedSemaphore
from typing import Final, TypeVar

from clustering.pipeline.errors import FetchError
from clustering.pipeline.finders.markup import decode
from clustering.pipeline.finders.page import Page, page_of, registrable
from clustering.pipeline.finders.walls import is_parked, is_robot_wall
from clustering.pipeline.finders.words import squeezed
from clustering.pipeline.web import Client, Response
from clustering.pipeline.web.failures import BadStatus

MAX_HTML_BYTES: Final = 4 << 20  # the largest of 185 measured home pages had 3.9 MB
MAX_REFRESHES: Final = 3
MAX_REFRESH_SECONDS: Final = 5.0  # slower ones reload a page that is meant to be seen
REFRESH: Final = re.compile(
    r"\s{0,9}(\d{1,4}(?:\.\d{1,3})?)\s{0,9}[;,]\s{0,9}url\s{0,9}=\s{0,9}(.{1,2000})", re.I
)
# What says most about a site that could not be reached, when each way failed differently.
TELLING: Final = (
    "blocked", "parked", "refused_address", "http_5xx", "http_403", "http_404", "http_4xx",
    "too_many_redirects", "too_large", "bad_response", "tls", "timeout", "connect", "dns",
)  # fmt: skip
READING: Final = BoundedSemaphore(2)
"""Pages that are read at once: a tree is ten times its page, and threads that take turns on one
interpreter gain nothing by having 100 of them."""
FINAL: Final = frozenset({"blocked", "parked", "refused_address", "request_limit", "too_large"})
MIN_SHARED_CHARS: Final = 4  # of two names of one brand: kaufland.de and kaufland-online.de


T = TypeVar("T")
Read = Callable[[Page], T]
"""What is wanted of a page, while its turn to compute lasts."""


def open_homepage(domain: str, client: Client, read: Read[T]) -> T:
    """Return what ``read`` finds on the home page of ``domain``.

    Raises:
        FetchError: the most telling of the failures of https, https with www, and http.
    """
    failures: list[FetchError] = []
    for url in _addresses(domain):
        try:
            return _read(domain, url, client, read)
        except FetchError as error:
            failures.append(error)
            if error.code in FINAL or (error.code == "dns" and error.is_transient):
                break
    raise min(failures, key=lambda error: _rank(error.code))


def _addresses(domain: str) -> Iterator[str]:
    plain = domain.removeprefix("www.")
    yield f"https://{domain}/"
    yield f"https://www.{plain}/" if domain == plain else f"https://{plain}/"
    yield f"http://{domain}/"


def _rank(code: str) -> int:
    return TELLING.index(code) if code in TELLING else len(TELLING)


def _read(domain: str, url: str, client: Client, read: Read[T]) -> T:
    for _ in range(MAX_REFRESHES + 1):
        response, text = _get(url, client)
        _refuse_other_brand(domain, response.url)
        with READING:
            page = page_of(response.url, text)
            url = refresh_target(page)
            if not url or url == response.url:
                return read(page)
    raise FetchError("too_many_redirects", "the page refreshes in circles")


def _get(url: str, client: Client) -> tuple[Response, str]:
    """Return an answer that is the site's own, and its text."""
    try:
        response = client.get(url, max_bytes=MAX_HTML_BYTES)
    except BadStatus as error:
        if is_robot_wall(error.response.status, _text(error.response)):
            raise FetchError("blocked", "the site shows robots a wall") from error
        raise
    text = _text(response)
    if is_robot_wall(response.status, text):
        raise FetchError("blocked", "the site shows robots a wall")
    if is_parked(text):
        raise FetchError("parked", "the domain is parked or for sale")
    return response, text


def _text(response: Response) -> str:
    return decode(response.body, response.headers.get("content-type", ""))


def _refuse_other_brand(domain: str, url: str) -> None:
    """Refuse what another brand's site shows: its logo is not that of ``domain``."""
    host = url.split("/")[2].partition(":")[0]
    if not is_same_brand(domain, host):
        raise FetchError("parked", f"leads to {registrable(host)}")


def is_same_brand(domain: str, host: str) -> bool:
    """Return whether both names are one site's: equal but for the suffix, or one in the other."""
    old, new = registrable(domain), registrable(host)
    if old == new:
        return True
    short, long = sorted((squeezed(name.partition(".")[0]) for name in (old, new)), key=len)
    return short == long or (len(short) >= MIN_SHARED_CHARS and short in long)


def refresh_target(page: Page) -> str:
    """Return where a meta refresh leads, or nothing; those in <noscript> are not for us."""
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
