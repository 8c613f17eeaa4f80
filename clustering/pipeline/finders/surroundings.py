"""What the ancestors of an image say about it, gathered once per element, from the root down."""

import re
from functools import lru_cache
from typing import Final, NamedTuple

from lxml.html import HtmlElement

from clustering.pipeline.finders.words import BAD, FOOTER, HEADER, MAX_CHARS, says_logo

LOGO_LEVELS: Final = 3  # ancestors whose names still speak of the image inside
HEADER_TAGS: Final = frozenset({"header", "nav"})
MAIN_TAGS: Final = frozenset({"main", "article", "footer"})  # some frames call the page header-...
BUTTON_TAGS: Final = frozenset({"button"})
MEANINGFUL_TAGS: Final = frozenset({"a", "button", *HEADER_TAGS, *MAIN_TAGS})
HIDDEN: Final = re.compile(
    r"display:\s?none|visibility:\s?hidden|(?:^|;|\s)height:\s?0(?:px)?(?:;|$)"
)
NAMES: Final = ("class", "id", "aria-label", "title", "itemprop", "data-testid", "name")


class Surroundings(NamedTuple):
    """The state inside an element; a tuple, because a page has hundreds of them."""

    link: HtmlElement | None = None
    logo_distance: int = LOGO_LEVELS + 1
    """Levels up to the nearest ancestor with a logo's name; 1 is the parent."""
    is_in_header: bool = False
    is_in_footer: bool = False
    is_in_bad_company: bool = False
    is_in_button: bool = False
    is_hidden: bool = False

    @property
    def says_logo(self) -> bool:
        """Whether a near ancestor is called a logo."""
        return self.logo_distance <= LOGO_LEVELS


class _Said(NamedTuple):
    """What one element says about what is in it."""

    is_logo: bool
    is_header: bool
    is_main: bool
    is_footer: bool
    is_bad_company: bool
    is_button: bool
    is_hidden: bool


OUTSIDE: Final = Surroundings()
_SILENT: Final = _Said(*[False] * 7)


def names_of(element: HtmlElement) -> str:
    """Return the names and labels of ``element``, lower case."""
    found = [element.get(name) for name in NAMES]
    return " ".join(text[:MAX_CHARS] for text in found if text).lower()


def within(outer: Surroundings, element: HtmlElement) -> Surroundings:
    """Return the surroundings inside ``element``, which itself stands in ``outer``."""
    tag = str(element.tag)
    if tag in {"html", "body"}:
        return outer
    said = _said_by(element, tag)
    is_link = tag == "a" and element.get("href")
    if said is _SILENT and not is_link and not outer.says_logo:
        return outer
    return Surroundings(
        element if is_link else outer.link,
        1 if said.is_logo else outer.logo_distance + 1,
        said.is_header or (outer.is_in_header and not said.is_main),
        outer.is_in_footer or said.is_footer,
        outer.is_in_bad_company or said.is_bad_company,
        outer.is_in_button or said.is_button,
        outer.is_hidden or said.is_hidden,
    )


def _said_by(element: HtmlElement, tag: str) -> _Said:
    found = element.items()
    if not found:
        return _said(tag, "", "", "", "") if tag in MEANINGFUL_TAGS else _SILENT
    attributes = dict(found)
    names = " ".join([text[:MAX_CHARS] for name, text in found if name in NAMES])
    structural = f"{attributes.get('class', '')} {attributes.get('id', '')}"[:MAX_CHARS]
    style = attributes.get("style", "")[:MAX_CHARS]
    return _said(tag, names, structural, style, attributes.get("role", "")[:MAX_CHARS])


@lru_cache(maxsize=4096)
def _said(tag: str, names: str, structural: str, style: str, role: str) -> _Said:
    """Judge an element by its words; those of a page repeat, in its lists most of all."""
    words = structural.lower()
    said = _Said(
        is_logo=says_logo(names),
        is_header=tag in HEADER_TAGS or role == "banner" or bool(HEADER.search(words)),
        is_main=tag in MAIN_TAGS,
        is_footer=tag == "footer" or bool(FOOTER.search(words)),
        is_bad_company=bool(BAD.search(words)),
        is_button=tag in BUTTON_TAGS,
        is_hidden=HIDDEN.search(style.lower()) is not None,
    )
    return said if any(said) else _SILENT
