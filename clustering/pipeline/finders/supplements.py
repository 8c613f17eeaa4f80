"""Candidates in files that a page refers to: its web manifest and its style sheets."""

import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

from clustering.pipeline.errors import FetchError
from clustering.pipeline.finders import Candidate
from clustering.pipeline.finders.icons import manifest_address, size_evidence
from clustering.pipeline.finders.markup import decode
from clustering.pipeline.finders.page import Page
from clustering.pipeline.finders.points import spoke
from clustering.pipeline.finders.styles import backgrounds
from clustering.pipeline.web import Client

MAX_MANIFEST_BYTES: Final = 256 << 10
MAX_SHEET_BYTES: Final = 2 << 20
MAX_SHEETS: Final = 2
MAX_ICONS: Final = 20


def supplements(page: Page, client: Client) -> list[Candidate]:
    """Return what the manifest and at most two style sheets add; what fails adds nothing."""
    found: list[Candidate] = []
    for address in _sheets(page):
        with suppress(FetchError):
            response = client.get(address, max_bytes=MAX_SHEET_BYTES)
            text = decode(response.body, response.headers.get("content-type", ""))
            found += backgrounds(page, text, base_url=response.url)
    address = manifest_address(page)
    if address:
        with suppress(FetchError):
            response = client.get(address, max_bytes=MAX_MANIFEST_BYTES)
            found += manifest_icons(response.body, response.url)
    return found


def manifest_icons(body: bytes, url: str) -> Iterator[Candidate]:
    """Yield the icons of a web manifest."""
    try:
        manifest: Any = json.loads(body.decode("utf-8", errors="replace").lstrip("\ufeff"))
    except (ValueError, RecursionError):
        return
    icons = manifest.get("icons") if isinstance(manifest, dict) else None
    for icon in (icons if isinstance(icons, list) else [])[:MAX_ICONS]:
        if not isinstance(icon, dict) or not isinstance(icon.get("src"), str):
            continue
        address = _joined(url, icon["src"])
        if address:
            evidence = [spoke("manifest icon"), *size_evidence(str(icon.get("sizes") or ""))]
            if "maskable" in str(icon.get("purpose")):
                evidence.append(spoke("a maskable icon"))
            yield Candidate("manifest", address, tuple(evidence))


def _sheets(page: Page) -> list[str]:
    """Return the first same-site style sheets if something named logo may be drawn by them."""
    if not _has_bare_logo(page):
        return []
    found = []
    for link in page.elements("link"):
        address = page.absolute(link.get("href"))
        is_sheet = "stylesheet" in (link.get("rel") or "").lower()
        if address and is_sheet and page.is_same_site(urlsplit(address)):
            found.append(address)
    return found[:MAX_SHEETS]


def _has_bare_logo(page: Page) -> bool:
    names = page.root.xpath("//*[contains(@class, 'logo') or contains(@id, 'logo')]")
    return any(next(element.iter("img", "svg"), None) is None for element in names)


def _joined(url: str, address: str) -> str:
    if address.startswith("data:"):
        return address
    try:
        joined = urljoin(url, address.strip())
    except ValueError:
        return ""
    return joined if joined.startswith(("http://", "https://")) else ""
