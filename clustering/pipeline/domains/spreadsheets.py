"""XLSX, XLSB, XLS and ODS -> records of the sheet with the most domains."""

import re
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
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
N_JUDGED_ROWS: Final = 300  # of each sheet, to choose one


def read(source: Source, file_type: str) -> Sheet:
    """Return the records of one sheet, numbered as in the spreadsheet.

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
    shown = as_shown(name, 60)
    notes = (f"Sheet “{shown}” was read, of {len(names)} sheets",) if len(names) > 1 else ()
    return Sheet(file_type, lambda: _records(rows), notes=lambda: notes)


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
