"""Uses BeautifulSoup for undeclared encodings and for nesting too deep for lxml."""

import re
from contextlib import suppress
from typing import Final

from bs4 import BeautifulSoup, Tag
from bs4.dammit import UnicodeDammit
from bs4.element import NavigableString, PreformattedString
from lxml.html import HtmlElement, html_parser

MAX_GUESSED_BYTES: Final = 1 << 16
MIN_GUESSED_BYTES: Final = 20  # non-ASCII bytes; fewer do not identify an encoding
MAX_TAGS: Final = 50_000  # a second of work
MAX_DEPTH: Final = 250  # browsers stop at 512; deeper elements become siblings of their parent
NOT_ASCII: Final = re.compile(rb"[\x80-\xff]")
# Detected name -> Python's name. Detection cannot distinguish Latin encodings, so those fall
# back to cp1252 as in browsers.
NOT_LATIN: Final = {
    "windows-1251": "cp1251", "koi8-r": "koi8-r", "koi8-u": "koi8-u", "iso-8859-5": "iso8859-5",
    "windows-1253": "cp1253", "windows-1255": "cp1255", "windows-1256": "cp1256",
    "cp874": "cp874", "gb2312": "gb18030", "gbk": "gb18030", "gb18030": "gb18030",
    "big5": "big5", "shift_jis": "cp932", "cp932": "cp932", "euc_jp": "euc_jp",
    "euc_jis_2004": "euc_jp", "euc_kr": "cp949", "cp949": "cp949",
}  # fmt: skip


def guessed_encoding(body: bytes) -> str:
    """Return the detected encoding of a page that declares none and is not UTF-8."""
    first = NOT_ASCII.search(body)
    part = body[first.start() :][:MAX_GUESSED_BYTES] if first else b""
    # The cut may split a character; a bracket is never its second byte.
    part = part[: part.rfind(b"<") + 1] or part
    if len(NOT_ASCII.findall(part)) < MIN_GUESSED_BYTES:
        return "cp1252"
    guess = UnicodeDammit(part).original_encoding or ""
    return NOT_LATIN.get(guess.lower(), "cp1252")


def tree(utf8: bytes) -> HtmlElement | None:
    """Return the tree of a page that is nested too deeply for lxml, with the depth limited.

    Returns None above ``MAX_TAGS``: this parser is slow.
    """
    if utf8.count(b"<") > MAX_TAGS:
        return None
    soup = BeautifulSoup(utf8, "html.parser", from_encoding="utf-8")
    root: HtmlElement = html_parser.makeelement("html")
    # Target element and depth for the children of each tag.
    parents: dict[int, tuple[HtmlElement, int]] = {id(soup): (root, 0)}
    last: dict[
        HtmlElement, HtmlElement
    ] = {}  # last child of each parent: finding it in lxml is linear
    for node in soup.descendants:
        parent, depth = parents[id(node.parent)]
        if isinstance(node, Tag):
            element = _element(node)
            parent.append(element)
            last[parent] = element
            parents[id(node)] = (element, depth + 1) if depth < MAX_DEPTH else (parent, depth)
        elif isinstance(node, NavigableString) and not isinstance(node, PreformattedString):
            _add_text(parent, last.get(parent), str(node))
    return root


def _element(tag: Tag) -> HtmlElement:
    """Copy ``tag`` without its children and without attributes that XML forbids."""
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
