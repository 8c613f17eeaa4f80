"""Pages with one of their hints taken away or a stranger's logo planted: do the rules still hold?

A rule that only one page needs, or a hint that decides alone, shows here and not in the figures
of the pages as they are.
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Final

from lxml import etree
from lxml.html import HtmlElement

from clustering.pipeline.finders.markup import parse
from clustering.pipeline.finders.page import Page, read_page

Change = Callable[[Page], None]
"""Changes the tree of a page in place."""

NAMES: Final = ("class", "id", "data-testid", "name", "itemprop")
LABELS: Final = ("alt", "title", "aria-label")
LOGO_WORDS: Final = re.compile(r"logo|brand|masthead|wordmark|sitename", re.IGNORECASE)
HEADER_WORDS: Final = re.compile(r"header|masthead|top|nav|hdr|banner", re.IGNORECASE)
SOCIAL: Final = ("og:", "twitter:")
STRANGER: Final = "https://fernhill.example/"
WALL: Final = "".join(
    f'<li class="i{n}"><a href="{STRANGER}{n}"><img alt="Fernhill logo" src="/{n}-logo.svg"></a>'
    for n in range(4)
)
PLANTED: Final = {
    "a wall of strangers' logos": f"<div><h2>Trusted by</h2><ul>{WALL}</ul></div>",
    "one stranger's logo": (
        '<div><img class="company-logo" alt="Fernhill logo" src="/fernhill-logo.png"></div>'
    ),
    "a consent manager's mark": (
        '<div><img class="cmp-logo" alt="Company Logo" '
        'src="https://cdn.cookielaw.org/logos/static/ot_company_logo.png"></div>'
    ),
    "the maker's logo": (
        f'<div><a href="{STRANGER}"><img class="logo" alt="Made by" '
        'src="/made-logo.png"></a></div>'
    ),
}
STRANGERS: Final = [
    {"@type": "JobPosting", "hiringOrganization": {"name": "Fernhill", "logo": f"{STRANGER}a"}},
    {"@type": "Product", "brand": {"@type": "Brand", "name": "Fernhill", "logo": f"{STRANGER}b"}},
    {"@type": "Article", "author": {"@type": "Organization", "logo": f"{STRANGER}c"}},
    {"@type": "SoftwareApplication", "publisher": {"name": "Fernhill", "logo": f"{STRANGER}d"}},
]


def changed(url: str, text: str, change: Change) -> str:
    """Return the page at ``url`` as ``change`` leaves it."""
    page = read_page(url, text.encode())
    change(page)
    return etree.tostring(page.root, encoding="unicode", method="html", doctype="<!doctype html>")


def _without_declarations(page: Page) -> None:
    for script in page.elements("script"):
        if "ld+json" in (script.get("type") or ""):
            script.text = ""
    for meta in page.elements("meta"):
        if (meta.get("property") or meta.get("name") or "").lower().startswith(SOCIAL):
            meta.attrib.clear()
    for element in page.root.iter(etree.Element):
        element.attrib.pop("itemprop", None)


def _without_logo_names(page: Page) -> None:
    _rename(page, NAMES, LOGO_WORDS)


def _without_class_names(page: Page) -> None:
    _rename(page, ("class",), re.compile(r"\S+"))


def _without_texts(page: Page) -> None:
    for element in page.root.iter(etree.Element):
        for name in LABELS:
            element.attrib.pop(name, None)
    for title in page.elements("title"):
        title.text = ""


def _without_headers(page: Page) -> None:
    _rename(page, ("class", "id", "role"), HEADER_WORDS)
    for element in list(page.root.iter("header", "nav")):
        element.tag = "div"


def _without_home_links(page: Page) -> None:
    for link in [link for link in page.root.iter("a") if page.home_share(link)]:
        link.attrib.pop("href", None)


def _rename(page: Page, names: tuple[str, ...], words: re.Pattern[str]) -> None:
    for element in page.root.iter(etree.Element):
        for name in names:
            text = element.get(name)
            if text:
                element.set(name, words.sub("x", text))


def _with(fragment: str) -> Change:
    return lambda page: _body(page).insert(0, _body_of(parse(f"<body>{fragment}".encode()))[0])


def _with_strangers_data(page: Page) -> None:
    script = etree.SubElement(_body(page), "script", type="application/ld+json")
    script.text = json.dumps(STRANGERS)


def _with_an_articles_picture(page: Page) -> None:
    address = "/blog/the-long-history-of-logo-design.jpg"
    etree.SubElement(_body(page), "meta", property="og:image", content=address)


def _body(page: Page) -> HtmlElement:
    return _body_of(page.root)


def _body_of(root: HtmlElement) -> HtmlElement:
    body = root.find("body")
    return root if body is None else body


ABLATIONS: Final[Mapping[str, Change]] = {
    "without JSON-LD, og, microdata": _without_declarations,
    "without names that say logo": _without_logo_names,
    "without class names": _without_class_names,
    "without alt, title, label": _without_texts,
    "without headers": _without_headers,
    "without links home": _without_home_links,
    **{f"with {name}": _with(fragment) for name, fragment in PLANTED.items()},
    "with strangers' JSON-LD": _with_strangers_data,
    "with an article's picture": _with_an_articles_picture,
}
