"""Candidates in files that a page refers to: its web manifest and its style sheets."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

from clustering.pipeline.finders import Candidate
from clustering.pipeline.finders.icons import manifest_address, size_evidence
from clustering.pipeline.finders.markup import decode
from clustering.pipeline.finders.page import Page
from clustering.pipeline.finders.points import spoke
from clustering.pipeline.finders.styles import backgrounds
from clustering.pipeline.web import Response

MAX_FILE_BYTES: Final = 2 << 20
MAX_MANIFEST_BYTES: Final = 256 << 10
MAX_SHEETS: Final = 2
MAX_ICONS: Final = 20


def wanted_files(page: Page) -> list[str]:
    """Return the addresses of at most two style sheets and the manifest that may add a logo."""
    manifest = manifest_address(page)
    return [*_sheets(page), *([manifest] if manifest else [])]


def supplements(page: Page, files: Mapping[str, Response]) -> list[Candidate]:
    """Return what ``files`` add, given by the address under which the page names them."""
    found: list[Candidate] = []
    for address, response in files.items():
        if address == manifest_address(page):
            found += manifest_icons(response.body[:MAX_MANIFEST_BYTES], response.url)
        else:
            text = decode(response.body, response.headers.get("content-type", ""))
            found += backgrounds(page, text, base_url=response.url)
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
            is_maskable = str(icon.get("purpose")).split() == ["maskable"]
            if is_maskable:
                evidence.append(spoke("a maskable icon"))
            yield Candidate("maskable" if is_maskable else "manifest", address, tuple(evidence))


def _sheets(page: Page) -> list[str]:
    """Return the first same-site style sheets if something named logo may be drawn by them."""
    found = []
    for link in page.elements("link"):
        is_sheet = "stylesheet" in (link.get("rel") or "").lower()
        address = page.absolute(link.get("href")) if is_sheet else ""
        if address and page.is_same_site(urlsplit(address)):
            found.append(address)
    return found[:MAX_SHEETS] if found and _has_bare_logo(page) else []


def _has_bare_logo(page: Page) -> bool:
    return any(next(one.iter("img", "svg"), None) is None for one in page.with_logo_name)


def _joined(url: str, address: str) -> str:
    if address.startswith("data:"):
        return address
    try:
        joined = urljoin(url, address.strip())
    except ValueError:
        return ""
    return joined if joined.startswith(("http://", "https://")) else ""
