"""Bytes -> text -> tree, decoded as browsers do where the declared encoding is wrong.

lxml parses nearly every page; ``soup.py`` handles the rest.
"""

import codecs
import re
from typing import Final, NamedTuple

from lxml import etree
from lxml.html import HtmlElement

from clustering.pipeline.finders import soup

MAX_META_BYTES: Final = 4096  # browsers read 1,024; real pages put it later
META_CHARSET: Final = re.compile(
    rb"<meta[^>]{0,200}?charset\s{0,9}=\s{0,9}[\"']?\s{0,9}([\w:.-]{2,40})", re.I
)
BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# The encodings of the WHATWG standard; Python's others (base64, idna) are unsafe here.
_ENCODINGS = """
    utf-8 ibm866 iso8859-2 iso8859-3 iso8859-4 iso8859-5 iso8859-6 iso8859-7 iso8859-8 iso8859-10
    iso8859-13 iso8859-14 iso8859-15 iso8859-16 koi8-r koi8-u mac-roman cp874 cp1250 cp1251 cp1252
    cp1253 cp1254 cp1255 cp1256 cp1257 cp1258 mac-cyrillic gbk gb18030 big5 euc_jp iso2022_jp
    shift_jis euc_kr cp949 utf-16-le utf-16-be
"""
ENCODINGS: Final = frozenset(_ENCODINGS.split())
ALIASES: Final = {"iso8859-1": "cp1252", "ascii": "cp1252", "utf-16": "utf-16-le", "gb2312": "gbk"}


class PageText(NamedTuple):
    """A page's text, and its UTF-8 bytes for the parser."""

    text: str
    utf8: bytes


def read(body: bytes, content_type: str = "") -> PageText:
    """Return the text of ``body`` by BOM, header, meta element, or detection."""
    for bom, encoding in BOMS:
        if body.startswith(bom):
            return _replaced(body[len(bom) :], encoding)
    declared = _known(_parameter(content_type)) or _declared_in_page(body)
    is_wide = declared.startswith("utf-16")
    if declared not in {"", "utf-8"} and (not is_wide or b"\x00" in body[:64]):
        return _replaced(body, declared)
    try:
        return PageText(body.decode("utf-8"), body)  # encoding again costs a tenth of parsing
    except UnicodeDecodeError:
        return _replaced(body, "utf-8" if declared == "utf-8" else soup.guessed_encoding(body))


def decode(body: bytes, content_type: str = "") -> str:
    """Return the text of ``body``; see ``read``."""
    return read(body, content_type).text


def parse(utf8: bytes) -> HtmlElement:
    """Return the tree of a page, an empty tree for an empty page."""
    parser = _parser()
    try:
        root = etree.fromstring(utf8.replace(b"\x00", b""), parser)
    except etree.XMLSyntaxError:
        root = None
    if root is not None and parser.error_log.filter_from_fatals():
        shallow = soup.tree(utf8)
        root = root if shallow is None else shallow  # lxml's tree ends where it gave up
    # lxml returns None for an empty page, unlike its stubs say.
    return root if root is not None else parse(b"<html><body></body></html>")


def _replaced(body: bytes, encoding: str) -> PageText:
    text = body.decode(encoding, errors="replace")
    return PageText(text, text.encode())


def _parser() -> etree.HTMLParser:
    """Return a parser for one page; lxml's default class lookup calls Python per element."""
    parser = etree.HTMLParser(
        encoding="utf-8",
        huge_tree=True,
        remove_comments=True,
        remove_pis=True,
        collect_ids=False,
    )
    parser.set_element_class_lookup(etree.ElementDefaultClassLookup(element=HtmlElement))
    return parser


def _declared_in_page(body: bytes) -> str:
    match = META_CHARSET.search(body[:MAX_META_BYTES])
    known = _known(match.group(1).decode("ascii", errors="replace")) if match else ""
    # A page whose meta element is readable as ASCII is not UTF-16.
    return "utf-8" if known.startswith("utf-16") else known


def _parameter(content_type: str) -> str:
    _, _, rest = content_type[:300].lower().partition("charset=")
    return rest.partition(";")[0].strip(" \t\"'")


def _known(name: str) -> str:
    """Return Python's name of a WHATWG encoding, or an empty string."""
    try:
        python_name = codecs.lookup(name).name
    except (LookupError, ValueError):
        return ""
    python_name = ALIASES.get(python_name, python_name)
    return python_name if python_name in ENCODINGS else ""
