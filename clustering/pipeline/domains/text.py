"""CSV, TSV and plain list reader; a damaged row is reported and does not affect others."""

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple

from clustering.pipeline.domains import (
    MAX_CELL_CHARS,
    MAX_COLUMNS,
    MAX_GIVEN_CHARS,
    N_SAMPLE_ROWS,
    Cell,
    Table,
)
from clustering.pipeline.domains.names import as_shown, normalise
from clustering.pipeline.errors import InputError, UnreadableUpload

SNIFFED_BYTES: Final = 1 << 16
MAX_LINE_CHARS: Final = MAX_COLUMNS * (MAX_CELL_CHARS + 3)
MAX_CELL_LINES: Final = 50  # of a quoted cell; more means an unclosed quote
DELIMITERS: Final = {",": "csv", ";": "csv", "\t": "tsv", "|": "csv"}
ONE_PER_LINE: Final = ""

_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_HEADER_WORD: Final = re.compile(
    r"\b(?:domains?|hosts?|urls?|sites?|web|websites?|homepages?|address|names?|hostname"
    r"|company|companies|brands?|links?|logos?)\b",
    re.IGNORECASE,
)


class Record(NamedTuple):
    """A row: its cells, or the reason why it can't be split into cells."""

    row_number: int
    cells: list[str]
    reason: str = ""


def read(path: Path) -> Table:
    """Return the table in the text file ``path``.

    Raises:
        UnreadableUpload: if it is not text or has too many columns.
    """
    with path.open("rb") as file:
        head = file.read(SNIFFED_BYTES)
    encoding = _encoding(path, head)
    delimiter = _delimiter(head.decode(encoding, "replace"))
    records = partial(_records, path, encoding, delimiter)
    first = [_shortened(record) for record in islice(records(), N_SAMPLE_ROWS + 1)]
    n_columns = max((len(record.cells) for record in first), default=0)
    if n_columns > MAX_COLUMNS:
        raise UnreadableUpload(f"The file has {n_columns} columns; {MAX_COLUMNS} are allowed")
    has_header = _has_header(first)
    return Table(
        file_type=DELIMITERS.get(delimiter, "txt"),
        columns=_column_names(first[0].cells if has_header else [], n_columns),
        has_header=has_header,
        sample=tuple(_padded(record.cells, n_columns) for record in first[has_header:]),
        cells=lambda column: _cells(islice(records(), int(has_header), None), column),
        warnings=_warnings(encoding),
    )


def _shortened(record: Record) -> Record:
    """Truncate the cells, as many records are kept in the sample."""
    return record._replace(cells=[cell[:MAX_GIVEN_CHARS] for cell in record.cells])


def _warnings(encoding: str) -> tuple[str, ...]:
    if encoding != "cp1252":
        return ()
    return ("The file is not UTF-8; letters with accents were read as Windows-1252",)


def _encoding(path: Path, head: bytes) -> str:
    """Return the encoding by byte order mark, else UTF-8 if the file is valid, else cp1252."""
    for mark, name in _BOMS:
        if head.startswith(mark):
            return name
    if b"\0" in head:
        raise UnreadableUpload(
            "The file is no text. Upload a CSV, TSV, TXT, Parquet or ZIP file; "
            "save a spreadsheet as CSV (UTF-8) first"
        )
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        with path.open("rb") as file:
            while chunk := file.read(1 << 20):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def _as_windows_1252(error: UnicodeError) -> tuple[str, int]:
    """Decode invalid UTF-8 as Windows-1252, so that files of mixed encodings lose no row."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    wrong = error.object[error.start : error.end]
    return wrong.decode("cp1252", "replace"), error.end


codecs.register_error("logosite.windows-1252", _as_windows_1252)


def _lines(path: Path, encoding: str) -> Iterator[str]:
    """Yield lines without line ends; an overlong line is truncated."""
    mixed = encoding == "cp1252"
    codec, errors = ("utf-8", "logosite.windows-1252") if mixed else (encoding, "replace")
    with path.open("rb") as raw, io.TextIOWrapper(raw, codec, errors) as file:
        while line := file.readline(MAX_LINE_CHARS):
            end = line
            while not end.endswith("\n") and (end := file.readline(MAX_LINE_CHARS)):
                pass
            yield line.removesuffix("\n")


def _delimiter(head: str) -> str:
    """Return the delimiter with the most consistent column count, or ``ONE_PER_LINE``."""
    lines = [line for line in head.splitlines()[:200] if line.strip()]
    if len(lines) > 1 and len(head) >= SNIFFED_BYTES // 4:
        lines.pop()  # may be truncated
    shares = {delimiter: _evenness(lines, delimiter) for delimiter in DELIMITERS}
    best = max(shares, key=lambda delimiter: shares[delimiter])
    return best if shares[best] > 0.5 else ONE_PER_LINE


def _evenness(lines: list[str], delimiter: str) -> float:
    """Return the share of lines with the most common number of cells; 0 if that is one."""
    counts = Counter(line.count(delimiter) for line in lines if delimiter in line)
    if not counts:
        return 0.0
    return counts.most_common(1)[0][1] / len(lines)


class _Source:
    """Lines for csv.reader that can be pushed back after an unclosed quote."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self._returned: list[str] = []
        self.taken: list[str] = []

    def __iter__(self) -> "_Source":
        return self

    def __next__(self) -> str:
        if len(self.taken) >= MAX_CELL_LINES:
            raise csv.Error("open quote")
        line = self._returned.pop() if self._returned else next(self._lines)
        self.taken.append(line)
        return line + "\n"

    def push_back_all_but_first(self) -> str:
        """Return the first line read; the others are read again."""
        first, *others = self.taken
        self._returned.extend(reversed(others))
        return first


def _records(path: Path, encoding: str, delimiter: str) -> Iterator[Record]:
    """Yield the non-blank rows, numbered as in a spreadsheet."""
    lines = _lines(path, encoding)
    if delimiter == ONE_PER_LINE:
        rows = ([line] for line in lines)
        found: Iterator[Record] = (Record(n, row) for n, row in enumerate(rows, 1))
    else:
        found = _csv_records(_Source(lines), delimiter)
    return (record for record in found if record.reason or any(map(str.strip, record.cells)))


def _csv_records(source: _Source, delimiter: str) -> Iterator[Record]:
    csv.field_size_limit(MAX_CELL_CHARS)
    reader = csv.reader(source, delimiter=delimiter, strict=True)
    width, number = 0, 0
    while True:
        source.taken.clear()
        number += 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield _unsplit(number, source, delimiter)
            continue
        width = width or len(cells)
        # Accept a cell over several lines only if the row is as wide as the others.
        if len(source.taken) > 1 and len(cells) != width:
            yield _unsplit(number, source, delimiter)
        else:
            yield Record(number, cells)


def _unsplit(number: int, source: _Source, delimiter: str) -> Record:
    """Return the line that csv refused, split at its delimiters if its cells are short enough."""
    line = source.push_back_all_but_first()
    cells = [cell.strip('"') for cell in line.split(delimiter)]
    if max(map(len, cells)) > MAX_CELL_CHARS:
        reason = f"A cell of this row is longer than {MAX_CELL_CHARS:,} characters"
        return Record(number, [line[:MAX_CELL_CHARS]], reason)
    return Record(number, cells)


def _cells(records: Iterator[Record], column: int) -> Iterator[Cell]:
    for number, cells, reason in records:
        if reason:
            yield Cell(number, cells[0], reason)
        elif column < len(cells):
            yield Cell(number, cells[column])
        else:
            yield Cell(number, " ".join(cells), f"The row has no cell in column {column + 1}")


def _has_header(first: list[Record]) -> bool:
    """Whether the first row names columns: no domain in it, and a header word or domains below."""
    if not first or first[0].reason or any(_is_domain(cell) for cell in first[0].cells):
        return False
    says_so = any(_HEADER_WORD.search(cell.replace("_", " ")) for cell in first[0].cells)
    if len(first[0].cells) == 1:
        return says_so
    return says_so or any(_is_domain(cell) for record in first[1:] for cell in record.cells)


def _is_domain(cell: str) -> bool:
    try:
        normalise(cell)
    except InputError:
        return False
    return True


def _column_names(header: list[str], n_columns: int) -> tuple[str, ...]:
    """Return distinct names: from the header if it has any, else ``Column 1``, ``Column 2``."""
    names: list[str] = []
    for index in range(n_columns):
        given = as_shown(header[index].strip(), 80) if index < len(header) else ""
        name = given or f"Column {index + 1}"
        names.append(f"{name} ({index + 1})" if name in names else name)
    return tuple(names)


def _padded(cells: list[str], width: int) -> tuple[str, ...]:
    return (*cells, *[""] * (width - len(cells)))
