"""What the ancestors of an image say about it, gathered once per element, from the root down."""

import re
from dataclasses import dataclass, replace
from typing import Final

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


@dataclass(frozen=True)
class Surroundings:
    """The state inside an element."""

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


OUTSIDE: Final = Surroundings()


def names_of(element: HtmlElement) -> str:
    """Return the names and labels of ``element``, lower case."""
    found = [element.get(name) for name in NAMES]
    return " ".join(text[:MAX_CHARS] for text in found if text).lower()


def within(outer: Surroundings, element: HtmlElement) -> Surroundings:
    """Return the surroundings inside ``element``, which itself stands in ``outer``."""
    tag = element.tag
    if tag in {"html", "body"}:
        return outer
    names = names_of(element)
    style = element.get("style") or ""
    if not names and not style and tag not in MEANINGFUL_TAGS:
        return replace(outer, logo_distance=outer.logo_distance + 1)
    structural = f"{element.get('class') or ''} {element.get('id') or ''}"[:MAX_CHARS].lower()
    return Surroundings(
        link=element if tag == "a" and element.get("href") else outer.link,
        logo_distance=1 if says_logo(names) else outer.logo_distance + 1,
        is_in_header=_is_header(element, structural)
        or (outer.is_in_header and tag not in MAIN_TAGS),
        is_in_footer=outer.is_in_footer or tag == "footer" or bool(FOOTER.search(structural)),
        is_in_bad_company=outer.is_in_bad_company or bool(BAD.search(structural)),
        is_in_button=outer.is_in_button or tag in BUTTON_TAGS,
        is_hidden=outer.is_hidden or HIDDEN.search(style[:MAX_CHARS].lower()) is not None,
    )


def _is_header(element: HtmlElement, structural: str) -> bool:
    if element.tag in HEADER_TAGS or element.get("role") == "banner":
        return True
    return bool(HEADER.search(structural))
