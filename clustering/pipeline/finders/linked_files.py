"""Candidates from linked files: the web manifest and style sheets."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

from clustering.pipeline.finders import LogoCandidate
from clustering.pipeline.finders.icons import manifest_address, size_evidence
from clustering.pipeline.finders.lexicon import file_of, says_logo
from clustering.pipeline.finders.markup import decode
from clustering.pipeline.finders.page import Page
from clustering.pipeline.finders.rules import Rule
from clustering.pipeline.finders.styles import backgrounds
from clustering.pipeline.finders.surroundings import names_of
from clustering.pipeline.web import Response

MAX_FILE_BYTES: Final = 2 << 20
MAX_MANIFEST_BYTES: Final = 256 << 10
LIBRARY: Final = re.compile(
    r"bootstrap|normalize|reset|font|icon|jquery|animate|plugin|vendor|slick|swiper|owl|carousel"
    r"|fancybox|lightbox|autocomplete|datepicker|print|map|widget|captcha"
)
OWN_SHEET: Final = re.compile(
    r"style|main|theme|screen|layout|site|global|common|template|header|design|all\b"
)
MAX_SHEETS: Final = 2
# Imports stand at the beginning of a sheet (CSS Cascading and Inheritance, section 2).
IMPORT: Final = re.compile(
    rb"@import\s{1,9}(?:url\(\s{0,9})?[\"']?([^\"')\s;]{1,300})[\"']?\s{0,9}\)?[^;{}]{0,100};"
)
MAX_IMPORT_BYTES: Final = 4096
MAX_ICONS: Final = 20


def wanted_files(page: Page) -> list[str]:
    """Return the addresses of at most two style sheets and the manifest."""
    manifest = manifest_address(page)
    return [*_sheets(page), *([manifest] if manifest else [])]


def imported_sheets(files: Iterable[Response]) -> list[str]:
    """Return the addresses of at most two sheets that the sheets in ``files`` import."""
    found = []
    for response in files:
        for match in IMPORT.finditer(response.body[:MAX_IMPORT_BYTES]):
            name = match.group(1).decode("utf-8", errors="replace")
            address = _joined(response.url, name)
            is_own = urlsplit(address).hostname == urlsplit(response.url).hostname
            if address and is_own and not LIBRARY.search(file_of(address)):
                found.append(address)
    return found[:MAX_SHEETS]


def linked_candidates(page: Page, files: Mapping[str, Response]) -> list[LogoCandidate]:
    """Return the candidates in ``files``, keyed by the address that the page gives."""
    found: list[LogoCandidate] = []
    for address, response in files.items():
        if address == manifest_address(page):
            found += manifest_icons(response.body[:MAX_MANIFEST_BYTES], response.url)
        else:
            text = decode(response.body, response.headers.get("content-type", ""))
            found += backgrounds(page, text, base_url=response.url)
    return found


def manifest_icons(body: bytes, url: str) -> Iterator[LogoCandidate]:
    """Yield the icons of a web manifest as candidates."""
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
            evidence = [Rule.MANIFEST_ICON.hit(), *size_evidence(str(icon.get("sizes") or ""))]
            is_maskable = str(icon.get("purpose")).split() == ["maskable"]
            if is_maskable:
                evidence.append(Rule.MASKABLE_ICON.hit())
            yield LogoCandidate(
                "maskable" if is_maskable else "manifest", address, tuple(evidence)
            )


def _sheets(page: Page) -> list[str]:
    """Return same-site style sheets if an element named logo contains no image.

    Sheets named like the site's own come before those of libraries.
    """
    found = []
    for link in page.elements("link"):
        rel = (link.get("rel") or "").lower().split()
        is_shown = "print" not in (link.get("media") or "").lower() and "alternate" not in rel
        address = page.absolute(link.get("href")) if "stylesheet" in rel and is_shown else ""
        if address and page.is_same_site(urlsplit(address)):
            found.append(address)
    found.sort(key=_library_rank)
    return found[:MAX_SHEETS] if found and _has_empty_logo_element(page) else []


def _library_rank(address: str) -> int:
    """Return 0 for a sheet named like a site's own, 2 for a library, else 1."""
    file = file_of(address)
    if LIBRARY.search(file):
        return 2
    return 0 if OWN_SHEET.search(file) else 1


def _has_empty_logo_element(page: Page) -> bool:
    return any(
        next(one.iter("img", "svg"), None) is None and says_logo(names_of(one))
        for one in page.with_logo_name
    )


def _joined(url: str, address: str) -> str:
    if address.startswith("data:"):
        return address
    try:
        joined = urljoin(url, address.strip())
    except ValueError:
        return ""
    return joined if joined.startswith(("http://", "https://")) else ""
