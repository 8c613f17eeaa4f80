"""From a domain to its home page: https first, meta refreshes followed, walls and parking told."""

from collections.abc import Iterator, Mapping
from typing import Final

from clustering.pipeline.domains.suffixes import registered_word, registrable
from clustering.pipeline.errors import ChildDied, FetchError
from clustering.pipeline.finders.lexicon import squeezed
from clustering.pipeline.finders.page_result import Look, PageResult
from clustering.pipeline.web import Client, Response
from clustering.pipeline.web.failures import BadStatus

MAX_HTML_BYTES: Final = 4 << 20  # the largest of 185 measured home pages had 3.9 MB
MAX_REFRESHES: Final = 3
N_USUAL: Final = 3  # ways to a site before the rare fourth
# What says most about a site that could not be reached, when each way failed differently.
TELLING: Final = (
    "blocked", "parked", "refused_address", "robots", "http_5xx", "http_403", "http_404",
    "http_4xx", "too_many_redirects", "too_large", "bad_page", "bad_response", "tls", "timeout",
    "busy", "connect", "dns",
)  # fmt: skip
FINAL: Final = frozenset(
    {"blocked", "parked", "refused_address", "request_limit", "too_large", "bad_page"}
)
MIN_SHARED_CHARS: Final = 4  # of two names of one brand: kaufland.de and kaufland-online.de
OBSTACLES: Final = {
    "blocked": "the site shows robots a wall",
    "parked": "the domain is parked or for sale",
}


def open_homepage(domain: str, client: Client, look: Look) -> tuple[Response, PageResult]:
    """Return the home page of ``domain`` and what it shows.

    Raises:
        FetchError: the most telling of the failures of https and http, each with www and without.
    """
    failures: list[FetchError] = []
    for url in _addresses(domain):
        if len(failures) == N_USUAL and not _may_answer_with_www(failures):
            break
        try:
            return _read(domain, url, client, look)
        except FetchError as error:
            failures.append(error)
            if error.code in FINAL or (error.code == "dns" and error.is_transient):
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
    """Return whether only the fourth way is left to a site that is there: the other name resolves,
    but knows no TLS, and this one leads nowhere.
    """
    _, other, plain = (error.code for error in failures)
    return other in {"connect", "tls"} and plain in {"dns", "connect"}


def _rank(code: str) -> int:
    return TELLING.index(code) if code in TELLING else len(TELLING)


def _read(domain: str, url: str, client: Client, look: Look) -> tuple[Response, PageResult]:
    for _ in range(MAX_REFRESHES + 1):
        page = _get(url, client, look)
        sight = seen(page, {}, look)
        _refuse_obstacle(sight)
        _refuse_other_brand(domain, page.url)
        if not sight.refresh:
            return page, sight
        url = sight.refresh
    raise FetchError("too_many_redirects", "the page refreshes in circles")


def _get(url: str, client: Client, look: Look) -> Response:
    """Return an answer, unless it is an error; an error's page tells walls against robots."""
    try:
        return client.get(url, max_bytes=MAX_HTML_BYTES)
    except BadStatus as error:
        _refuse_obstacle(seen(error.response, {}, look))
        raise


def seen(page: Response, files: Mapping[str, Response], look: Look) -> PageResult:
    """Return what ``page`` shows.

    Raises:
        FetchError: ``bad_page`` if it cannot be read within the limits of a page.
    """
    try:
        return look(page, files)
    except ChildDied as error:
        raise FetchError("bad_page", f"reading the page: {error.code}") from error


def _refuse_obstacle(sight: PageResult) -> None:
    if sight.obstacle:
        raise FetchError(sight.obstacle, OBSTACLES[sight.obstacle])


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
    short, long = sorted((squeezed(registered_word(name)) for name in (old, new)), key=len)
    return short == long or (len(short) >= MIN_SHARED_CHARS and short in long)
