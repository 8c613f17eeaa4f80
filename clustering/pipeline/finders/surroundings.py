"""What the ancestors of an image say about it, gathered once per element, from the root down."""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Final, NamedTuple

from lxml.html import HtmlElement

from clustering.pipeline.finders.lexicon import BAD, FOOTER, HEADER, MAX_CHARS, says_logo

LOGO_LEVELS: Final = 3  # ancestors whose names still speak of the image inside
HEADER_TAGS: Final = frozenset({"header", "nav"})
MAIN_TAGS: Final = frozenset({"main", "article", "footer"})  # some frames call the page header-...
BUTTON_TAGS: Final = frozenset({"button"})
PAGE_TAGS: Final = frozenset({"html", "body"})
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


OUTSIDE: Final = Surroundings()
# What one element says about what is in it, as bits.
_LOGO, _HEADER, _MAIN, _FOOTER, _BAD, _BUTTON, _HIDDEN = (1 << bit for bit in range(7))
_TAGS: Final = (
    dict.fromkeys(HEADER_TAGS, _HEADER)
    | dict.fromkeys(MAIN_TAGS, _MAIN)
    | dict.fromkeys(BUTTON_TAGS, _BUTTON)
    | {"footer": _FOOTER | _MAIN}
)


def names_of(element: HtmlElement) -> str:
    """Return the names and labels of ``element``, lower case."""
    found = [element.get(name) for name in NAMES]
    return " ".join(text[:MAX_CHARS] for text in found if text).lower()


def within(outer: Surroundings, element: HtmlElement) -> Surroundings:
    """Return the surroundings inside ``element``, which itself stands in ``outer``."""
    tag = str(element.tag)
    if tag in PAGE_TAGS:
        return outer
    said = _TAGS.get(tag, 0)
    for name, text in element.items():
        judge = _JUDGES.get(name)
        if judge is not None:
            said |= judge(text[:MAX_CHARS])
    is_link = tag == "a" and element.get("href")
    if not said and not is_link and outer.logo_distance > LOGO_LEVELS:
        return outer
    return Surroundings(
        element if is_link else outer.link,
        1 if said & _LOGO else outer.logo_distance + 1,
        bool(said & _HEADER) or (outer.is_in_header and not said & _MAIN),
        outer.is_in_footer or bool(said & _FOOTER),
        outer.is_in_bad_company or bool(said & _BAD),
        outer.is_in_button or bool(said & _BUTTON),
        outer.is_hidden or bool(said & _HIDDEN),
    )


@lru_cache(maxsize=4096)
def _said_by_names(text: str) -> int:
    """Judge a whole class or id: the like of most elements stand a dozen times on their page."""
    said = 0
    for word in text.split():
        said |= _said_by_word(word)
    return said


@lru_cache(maxsize=16_384)
def _said_by_word(word: str) -> int:
    """Judge one word of a class or id; most words of a page, and of other pages, repeat."""
    letters = word.lower()
    said = _LOGO if says_logo(letters) else 0
    said |= _HEADER if HEADER.search(letters) else 0
    said |= _FOOTER if FOOTER.search(letters) else 0
    return said | (_BAD if BAD.search(letters) else 0)


def _said_by_style(text: str) -> int:
    return _HIDDEN if HIDDEN.search(text.lower()) else 0


def _said_by_role(text: str) -> int:
    return _HEADER if text == "banner" else 0


def _said_by_label(text: str) -> int:
    return _LOGO if says_logo(text) else 0


_JUDGES: Final[Mapping[str, Callable[[str], int]]] = {
    **dict.fromkeys(NAMES, _said_by_label),
    "class": _said_by_names,
    "id": _said_by_names,
    "style": _said_by_style,
    "role": _said_by_role,
}
