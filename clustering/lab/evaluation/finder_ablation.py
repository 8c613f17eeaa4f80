"""Ablations: pages with one kind of hint removed, or with another brand's logo inserted.

Show overfitting that the figures of the unchanged pages do not: a rule that one page needs, or a
hint that decides alone.
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
OTHER_SITE: Final = "https://fernhill.example/"
WALL: Final = "".join(
    f'<li class="i{n}"><a href="{OTHER_SITE}{n}"><img alt="Fernhill logo" src="/{n}-logo.svg"></a>'
    for n in range(4)
)
INSERTED: Final = {
    "a wall of other logos": f"<div><h2>Trusted by</h2><ul>{WALL}</ul></div>",
    "one other logo": (
        '<div><img class="company-logo" alt="Fernhill logo" src="/fernhill-logo.png"></div>'
    ),
    "a consent manager's logo": (
        '<div><img class="cmp-logo" alt="Company Logo" '
        'src="https://cdn.cookielaw.org/logos/static/ot_company_logo.png"></div>'
    ),
    "the web designer's logo": (
        f'<div><a href="{OTHER_SITE}"><img class="logo" alt="Made by" '
        'src="/made-logo.png"></a></div>'
    ),
}
OTHER_ORGANISATIONS: Final = [
    {"@type": "JobPosting", "hiringOrganization": {"name": "Fernhill", "logo": f"{OTHER_SITE}a"}},
    {
        "@type": "Product",
        "brand": {"@type": "Brand", "name": "Fernhill", "logo": f"{OTHER_SITE}b"},
    },
    {"@type": "Article", "author": {"@type": "Organization", "logo": f"{OTHER_SITE}c"}},
    {"@type": "SoftwareApplication", "publisher": {"name": "Fernhill", "logo": f"{OTHER_SITE}d"}},
]


def changed(url: str, text: str, change: Change) -> str:
    """Return the page at ``url`` after ``change``."""
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


def _in_a_wrapper(page: Page) -> None:
    body = _body(page)
    children = list(body)
    wrapper = etree.SubElement(body, "div", {"class": "has-sticky-footer product-home"})
    wrapper.extend(children)


def _rename(page: Page, names: tuple[str, ...], words: re.Pattern[str]) -> None:
    for element in page.root.iter(etree.Element):
        for name in names:
            text = element.get(name)
            if text:
                element.set(name, words.sub("x", text))


def _with(fragment: str) -> Change:
    return lambda page: _body(page).insert(0, _body_of(parse(f"<body>{fragment}".encode()))[0])


def _with_other_json_ld(page: Page) -> None:
    script = etree.SubElement(_body(page), "script", type="application/ld+json")
    script.text = json.dumps(OTHER_ORGANISATIONS)


def _with_article_image(page: Page) -> None:
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
    "in a wrapper named after its parts": _in_a_wrapper,
    **{f"with {name}": _with(fragment) for name, fragment in INSERTED.items()},
    "with other organisations' JSON-LD": _with_other_json_ld,
    "with an article's image": _with_article_image,
}
