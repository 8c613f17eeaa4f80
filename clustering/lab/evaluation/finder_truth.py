"""Compares a finder's answer with the labelled truth of a page."""

import html
import re
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from clustering.pipeline.finders import LogoCandidate

SLASHES: Final = re.compile(r"/{2,}")
N_PATHS: Final = 3  # first paths of a drawing; any of them identifies it


@dataclass(frozen=True)
class PageTruth:
    """The acceptable answers of one page."""

    url: str
    logos: frozenset[str]
    icons: frozenset[str]
    drawings: tuple[tuple[str, ...], ...]
    """Starts of path data and names of symbols that identify each acceptable inline SVG."""
    has_logo: bool
    kind: str = ""
    """``homepage`` or the kind of inner page, where labelled."""


def read_truth(document: dict[str, Any]) -> PageTruth:
    """Return the truth from the JSON of a ``truth.json``."""
    icons = [*document["icon"], document["favicon_default"]]
    return PageTruth(
        url=document["url"],
        logos=frozenset(plain_address(url) for url in document["logo"]),
        icons=frozenset(plain_address(url) for url in icons if url),
        drawings=tuple((*entry["d"][:N_PATHS], *entry["use"]) for entry in document["logo_svg"]),
        has_logo=document["has_logo"],
        kind=str(document.get("kind") or ""),
    )


def judge(candidate: LogoCandidate, truth: PageTruth) -> str:
    """Return ``logo``, ``icon`` or ``wrong``."""
    address = plain_address(candidate.source_url)
    if address in truth.logos or _is_drawing(candidate, truth):
        return "logo"
    return "icon" if address in truth.icons else "wrong"


def plain_address(url: str) -> str:
    """Return ``url`` without scheme, default port and escapes, for comparison."""
    text = html.unescape(url.strip())
    if text.startswith(("data:", "inline:")):
        return text
    parts = urlsplit(text)
    host = (parts.hostname or "").lower()
    port = f":{parts.port}" if parts.port not in {None, 80, 443} else ""
    query = f"?{parts.query}" if parts.query else ""
    return host + port + unquote(SLASHES.sub("/", parts.path) + query)


def _is_drawing(candidate: LogoCandidate, truth: PageTruth) -> bool:
    if candidate.finder != "inline_svg":
        return False
    text = f"{candidate.source_url} {(candidate.data or b'').decode(errors='replace')}"
    return any(mark and mark in text for marks in truth.drawings for mark in marks)
