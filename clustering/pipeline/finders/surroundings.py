"""Context of an image from its ancestors, computed once per element from the root down."""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from itertools import islice
from typing import Final, NamedTuple

from lxml.html import HtmlElement

from clustering.pipeline.finders.lexicon import BAD, FOOTER, HEADER, MAX_CHARS, says_logo

LOGO_LEVELS: Final = 3  # ancestors whose names count for the image
HEADER_TAGS: Final = frozenset({"header", "nav", "h1"})
MAIN_TAGS: Final = frozenset(
    {"main", "article", "footer"}
)  # some frameworks name the whole page header-...
BUTTON_TAGS: Final = frozenset({"button"})
PAGE_TAGS: Final = frozenset({"html", "body"})
HIDDEN: Final = re.compile(
    r"display:\s?none|visibility:\s?hidden|(?:^|;|\s)height:\s?0(?:px)?(?:;|$)"
)
HIDDEN_TEXT: Final = frozenset(
    {
        "sr-only", "is-sr-only", "show-for-sr", "visually-hidden", "visuallyhidden",
        "u-visually-hidden", "is-visually-hidden", "screen-reader-text", "screen-reader",
        "screenreader", "screen-reader-only", "element-invisible", "offscreen", "hidden-text",
    }
)  # fmt: skip
TEXT_TAGS: Final = ("span", "div", "strong", "p", "b")
MAX_PARTS: Final = 8
DATA_NAME: Final = re.compile(r"[\w+. -]{3,60}\Z")  # data-uia="header-logo"
# A script that leads elsewhere: onclick="location.href='/'".
LOCATION: Final = re.compile(
    r"location(?:\.href)?\s{0,5}=\s{0,5}[\"']([^\"'\\]{1,300})[\"']"
    r"|location\.(?:assign|replace)\(\s{0,5}[\"']([^\"'\\]{1,300})[\"']"
)
NAMES: Final = ("class", "id", "aria-label", "title", "itemprop", "data-testid", "name")


class Surroundings(NamedTuple):
    """Context of an element's children; a tuple, because a page has hundreds of them."""

    link: HtmlElement | None = None
    logo_distance: int = LOGO_LEVELS + 1
    """Levels up to the nearest ancestor with a logo's name; 1 is the parent."""
    is_in_header: bool = False
    is_in_footer: bool = False
    is_in_bad_context: bool = False
    is_in_button: bool = False
    is_hidden: bool = False
    is_in_article: bool = False
    """Whether it is in an <article>, whose <header> is not that of the page."""
    is_in_list: bool = False

    @property
    def says_logo(self) -> bool:
        """Whether a near ancestor is named logo."""
        return self.logo_distance <= LOGO_LEVELS


OUTSIDE: Final = Surroundings()
# Properties of one element, as bits.
_LOGO, _HEADER, _MAIN, _FOOTER, _BAD, _BUTTON, _HIDDEN, _ARTICLE, _LIST, _CRUMB = (
    1 << bit for bit in range(10)
)
_TAGS: Final = (
    dict.fromkeys(HEADER_TAGS, _HEADER)
    | dict.fromkeys(MAIN_TAGS, _MAIN)
    | dict.fromkeys(BUTTON_TAGS, _BUTTON)
    | {"footer": _FOOTER | _MAIN, "article": _ARTICLE | _MAIN, "li": _LIST}
)


def link_address(element: HtmlElement) -> str:
    """Return where a click on ``element`` leads, by its address or a script of one statement."""
    href = element.get("href") or ""
    is_script = href[:11].lower() == "javascript:"
    script = href if is_script else element.get("onclick") or ""
    if script and (is_script or href in {"", "#"}):
        match = LOCATION.search(script[:MAX_CHARS])
        return href if match is None else match.group(1) or match.group(2)
    return href


def _leads_somewhere(element: HtmlElement) -> bool:
    """Return whether a click leads to an address; an empty one is that of the page itself."""
    return bool(link_address(element)) or element.get("href") == ""


def names_of(element: HtmlElement) -> str:
    """Return the names and labels of ``element``, lower case."""
    found = [
        text
        for name, text in element.items()
        if name in NAMES or (name[:5] == "data-" and _may_name_logo(text))
    ]
    return " ".join(text[:MAX_CHARS] for text in found if text).lower()


def hidden_text(link: HtmlElement | None) -> str:
    """Return the text of ``link`` that only screen readers have: the name of its picture."""
    for part in islice(link.iter(*TEXT_TAGS), MAX_PARTS) if link is not None else ():
        names = (part.get("class") or "")[:MAX_CHARS].lower().split()
        if not HIDDEN_TEXT.isdisjoint(names):
            return (part.text or "")[:MAX_CHARS].strip()
    return ""


def _may_name_logo(text: str) -> bool:
    """Return whether the value of a data attribute is a name with "logo", no address or JSON."""
    return "ogo" in text and DATA_NAME.match(text) is not None


def within(outer: Surroundings, element: HtmlElement, *, is_wrapper: bool = False) -> Surroundings:
    """Return the context inside ``element``, whose own context is ``outer``.

    The names of a wrapper of the whole page, such as ``has-sticky-footer``, count for no part.
    """
    tag = str(element.tag)
    if tag in PAGE_TAGS:
        return outer
    bits = _TAGS.get(tag, 0)
    for name, text in () if is_wrapper else element.items():
        bits_of = _BITS_OF.get(name)
        if bits_of is not None:
            bits |= bits_of(text[:MAX_CHARS])
        elif name[:5] == "data-" and _may_name_logo(text):
            bits |= _bits_of_label(text)
    if bits & _FOOTER and tag != "footer" and next(element.iter("main"), None) is not None:
        bits &= ~_FOOTER  # a wrapper named after what it leaves room for
    is_link = bool(tag == "a" or element.get("onclick")) and _leads_somewhere(element)
    if not bits and not is_link and outer.logo_distance > LOGO_LEVELS:
        return outer
    return Surroundings(
        element if is_link else outer.link,
        1 if bits & _LOGO else outer.logo_distance + 1,
        bool(bits & _HEADER) or (outer.is_in_header and not bits & _MAIN),
        outer.is_in_footer or bool(bits & _FOOTER),
        outer.is_in_bad_context or bool(bits & _BAD),
        outer.is_in_button or bool(bits & _BUTTON),
        outer.is_hidden or bool(bits & _HIDDEN),
        outer.is_in_article or bool(bits & _ARTICLE),
        outer.is_in_list or bool(bits & (_LIST | _CRUMB)),
    )


@lru_cache(maxsize=4096)
def _bits_of_names(text: str) -> int:
    """Return the bits of a class or id; cached, as most occur a dozen times on a page."""
    bits = 0
    for word in text.split():
        bits |= _bits_of_word(word)
    return bits


@lru_cache(maxsize=16_384)
def _bits_of_word(word: str) -> int:
    """Return the bits of one word of a class or id; cached, as words repeat across pages."""
    letters = word.lower()
    bits = _LOGO if says_logo(letters) else 0
    bits |= _HEADER if HEADER.search(letters) else 0
    bits |= _FOOTER if FOOTER.search(letters) else 0
    bits |= _CRUMB if "crumb" in letters else 0
    return bits | (_BAD if BAD.search(letters) else 0)


def _bits_of_style(text: str) -> int:
    return _HIDDEN if HIDDEN.search(text.lower()) else 0


def _bits_of_role(text: str) -> int:
    return _HEADER if text == "banner" else 0


def _bits_of_label(text: str) -> int:
    return _LOGO if says_logo(text) else 0


_BITS_OF: Final[Mapping[str, Callable[[str], int]]] = {
    **dict.fromkeys(NAMES, _bits_of_label),
    "class": _bits_of_names,
    "id": _bits_of_names,
    "style": _bits_of_style,
    "role": _bits_of_role,
}
