"""A parsed page: its addresses resolved, its home links known, its elements seen in context."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final
from urllib.parse import SplitResult, quote, urljoin, urlsplit

import tldextract
from lxml.html import HtmlElement

from clustering.pipeline.finders.markup import decode, parse
from clustering.pipeline.finders.surroundings import OUTSIDE, Surroundings, within
from clustering.pipeline.finders.words import squeezed

MAX_ADDRESS_CHARS: Final = 2048
MAX_DATA_URI_CHARS: Final = 2 << 20
# "/", "/en", "/vn/vi", "/en-US", "/index.html", "/us/en/home", all with or without ";jsessionid"
HOME_PATH: Final = re.compile(
    r"(?:/[a-z]{2}(?:[-_][a-z]{2,4})?){0,2}(?:/(?:index|default|home|main|start)(?:\.\w{1,5})?)?/?\Z",
    re.IGNORECASE,
)
HOME_FRAGMENTS: Final = frozenset({"", "!", "home", "top"})  # "/#/" is a script's home page
SPACES: Final = re.compile(r"[\t\r\n]+")
_extract = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)


@lru_cache(maxsize=4096)
def registrable(host: str) -> str:
    """Return the part of ``host`` that somebody registered: ``shop.co.uk`` of ``a.shop.co.uk``."""
    parts = _extract(host)
    return parts.top_domain_under_public_suffix or host


@dataclass(frozen=True)
class Page:
    """One page; finders only read it."""

    url: str
    """Where the page was, after redirects."""
    base_url: str
    root: HtmlElement
    brands: tuple[str, ...]
    """The site's own words: its registrable name, in letters and digits."""
    _seen: dict[HtmlElement, Surroundings] = field(default_factory=dict, repr=False)

    def absolute(self, address: str | None) -> str:
        """Return ``address`` as the page means it, or nothing if it is no picture's address."""
        text = SPACES.sub("", address or "").strip()
        if text[:5].lower() == "data:":
            return text if len(text) <= MAX_DATA_URI_CHARS else ""
        text = text.replace("\\", "/")
        if not text or len(text) > MAX_ADDRESS_CHARS or text.startswith("#"):
            return ""
        try:
            joined = urljoin(self.base_url, text)
            parts = urlsplit(joined)
        except ValueError:
            return ""
        if parts.scheme not in {"http", "https"} or not parts.netloc:
            return ""
        return quote(joined, safe=ASCII_KEPT)

    def around(self, element: HtmlElement) -> Surroundings:
        """Return what the ancestors of ``element`` say; each is looked at once per page."""
        parent = element.getparent()
        missing: list[HtmlElement] = []
        while parent is not None and parent not in self._seen:
            missing.append(parent)
            parent = parent.getparent()
        known = OUTSIDE if parent is None else self._seen[parent]
        for ancestor in reversed(missing):
            known = within(known, ancestor)
            self._seen[ancestor] = known
        return known

    def elements(self, *tags: str) -> Iterator[HtmlElement]:
        """Yield elements in document order."""
        yield from self.root.iter(*tags)

    def home_share(self, href: str) -> float:
        """Return how surely ``href`` leads home: 1 for this site, 0.4 for its subdomains."""
        try:
            link, page = urlsplit(urljoin(self.base_url, href.strip())), urlsplit(self.url)
        except ValueError:
            return 0.0
        if href.lstrip().startswith("#") or link.fragment.partition("/")[0] not in HOME_FRAGMENTS:
            return 0.0
        if not self.is_same_site(link) or not _is_home(link, page):
            return 0.0
        return 1.0 if _plain(link.hostname) == _plain(page.hostname) else 0.4

    def is_same_site(self, link: SplitResult) -> bool:
        """Return whether ``link`` stays within the registrable domain."""
        host, own = link.hostname or "", urlsplit(self.url).hostname or ""
        return registrable(host) == registrable(own)

    def names_brand(self, text: str) -> bool:
        """Return whether ``text`` holds the site's own word."""
        letters = squeezed(text)
        return any(brand in letters for brand in self.brands)


ASCII_KEPT: Final = "".join(chr(code) for code in range(0x21, 0x7F) if chr(code) not in '"<>`')


def read_page(url: str, body: bytes, content_type: str = "") -> Page:
    """Parse ``body`` as the page at ``url``."""
    root = parse(decode(body, content_type))
    return Page(url, _base_url(url, root), root, _brands(url))


def _base_url(url: str, root: HtmlElement) -> str:
    for base in root.iter("base"):
        href = (base.get("href") or "").strip()
        if not href:
            continue
        try:
            joined = urljoin(url, href)
            is_web = urlsplit(joined).scheme in {"http", "https"}
        except ValueError:
            continue
        return joined if is_web else url
    return url


def _brands(url: str) -> tuple[str, ...]:
    host = urlsplit(url).hostname or ""
    name = squeezed(registrable(host).partition(".")[0])
    return (name,) if len(name) >= 2 else ()


def _is_home(link: SplitResult, page: SplitResult) -> bool:
    path = link.path.partition(";")[0]
    if HOME_PATH.match(path):
        return True
    return len(path) > 1 and path.rstrip("/") == page.path.rstrip("/")


def _plain(host: str | None) -> str:
    return (host or "").removeprefix("www.")
