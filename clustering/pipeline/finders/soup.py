"""What BeautifulSoup is better at than lxml: encodings that nobody declared, endless nesting."""

import re
from contextlib import suppress
from typing import Final

from bs4 import BeautifulSoup, Tag
from bs4.dammit import UnicodeDammit
from bs4.element import NavigableString, PreformattedString
from lxml.html import HtmlElement, html_parser

MAX_GUESSED_BYTES: Final = 1 << 16
MIN_GUESSED_BYTES: Final = 20  # beyond ASCII; fewer look like anything
MAX_TAGS: Final = 50_000  # a second of work
MAX_DEPTH: Final = 250  # browsers stop at 512; what is deeper stands beside its parent
NOT_ASCII: Final = re.compile(rb"[\x80-\xff]")
# By Python's names of them. Guesses between Latin alphabets are worth nothing: one letter in a
# hundred tells them apart, and what browsers take for them all is in most cases right.
NOT_LATIN: Final = {
    "windows-1251": "cp1251", "koi8-r": "koi8-r", "koi8-u": "koi8-u", "iso-8859-5": "iso8859-5",
    "windows-1253": "cp1253", "windows-1255": "cp1255", "windows-1256": "cp1256",
    "cp874": "cp874", "gb2312": "gb18030", "gbk": "gb18030", "gb18030": "gb18030",
    "big5": "big5", "shift_jis": "cp932", "cp932": "cp932", "euc_jp": "euc_jp",
    "euc_jis_2004": "euc_jp", "euc_kr": "cp949", "cp949": "cp949",
}  # fmt: skip


def guessed_encoding(body: bytes) -> str:
    """Return the encoding of a page that declares none and is not UTF-8."""
    first = NOT_ASCII.search(body)
    part = body[first.start() :][:MAX_GUESSED_BYTES] if first else b""
    # The last character may be cut; a bracket is never the second byte of one.
    part = part[: part.rfind(b"<") + 1] or part
    if len(NOT_ASCII.findall(part)) < MIN_GUESSED_BYTES:
        return "cp1252"
    guess = UnicodeDammit(part).original_encoding or ""
    return NOT_LATIN.get(guess.lower(), "cp1252")


def tree(utf8: bytes) -> HtmlElement | None:
    """Return the tree of a page whose elements are nested too deep for lxml, made shallower.

    Nothing for a page with more tags than this slower way is meant for.
    """
    if utf8.count(b"<") > MAX_TAGS:
        return None
    soup = BeautifulSoup(utf8, "html.parser", from_encoding="utf-8")
    root: HtmlElement = html_parser.makeelement("html")
    # Where the children of each tag go, and how deep that is.
    homes: dict[int, tuple[HtmlElement, int]] = {id(soup): (root, 0)}
    last: dict[HtmlElement, HtmlElement] = {}  # child of each; lxml counts to find it
    for node in soup.descendants:
        home, depth = homes[id(node.parent)]
        if isinstance(node, Tag):
            element = _element(node)
            home.append(element)
            last[home] = element
            homes[id(node)] = (element, depth + 1) if depth < MAX_DEPTH else (home, depth)
        elif isinstance(node, NavigableString) and not isinstance(node, PreformattedString):
            _add_text(home, last.get(home), str(node))
    return root


def _element(tag: Tag) -> HtmlElement:
    """Copy ``tag`` without its children, and without what XML cannot hold."""
    try:
        element: HtmlElement = html_parser.makeelement(tag.name)
    except ValueError:
        element = html_parser.makeelement("span")
    for name, value in tag.attrs.items():
        with suppress(ValueError):
            element.set(name, value if isinstance(value, str) else " ".join(value))
    return element


def _add_text(parent: HtmlElement, last: HtmlElement | None, text: str) -> None:
    with suppress(ValueError):
        if last is not None:
            last.tail = (last.tail or "") + text
        else:
            parent.text = (parent.text or "") + text
