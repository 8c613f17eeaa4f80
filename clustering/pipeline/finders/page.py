"""A parsed page: resolves addresses, recognises home links, gives elements their context."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain, islice, takewhile
from typing import Final
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from lxml.html import HtmlElement

from clustering.pipeline.domains.suffixes import registered_word, registrable
from clustering.pipeline.finders.home_paths import (
    DEEP_HOME_PATH,
    HOME_FRAGMENTS,
    TOP_FRAGMENTS,
    TOP_SHARE,
    is_home_path,
    is_index_path,
    is_page_query,
    without_index,
)
from clustering.pipeline.finders.identity import NAMING_TAGS, Identity, identity
from clustering.pipeline.finders.lexicon import says_logo
from clustering.pipeline.finders.locales import is_locale
from clustering.pipeline.finders.markup import PageText, parse, read
from clustering.pipeline.finders.surroundings import (
    OUTSIDE,
    Surroundings,
    link_address,
    names_of,
    within,
)

MAX_ADDRESS_CHARS: Final = 2048
MAX_DATA_URI_CHARS: Final = 2 << 20
SOCIAL_IMAGES: Final = frozenset(
    {"og:image", "og:image:url", "og:image:secure_url", "twitter:image", "twitter:image:src"}
)
_INDEXED = "base title meta link script style img amp-img image input object embed svg source icon"
INDEXED: Final = frozenset(_INDEXED.split())
PLAIN_PATH: Final = re.compile(r"/(?!/)[\w/~%?=&,:+@!*.-]*\Z", re.ASCII)
PLAIN_URL: Final = re.compile(r"(https?://[a-z0-9.-]+)(?:/[\w/~%?=&,:+@!*.-]*)?\Z", re.ASCII)
# Selecting attributes takes half the time of selecting elements by attribute.
NAMED_LOGO: Final = (
    "//@*[(name()='class' or name()='id') and (contains(., 'ogo') or contains(., 'LOGO')"
    " or contains(., 'masthead') or contains(., 'brand'))]/.."
)
MIN_SISTER_CHARS: Final = 4  # shorter names are other companies' under other suffixes
MAX_HOME_DEPTH: Final = 2
MAX_HOME_DASHES: Final = 1  # "/en-US" has one; a headline has more
MAX_NAMES: Final = 20  # of one element
MAX_STYLE_CHARS: Final = 2_000_000
MAX_LINKS: Final = 200
MAX_FIRST_LINKS: Final = 40  # among which that of the logo is
MIN_PICTURES: Final = 4  # of a page whose wrappers are told apart
MAX_TEXTS: Final = 50
MAX_LINK_CHARS: Final = 40  # of a name; longer texts are sentences
VOID_TAGS: Final = frozenset({"img", "image", "source", "use", "path", "g", "svg", "input"})
# Unfilled template placeholders: "{{ logo.src }}", "logo_{width}x.png", "${url}".
TEMPLATE: Final = re.compile(r"\{[\w{%. |]|%7B%7B|<%|\[\[")
SPACES: Final = re.compile(r"[\t\r\n]+")


@dataclass(frozen=True)
class Page:
    """One page; finders do not change it."""

    url: str
    """Address of the page after redirects."""
    base_url: str
    root: HtmlElement
    identity: Identity
    source: str = field(repr=False)
    """The page's text: searching it is faster than searching the tree."""
    _index: Mapping[str, list[tuple[int, HtmlElement]]] = field(repr=False)
    """Elements by tag with their document positions, from one walk: a walk per finder would
    cost a tenth of parsing."""
    _found: dict[tuple[str, ...], list[HtmlElement]] = field(default_factory=dict, repr=False)
    _seen: dict[HtmlElement, Surroundings] = field(default_factory=dict, repr=False)
    paint_rules: dict[str, list[tuple[str, str]]] = field(default_factory=dict, repr=False)
    """Colour rules of the style sheets by class or id, filled by ``svg_paint``."""
    _shares: dict[HtmlElement, float] = field(default_factory=dict, repr=False)

    def absolute(self, address: str | None) -> str:
        """Return ``address`` resolved, or an empty string if it cannot be an image address."""
        if not address:
            return ""
        plain = self._plainly_joined(address)
        if plain and len(plain) <= MAX_ADDRESS_CHARS:
            return plain
        text = SPACES.sub("", address).strip()
        if text[:5].lower() == "data:":
            return text if len(text) <= MAX_DATA_URI_CHARS else ""
        if TEMPLATE.search(text):
            return ""
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

    def _plainly_joined(self, text: str) -> str:
        """Join addresses that need no resolution, ten times as fast as urljoin."""
        if "/." in text or text[-1:] == "?":
            return ""
        if PLAIN_PATH.match(text):
            return f"{self._origin}{text}" if self._origin else ""
        return text if PLAIN_URL.match(text) else ""

    @cached_property
    def _origin(self) -> str:
        """Scheme and host of a plain base address."""
        match = PLAIN_URL.match(self.base_url)
        return match.group(1) if match else ""

    @cached_property
    def _own(self) -> SplitResult:
        return urlsplit(self.url)

    @cached_property
    def _own_path(self) -> str:
        """The page's own path if it may be a home page, else ``/``."""
        path = without_index(self._own.path)
        is_deep = path.count("/") > MAX_HOME_DEPTH or path.count("-") > MAX_HOME_DASHES
        return "/" if is_deep or self._own.query else path

    def surroundings(self, element: HtmlElement) -> Surroundings:
        """Return the context of ``element`` from its ancestors; cached per ancestor."""
        parent = element.getparent()
        missing: list[HtmlElement] = []
        while parent is not None and parent not in self._seen:
            missing.append(parent)
            parent = parent.getparent()
        known = OUTSIDE if parent is None else self._seen[parent]
        for ancestor in reversed(missing):
            known = within(known, ancestor, is_wrapper=ancestor in self._wrappers)
            self._seen[ancestor] = known
        return known

    @cached_property
    def _wrappers(self) -> frozenset[HtmlElement]:
        """Elements around the first link and most pictures, so around the whole page."""
        pictures = self.elements("img", "svg")
        links = islice(self.root.iter("a"), MAX_LINKS)
        first = next((one for one in links if (one.get("href") or "#")[0] != "#"), None)
        if first is None or len(pictures) < MIN_PICTURES:
            return frozenset()
        inside = (first, pictures[len(pictures) // 2], pictures[9 * len(pictures) // 10])
        return frozenset.intersection(*(frozenset(one.iterancestors()) for one in inside))

    def elements(self, *tags: str) -> list[HtmlElement]:
        """Return the elements with one of ``tags`` in document order."""
        if not INDEXED.issuperset(tags):
            return list(self.root.iter(*tags))
        if tags not in self._found:
            self._found[tags] = _in_order(self._index, tags)
        return self._found[tags]

    @cached_property
    def styles(self) -> str:
        """The text of the page's <style> elements."""
        return "\n".join(one.text or "" for one in self.elements("style"))[:MAX_STYLE_CHARS]

    @cached_property
    def has_paint_styles(self) -> bool:
        """Whether a <style> element sets a colour of SVG."""
        return any(word in self.styles for word in ("fill:", "stroke:", "fill :", "color:"))

    @cached_property
    def declared_icons(self) -> frozenset[str]:
        """Addresses of the icons that the page declares in links."""
        found = (
            self.absolute(one.get("href"))
            for one in self.elements("link")
            if "icon" in (one.get("rel") or "").lower()
        )
        return frozenset(found) - {""}

    @cached_property
    def social_images(self) -> frozenset[str]:
        """Addresses of og:image and twitter:image."""
        found = (
            self.absolute(one.get("content"))
            for one in self.elements("meta")
            if (one.get("property") or one.get("name") or "").strip().lower() in SOCIAL_IMAGES
        )
        return frozenset(found) - {""}

    @cached_property
    def with_logo_name(self) -> list[HtmlElement]:
        """Elements whose class or id contains a word for logo."""
        return list(self.root.xpath(NAMED_LOGO))

    @cached_property
    def named_logo(self) -> dict[str, HtmlElement]:
        """The first element of each such class or id, keyed by the name in lower case."""
        found: dict[str, HtmlElement] = {}
        for element in self.with_logo_name:
            names = f"{element.get('class') or ''} {element.get('id') or ''}".lower()
            for name in names.split()[:MAX_NAMES]:
                found.setdefault(name, element)
        return found

    @cached_property
    def has_text_home_link(self) -> bool:
        """Whether a link with a text leads home."""
        links = islice(self.root.iter("a"), MAX_LINKS)
        return any(self.home_share(link) == 1 and _text_of(link) for link in links)

    @cached_property
    def has_painted_home_link(self) -> bool:
        """Whether a link home has no picture where the logo belongs: a style sheet paints it.

        Such a link is named logo, or is empty or named as the site in the header.
        """
        return any(map(self._is_painted_home, self._first_links))

    def is_behind_painted(self, link: HtmlElement | None) -> bool:
        """Return whether ``link`` comes after a link home that has no picture."""
        before = takewhile(lambda one: one is not link, self._first_links)
        return any(map(self._is_painted_home, before))

    @cached_property
    def _first_links(self) -> list[HtmlElement]:
        return list(islice(self.root.iter("a"), MAX_FIRST_LINKS))

    def _is_painted_home(self, link: HtmlElement) -> bool:
        has_picture = next(link.iter("img", "svg", "picture"), None) is not None
        return self.home_share(link) == 1 and not has_picture and self._is_logos_place(link)

    def _is_logos_place(self, link: HtmlElement) -> bool:
        inside = self.surroundings_inside(link)
        is_empty = len(link) == 0 and not _text_of(link)
        is_in_header = inside.is_in_header and (is_empty or self.is_named_link(link))
        return not inside.is_in_footer and (is_in_header or inside.says_logo)

    def is_named_link(self, link: HtmlElement | None) -> bool:
        """Return whether the text of ``link`` is the site's name and little else."""
        text = "" if link is None else _text_of(link)
        return bool(text) and len(text) <= MAX_LINK_CHARS and self.identity.matches(text)

    @cached_property
    def has_empty_logo_element(self) -> bool:
        """Whether an element named logo has neither an image nor a text: style sheets fill it."""
        return any(
            next(one.iter("img", "svg", "picture"), None) is None and not _text_of(one)
            for one in self.with_logo_name
            if one.tag not in VOID_TAGS and says_logo(names_of(one))
        )

    def home_share(self, link: HtmlElement | None) -> float:
        """Return the weight of ``link`` as a home link: 1 for this host, 0.4 for subdomains and
        the same name under another suffix, 0 for other pages.
        """
        if link is None:
            return 0.0
        if link not in self._shares:
            self._shares[link] = self._home_share(link_address(link).strip())
        return self._shares[link]

    def _home_share(self, href: str) -> float:
        if not href or href.startswith("#"):
            is_top = href.lower() in TOP_FRAGMENTS
            return TOP_SHARE if is_top and is_index_path(self._own.path) else 0.0
        if self._is_surely_elsewhere(href):
            return 0.0
        link = self.target(href)
        if link is None or link.fragment.partition("/")[0] not in HOME_FRAGMENTS:
            return 0.0
        share = self._path_share(link.path.partition(";")[0])
        if not share or is_page_query(link.query):
            return 0.0
        if _plain(link.hostname) == _plain(self._own.hostname):
            return share
        is_own = self._is_main_host if self.is_same_site(link) else self._is_sister
        return 0.4 * share if is_own(link) else 0.0

    def _is_main_host(self, link: SplitResult) -> bool:
        """Return whether ``link`` leads to the whole site or its edition in a language.

        Other subdomains are departments: ``donate.brand.org``, ``video.brand.com``.
        """
        host = _plain(link.hostname)
        label, _, rest = host.partition(".")
        return host == self._site or (rest == self._site and is_locale(label))

    def _is_sister(self, link: SplitResult) -> bool:
        """Return whether ``link`` leads to the same name elsewhere: brand.de, brand-group.com."""
        word = registered_word(link.hostname or "")
        if len(word) < MIN_SISTER_CHARS or len(self._word) < MIN_SISTER_CHARS:
            return False
        return word == self._word or self._word in word.split("-")

    def _is_surely_elsewhere(self, href: str) -> bool:
        """Return whether ``href`` is no home link, decided without resolving it."""
        if PLAIN_PATH.match(href):
            return not self._path_share(href.partition("?")[0])
        return PLAIN_URL.match(href) is not None and self._word not in href

    def _path_share(self, path: str) -> float:
        if is_home_path(path):
            return 1.0
        if without_index(path) == self._own_path:
            return 1.0
        return 0.5 if DEEP_HOME_PATH.match(path) else 0.0

    @cached_property
    def _site(self) -> str:
        return registrable(self._own.hostname or "")

    @cached_property
    def _word(self) -> str:
        return registered_word(self._own.hostname or "")

    def target(self, href: str) -> SplitResult | None:
        """Return ``href`` resolved and split, or None if it is invalid."""
        text = href.strip()
        try:
            return urlsplit(self._plainly_joined(text) or urljoin(self.base_url, text))
        except ValueError:
            return None

    def is_same_site(self, link: SplitResult) -> bool:
        """Return whether ``link`` has the page's registrable domain."""
        return registrable(link.hostname or "") == self._site

    def surroundings_inside(self, element: HtmlElement) -> Surroundings:
        """Return the context of the children of ``element``."""
        return within(self.surroundings(element), element)


ASCII_KEPT: Final = "".join(chr(code) for code in range(0x21, 0x7F) if chr(code) not in '"<>`')


def read_page(url: str, body: bytes, content_type: str = "") -> Page:
    """Parse ``body`` as the page at ``url``."""
    return page_of(url, read(body, content_type))


def page_of(url: str, source: PageText) -> Page:
    """Parse ``source`` as the page at ``url``."""
    root = parse(source.utf8)
    index: dict[str, list[tuple[int, HtmlElement]]] = {}
    for place, element in enumerate(root.iter(*INDEXED)):
        index.setdefault(str(element.tag), []).append((place, element))
    parts = urlsplit(url)
    is_home = is_index_path(parts.path)
    own = identity(parts.hostname or "", _in_order(index, NAMING_TAGS), is_home=is_home)
    return Page(url, _base_url(url, _in_order(index, ["base"])), root, own, source.text, index)


def _in_order(
    index: Mapping[str, list[tuple[int, HtmlElement]]], tags: Iterable[str]
) -> list[HtmlElement]:
    """Return the elements with one of ``tags`` in document order."""
    found = [index[tag] for tag in tags if tag in index]
    # Positions are distinct, so elements are never compared.
    ordered = found[0] if len(found) == 1 else sorted(chain.from_iterable(found))
    return [element for _, element in ordered]


def _base_url(url: str, bases: Iterable[HtmlElement]) -> str:
    for base in bases:
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


def _text_of(element: HtmlElement) -> str:
    return "".join(islice(element.itertext(), MAX_TEXTS)).strip()


def _plain(host: str | None) -> str:
    return (host or "").removeprefix("www.")
