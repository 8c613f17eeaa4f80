"""HTML and XML -> records."""

import re
from dataclasses import replace
from typing import Any, Final

from lxml import etree, html

from clustering.pipeline.domains import MAX_COLUMNS, Source, encodings, opened, text
from clustering.pipeline.domains.cells import vote
from clustering.pipeline.domains.table import Record, Sheet
from clustering.pipeline.errors import UnreadableUpload

MAX_DOCUMENT_BYTES: Final = 64 << 20  # parsed in memory; JSON Lines are streamed
_ADDRESS_NAME: Final = re.compile(r"url|href|domain|host|site|web", re.IGNORECASE)


def decoded(source: Source) -> str:
    """Return a whole document as text.

    Raises:
        UnreadableUpload: if it is larger than ``MAX_DOCUMENT_BYTES``.
    """
    encoding = encodings.detect(source)
    with opened(source) as file:
        data = file.read(MAX_DOCUMENT_BYTES + 1)
    if len(data) > MAX_DOCUMENT_BYTES:
        raise UnreadableUpload(
            f"The file is larger than {MAX_DOCUMENT_BYTES >> 20} MB; save it as JSON Lines or CSV"
        )
    return data.decode(encoding.codec, "replace").lstrip("\ufeff")


def read_markup(source: Source) -> Sheet:
    """Return the table with the most domains, else the links, else the lines of a page.

    Raises:
        UnreadableUpload: if it is too large or holds none of these.
    """
    content = decoded(source)
    if content.lstrip()[:5].lower() == "<?xml" or "<urlset" in content[:4096]:
        rows = _of_xml(content.encode())
        if rows:
            return _of_rows("xml", rows)
    if "<tr" in content and "<table" not in content:
        content = f"<table>{content}</table>"  # as clipboards hold
    try:
        page = html.document_fromstring(
            content.encode(), parser=html.HTMLParser(encoding="utf-8", huge_tree=False)
        )
    except (etree.ParserError, etree.XMLSyntaxError) as error:
        raise UnreadableUpload("The HTML file is empty or damaged") from error
    etree.strip_tags(page, "wbr")  # it may stand inside a domain
    etree.strip_elements(page, "script", "style", with_tail=False)
    tables = [(table, _table_rows(table)) for table in page.iter("table")]
    best = max((rows for _, rows in tables), key=_n_domains, default=[])
    if _n_domains(best):
        inner = [rows for table, rows in tables if table.find(".//table") is None]
        return _of_tables(best, [rows for rows in inner if rows is not best])
    links = [[href, _text(link)] for link in page.iter("a") if (href := _outside(link))]
    lines = [str(line) for line in page.itertext()]
    if links and len(links) >= _n_domains([[line] for line in lines]):
        return _of_rows("html", links, names=("link", "text"))
    return text.read("\n".join(lines).encode())


def _of_rows(file_type: str, rows: list[list[str]], names: tuple[str, ...] = ()) -> Sheet:
    filled = [(number, row) for number, row in enumerate(rows, 1) if any(map(str.strip, row))]
    return Sheet(file_type, lambda: (Record(n, row) for n, row in filled), names=names)


def _of_tables(best: list[list[str]], others: list[list[list[str]]]) -> Sheet:
    """Read a table, with those of the same width behind it; tell of others with domains."""
    width = max(map(len, best))
    rows = list(best)
    n_left = 0
    for table in filter(_n_domains, others):
        if max(map(len, table)) == width:
            rows += table[table[0] == best[0] :]
        else:
            n_left += 1
    sheet = _of_rows("html", rows)
    tables = "table" if n_left == 1 else "tables"
    note = f"Other tables of the page hold domains too; they were not read ({n_left} {tables})"
    return replace(sheet, notes=lambda: (note,) * bool(n_left))


def _n_domains(rows: list[list[str]]) -> int:
    return sum(any(vote(cell)[1] for cell in row) for row in rows)


def _table_rows(table: Any) -> list[list[str]]:
    """Return the cells of a table without those of tables inside it; spans repeat a cell."""
    rows = [row for row in table.iter("tr") if next(row.iterancestors("table")) is table]
    found: list[list[str]] = []
    below: dict[int, tuple[int, str]] = {}  # column -> further rows that a cell reaches into
    for row in rows:
        cells: list[str] = []
        for cell in (one for one in row if one.tag in ("td", "th")):
            _fill_from_above(cells, below)
            text = _cell(cell)
            for _ in range(_span(cell, "colspan")):
                if (n_rows := _span(cell, "rowspan")) > 1:
                    below[len(cells)] = (n_rows - 1, text)
                cells.append(text)
        _fill_from_above(cells, below)
        found.append(cells)
    return found


def _fill_from_above(cells: list[str], below: dict[int, tuple[int, str]]) -> None:
    while len(cells) in below:
        n_rows, text = below.pop(len(cells))
        if n_rows > 1:
            below[len(cells)] = (n_rows - 1, text)
        cells.append(text)


def _span(cell: Any, name: str) -> int:
    text = str(cell.get(name) or "1").strip()
    return min(max(int(text), 1), MAX_COLUMNS) if text.isdecimal() and len(text) < 6 else 1


def _cell(cell: Any) -> str:
    """Return the text of a cell, or the address that it links to if only that is a domain."""
    shown = _text(cell)
    if vote(shown)[1]:
        return shown
    return next((href for link in cell.iter("a") if (href := _outside(link))), shown)


def _text(element: Any) -> str:
    return " ".join(element.text_content().split())


def _outside(link: Any) -> str:
    href = str(link.get("href") or "").strip()
    return href if href.lower().startswith(("http://", "https://", "//")) else ""


def _of_xml(content: bytes) -> list[list[str]]:
    """Return the rows of an XML spreadsheet, else every value that is a domain; e-mail addresses
    only if there is nothing else.
    """
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, huge_tree=False, recover=True, load_dtd=False
    )
    root = etree.fromstring(content, parser)
    if root is None:
        return []
    rows = [
        [" ".join(map(str, cell.itertext())).strip() for cell in row]
        for row in root.iter()
        if _local(row) == "Row"
    ]
    if rows:
        return rows
    values = (value for one in root.iter() for value in ((one.text or ""), *_attributes(one)))
    found = [(vote(value)[0], value.strip()) for value in values]
    least = 0.6 if any(score > 0.5 for score, _ in found) else 0.5
    return [[value] for score, value in found if score >= least]


def _attributes(element: Any) -> list[str]:
    is_address = _ADDRESS_NAME.search(_local(element)) is not None
    return [
        str(value)
        for name, value in element.attrib.items()
        if is_address or _ADDRESS_NAME.search(str(name))
    ]


def _local(element: Any) -> str:
    return str(element.tag).rpartition("}")[2]
