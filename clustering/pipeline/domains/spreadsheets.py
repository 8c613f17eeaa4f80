"""XLSX, XLSB, XLS and ODS -> records of the sheet with the most domains, and of those like it."""

import re
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Any, Final

from lxml import etree

from clustering.pipeline.domains import MAX_ROWS, Source, opened
from clustering.pipeline.domains.cells import vote
from clustering.pipeline.domains.names import as_shown
from clustering.pipeline.domains.table import Record, Sheet
from clustering.pipeline.errors import UnreadableUpload

MAX_CELLS: Final = 20_000_000
MAX_SHEET_BYTES: Final = 64 << 20
_SHEET: Final = re.compile(r"xl/worksheets/sheet\d+\.xml")
_RELATION: Final = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_FORMULA: Final = re.compile(r"HYPERLINK\(\s*\"([^\"]{1,2048})\"", re.IGNORECASE)
MAX_NAMED_SHEETS: Final = 5
N_JUDGED_ROWS: Final = 300  # of each sheet, to choose one


def read(source: Source, file_type: str) -> Sheet:
    """Return the records of one sheet, numbered as in the spreadsheet, then of sheets like it.

    Raises:
        UnreadableUpload: if the file is damaged, encrypted, too large or has no cells.
    """
    import python_calamine as calamine  # 2 MB, for spreadsheets alone

    try:
        with opened(source) as file:
            book = calamine.CalamineWorkbook.from_filelike(file)
        names = list(book.sheet_names)
        sheets = [(name, rows) for name in names if (rows := _rows(book, name))]
    except calamine.PasswordError as error:
        raise UnreadableUpload("The spreadsheet has a password; save it without one") from error
    except (calamine.CalamineError, OSError, ValueError) as error:
        raise UnreadableUpload(
            f"The {file_type.upper()} file is damaged or not a spreadsheet; "
            "save the list as CSV or XLSX and upload that"
        ) from error
    if not sheets:
        raise UnreadableUpload("The spreadsheet has no cells")
    name, rows = max(sheets, key=lambda one: _n_domains(one[1]))
    if file_type == "xlsx" and not _n_domains(rows) and (linked := _links(source)):
        return Sheet(file_type, lambda: iter(linked), names=("link",))
    head = _head(rows)
    alike = {name: rows} | {
        other: found for other, found in sheets if _head(found) == head and _n_domains(found)
    }
    shown = ", ".join(f"“{as_shown(one, 60)}”" for one in islice(alike, MAX_NAMED_SHEETS))
    were = "s were" if len(alike) > 1 else " was"
    note = f"The sheet{were} read: {shown}, {len(alike)} of {len(names)}"
    notes = (note,) if len(names) > 1 else ()
    return Sheet(file_type, lambda: _records(_joined(list(alike.values()))), notes=lambda: notes)


def _head(rows: list[list[Any]]) -> list[str] | int:
    """Return the names of the columns, or their number if the first row has a domain."""
    first = next((row for row in rows if any(map(_text, row))), [])
    return max(map(len, rows)) if _n_domains([first]) else [_text(value) for value in first]


def _joined(sheets: list[list[list[Any]]]) -> list[list[Any]]:
    """Return the rows of sheets with one head, which is kept once."""
    first, *others = sheets
    head = _head(first)
    return first + [
        row for rows in others for row in rows if [_text(value) for value in row] != head
    ]


def _links(source: Source) -> list[Record]:
    """Return the targets behind the cells of the sheet with the most of them, by row."""
    with opened(source) as file, zipfile.ZipFile(file) as book:
        sheets = [info for info in book.infolist() if _SHEET.fullmatch(info.filename)]
        small = [info for info in sheets if info.file_size < MAX_SHEET_BYTES]
        return max((list(_links_of(book, info.filename)) for info in small), key=len, default=[])


def _links_of(book: zipfile.ZipFile, sheet: str) -> Iterator[Record]:
    targets: dict[str | None, str] = {}
    relations = sheet.replace("worksheets/", "worksheets/_rels/") + ".rels"
    if relations in book.namelist():
        targets = {one.get("Id"): one.get("Target", "") for one in _elements(book, relations)}
    for element in _elements(book, sheet):
        kind = etree.QName(element).localname
        if kind == "hyperlink":
            target, cell = targets.get(element.get(_RELATION), ""), element.get("ref", "")
        elif kind == "f" and (formula := _FORMULA.search(element.text or "")):
            target, cell = formula[1], element.getparent().get("r", "")
        else:
            continue
        if vote(target)[1] and (row := re.search(r"\d+", cell)):
            yield Record(int(row[0]), [target])


def _elements(book: zipfile.ZipFile, member: str) -> Iterator[Any]:
    with book.open(member) as file:
        for _, element in etree.iterparse(file, resolve_entities=False, no_network=True):
            yield element


def _records(rows: list[list[Any]]) -> Iterator[Record]:
    for number, row in enumerate(rows, 1):
        cells = [_text(value) for value in row]
        if any(map(str.strip, cells)):
            yield Record(number, cells)


def _rows(book: Any, name: str) -> list[list[Any]]:
    sheet = book.get_sheet_by_name(name)
    if sheet.total_height > MAX_ROWS or sheet.total_height * sheet.total_width > MAX_CELLS:
        raise UnreadableUpload(
            f"Sheet “{as_shown(name, 60)}” has {sheet.total_height:,} rows and "
            f"{sheet.total_width:,} columns; {MAX_ROWS:,} rows and {MAX_CELLS:,} cells are allowed"
        )
    rows: list[list[Any]] = sheet.to_python(skip_empty_area=False)
    return rows


def _n_domains(rows: list[list[Any]]) -> float:
    texts = (value for row in rows[:N_JUDGED_ROWS] for value in row if isinstance(value, str))
    return sum(vote(text)[0] for text in texts)


def _text(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    return str(value) if not isinstance(value, timedelta) else str(value.total_seconds())
