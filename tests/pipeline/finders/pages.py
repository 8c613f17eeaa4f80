"""Small pages of fictional brands, and shortcuts to their candidates."""

import json

from clustering.pipeline.finders import LogoCandidate
from clustering.pipeline.finders.page import Page, read_page
from clustering.pipeline.finders.page_result import PageResult, inspect_page
from clustering.pipeline.finders.ranking import candidates
from clustering.pipeline.finders.rules import Rule
from clustering.pipeline.web import Response

URL = "https://www.otterbrook.com/"
HEADER = '<header><a href="/">{}</a></header>'
ICON = '<link rel="icon" href="/icon.png">'
SHAPE = '<path d="M1 2h3"/>'


def json_ld(value: object) -> str:
    """Return a script that says ``value``."""
    return f'<script type="application/ld+json">{json.dumps(value)}</script>'


def seen(html: str, url: str = URL) -> PageResult:
    """Return the result of reading ``html`` without linked files."""
    return inspect_page(Response(url, 200, {"content-type": "text/html"}, html.encode()), {})


def page(html: str, url: str = URL) -> Page:
    """Return ``html`` as the page at ``url``."""
    return read_page(url, html.encode())


def found(html: str, url: str = URL) -> list[LogoCandidate]:
    """Return the ranked candidates of ``html``."""
    return candidates(page(html, url))


def best(html: str, url: str = URL) -> LogoCandidate:
    """Return the first choice."""
    return found(html, url)[0]


def address(html: str, url: str = URL) -> str:
    """Return the address of the first choice, without the site's own part."""
    return best(html, url).source_url.removeprefix(URL)


def addresses(html: str, url: str = URL) -> list[str]:
    """Return the addresses of all candidates, without the site's own part."""
    return [one.source_url.removeprefix(URL) for one in found(html, url)]


def rules(candidate: LogoCandidate) -> set[Rule]:
    """Return the rules that matched."""
    return {item.rule for item in candidate.evidence}
