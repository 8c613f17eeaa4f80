"""The last finder: the page as a browser draws it, read by the same rules."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from clustering.pipeline.errors import FetchError
from clustering.pipeline.finders import Captured, SiteLogo
from clustering.pipeline.finders.chances import chance
from clustering.pipeline.finders.homepage import OBSTACLE_MESSAGES, inspected, is_same_brand
from clustering.pipeline.finders.icons import FINDERS as ICONS
from clustering.pipeline.finders.page_result import Inspect
from clustering.pipeline.finders.ranking import kind
from clustering.pipeline.finders.services import Decode
from clustering.pipeline.finders.site import MAX_CAPTURES, decoded, page_candidates
from clustering.pipeline.rendering import Render, Rendered
from clustering.pipeline.web import Client, Response

FINDER: Final = "rendered"
HTML: Final = {"content-type": "text/html; charset=utf-8"}


def find_rendered(
    domain: str,
    render: Render,
    client: Client,
    decode: Decode,
    inspect: Inspect,
    *,
    follows_moves: bool = False,
) -> SiteLogo:
    """Return the logo of ``domain`` on its home page after the scripts ran.

    Pictures are fetched by ``client``, not taken from the browser; of painted elements there is a
    shot in the page.

    Raises:
        FetchError: ``no_browser``, ``timeout``, an obstacle, ``moved``, or why there is no logo.
    """
    page = _opened(domain, render)
    host = page.url.split("/")[2].partition(":")[0]
    if not follows_moves and not is_same_brand(domain, host):
        raise FetchError("moved", f"moved to {host}")
    response = Response(page.url, 200, HTML, page.html)
    result = inspected(response, {}, inspect)
    if result.obstacle:
        raise FetchError(result.obstacle, OBSTACLE_MESSAGES[result.obstacle])
    url, found = page_candidates(domain, (response, result), client, inspect)
    captures = decoded(found, client, decode, n_sure=MAX_CAPTURES)
    best = captures[0].candidate
    others = [one for one in found if one.source_url != best.source_url]
    return SiteLogo(url, kind(best), chance(best, others), tuple(map(_told, captures)))


def _opened(domain: str, render: Render) -> Rendered:
    failure = FetchError("connect", f"{domain} has no page")
    for url in _addresses(domain):
        try:
            page = render(url)
        except FetchError as error:
            failure = error
            if error.code != "connect":
                break
            continue
        if page.url.startswith(("https://", "http://")):
            return page
    raise failure


def _addresses(domain: str) -> Iterator[str]:
    yield f"https://{domain}/"
    yield f"https://www.{domain.removeprefix('www.')}/"
    yield f"http://{domain}/"


def _told(captured: Captured) -> Captured:
    """Return the capture with the name of this finder, unless it is an icon."""
    if captured.candidate.finder in ICONS:
        return captured
    return replace(captured, candidate=replace(captured.candidate, finder=FINDER))
