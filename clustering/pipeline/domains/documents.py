"""JSON, JSON Lines, HTML and XML -> records."""

import ast
import json
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any, Final

from lxml import etree, html

from clustering.pipeline.domains import MAX_COLUMNS, MAX_ROWS, Source, encodings, opened, text
from clustering.pipeline.domains.cells import vote
from clustering.pipeline.domains.table import Record, Sheet
from clustering.pipeline.errors import UnreadableUpload

MAX_DOCUMENT_BYTES: Final = 64 << 20  # parsed in memory; JSON Lines are streamed
MAX_LINE_BYTES: Final = 16 << 20
MAX_DEPTH: Final = 6
N_NAMED_RECORDS: Final = 20_000  # whose fields become columns
VALUE: Final = "value"
MAX_LITERAL_CHARS: Final = 4 << 20
_COMMENT_LINE: Final = re.compile(r"^[ \t]*(?://|#).*$", re.MULTILINE)
_TRAILING_COMMA: Final = re.compile(r",(\s*[\]}])")
_BARE_KEY: Final = re.compile(r"([{,]\s*)([A-Za-z_$][\w$]{0,80})\s*:")
_ADDRESS_NAME: Final = re.compile(r"url|href|domain|host|site|web", re.IGNORECASE)
_BETWEEN: Final = re.compile(r"[\s,;\x1e]*")

Fields = dict[str, str]


def read_json(source: Source) -> Sheet | None:
    """Return the records of a JSON document or of JSON Lines; None if it is neither.

    Nested fields become columns such as ``page.domain``; the values of a list share a cell.

    Raises:
        UnreadableUpload: if it is JSON, but too large or nested too deep.
    """
    try:
        if _is_lines(source):
            return _sheet(partial(_of_lines, source), "jsonl")
        document = _parsed(_decoded(source))
    except RecursionError as error:
        raise UnreadableUpload("The JSON is nested too deep; upload a plain list") from error
    except ValueError:
        return None
    rows = _rows(document)
    if all(isinstance(row, list) for row in rows) and rows:
        return Sheet("json", lambda: (Record(n, _cells(row)) for n, row in enumerate(rows, 1)))
    return _sheet(lambda: ((n, _fields(row)) for n, row in enumerate(rows, 1)), "json")


def _parsed(content: str) -> Any:
    """Parse JSON, also with comments or trailing commas, several values in a row, a cut-off list,
    and the lists that Python prints.

    Raises:
        ValueError: if it is none of these.
    """
    with suppress(ValueError):
        return json.loads(content)
    plain = _TRAILING_COMMA.sub(r"\1", _COMMENT_LINE.sub("", content))
    with suppress(ValueError):
        return json.loads(plain)
    if len(content) < MAX_LITERAL_CHARS:
        with suppress(ValueError, SyntaxError, MemoryError):
            return ast.literal_eval(_BARE_KEY.sub(r'\1"\2":', plain.strip()))
    if values := _values(plain):
        return values
    raise ValueError("not JSON")


def _values(content: str) -> list[Any]:
    """Return the values in a row, or those of a list that is cut off, if they are objects."""
    decoder = json.JSONDecoder()
    at = 1 if content[:1] == "[" else 0
    values: list[Any] = []
    while (start := _BETWEEN.match(content, at)) and start.end() < len(content):
        try:
            value, at = decoder.raw_decode(content, start.end())
        except ValueError:
            break
        values.append(value)
    return values if all(isinstance(value, dict) for value in values) else []


def _decoded(source: Source) -> str:
    encoding = encodings.detect(source)
    with opened(source) as file:
        data = file.read(MAX_DOCUMENT_BYTES + 1)
    if len(data) > MAX_DOCUMENT_BYTES:
        raise UnreadableUpload(
            f"The file is larger than {MAX_DOCUMENT_BYTES >> 20} MB; save it as JSON Lines or CSV"
        )
    return data.decode(encoding.codec, "replace").lstrip("\ufeff")


def _is_lines(source: Source) -> bool:
    """Whether the first line is a JSON object, and more lines follow."""
    with opened(source) as file:
        lines = iter(partial(file.readline, MAX_LINE_BYTES), b"")
        first = next((line for line in lines if line.strip()), b"")
        second = next((line for line in lines if line.strip()), b"")
    if not second:
        return False
    try:
        return isinstance(json.loads(first.removeprefix(b"\xef\xbb\xbf")), dict | str)
    except (ValueError, RecursionError):
        return False


def _of_lines(source: Source) -> Iterator[tuple[int, Fields | str]]:
    with opened(source) as file:
        for number, line in enumerate(iter(partial(file.readline, MAX_LINE_BYTES), b""), 1):
            if not line.strip():
                continue
            try:
                yield number, _fields(json.loads(line.removeprefix(b"\xef\xbb\xbf")))
            except (ValueError, RecursionError):
                yield number, line[:300].decode("utf-8", "replace").strip()


def _sheet(rows: Callable[[], Iterable[tuple[int, Fields | str]]], file_type: str) -> Sheet:
    names = _names(rows())

    def records() -> Iterator[Record]:
        for number, fields in rows():
            if isinstance(fields, str):
                yield Record(number, [fields], "The line is not JSON")
            else:
                yield Record(number, [fields.get(name, "") for name in names])

    return Sheet(file_type, records, names=names)


def _names(rows: Iterable[tuple[int, Fields | str]]) -> tuple[str, ...]:
    """Return the columns in order of appearance; of too many, those with dots in their values."""
    with_dot: dict[str, bool] = {}
    for number, (_, fields) in enumerate(rows):
        if number == N_NAMED_RECORDS:
            break
        for name, value in fields.items() if isinstance(fields, dict) else ():
            with_dot[name] = with_dot.get(name, False) or "." in value
    kept = list(with_dot)
    if len(kept) > MAX_COLUMNS:
        kept = [name for name in kept if with_dot[name]][:MAX_COLUMNS]
    if not kept:
        raise UnreadableUpload("The file has no rows")
    return tuple(kept)


def _rows(document: Any) -> list[Any]:
    """Return the records of a document: its longest list, or the entries of a mapping."""
    if isinstance(document, list):
        return document[: MAX_ROWS + 1]
    if not isinstance(document, dict):
        return [document]
    columns = document.get("columns")
    if isinstance(columns, list) and isinstance(document.get("data"), list):
        return [columns, *document["data"]]
    if table := _columnwise(document):
        return table
    named = list(_lists(document, 0))
    lists = [rows for _, rows in named]
    if lists and all(_is_names(value) for value in document.values()):
        return [text for value in document.values() for text in value]
    if lists:
        best = max(lists, key=lambda one: (len(one), sum(isinstance(x, dict) for x in one[:9])))
        shape = _shape(best)
        key = next(key for key, rows in named if rows is best)
        return [
            row
            for name, rows in named
            if rows is best or (_shape(rows) == shape and (shape or name == key))
            for row in rows
        ]
    shapes = {_shape([value]) for value in document.values()}
    is_keyed = len(document) > 1 and len(shapes) == 1 and shapes != {()}
    if is_keyed or sum(vote(key)[0] for key in document) * 2 > len(document):
        return [
            {"key": key, **(value if isinstance(value, dict) else {VALUE: value})}
            for key, value in document.items()
        ]
    return [document]


def _shape(rows: list[Any]) -> tuple[str, ...]:
    """Return the keys of the first row."""
    return tuple(rows[0]) if isinstance(rows[0], dict) else ()


def _columnwise(document: dict[str, Any]) -> list[Any]:
    """Return the rows of ``{"domain": [...], "rank": [...]}``, also with mappings for lists."""
    if len(document) < 2 and not all(isinstance(one, dict) for one in document.values()):
        return []
    if all(isinstance(value, dict) for value in document.values()):
        keys = {tuple(value) for value in document.values()}
        if len(keys) != 1 or not all(str(key).isdigit() for key in next(iter(keys))):
            return []
        document = {name: list(value.values()) for name, value in document.items()}
    if not all(isinstance(value, list) for value in document.values()):
        return []
    if len({len(value) for value in document.values()}) != 1:
        return []
    if all(sum(vote(str(one))[0] for one in value[:50]) for value in document.values()):
        return []  # clusters of domains that happen to be of one size
    return [dict(zip(document, row, strict=True)) for row in zip(*document.values(), strict=True)]


def _is_names(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _lists(value: dict[str, Any], depth: int) -> Iterator[tuple[str, list[Any]]]:
    """Yield the lists in a document, with their keys."""
    for key, one in value.items():
        if isinstance(one, list) and any(isinstance(item, dict | str | list) for item in one):
            yield key, one
        elif isinstance(one, dict) and depth < 2:
            yield from _lists(one, depth + 1)


def _cells(row: list[Any]) -> list[str]:
    return ["" if value is None else str(value) for value in row]


def _fields(row: Any) -> Fields:
    fields: dict[str, list[str]] = {}
    _flatten(row, "", fields, 0)
    return {name: "\t".join(values) for name, values in fields.items()}


def flattened(row: Any, name: str) -> Fields:
    """Return the texts in a nested value, by the path of their keys below ``name``."""
    fields: dict[str, list[str]] = {}
    _flatten(row, name, fields, 0)
    return {path: "\t".join(values) for path, values in fields.items()}


def _flatten(value: Any, path: str, fields: dict[str, list[str]], depth: int) -> None:
    if isinstance(value, dict) and depth < MAX_DEPTH:
        for key, one in value.items():
            _flatten(one, f"{path}.{key}" if path else str(key), fields, depth + 1)
    elif isinstance(value, list | tuple) and depth < MAX_DEPTH:
        for one in value:
            _flatten(one, path, fields, depth + 1)
    elif isinstance(value, bytes):
        fields.setdefault(path or VALUE, []).append(value.decode("utf-8", "replace"))
    elif value is not None:
        fields.setdefault(path or VALUE, []).append(str(value))


def read_markup(source: Source) -> Sheet:
    """Return the table with the most domains, else the links, else the lines of a page.

    Raises:
        UnreadableUpload: if it is too large or holds none of these.
    """
    content = _decoded(source)
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
    return [str(value) for name, value in element.attrib.items() if _ADDRESS_NAME.search(name)]


def _local(element: Any) -> str:
    return str(element.tag).rpartition("}")[2]
