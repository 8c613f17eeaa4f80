"""Parsing of uploads: file -> domain names, with a reason for each rejected row.

    packings.py                      unpacks .gz, TAR archives and archives in archives
    formats.py                       detects the type by content, unpacks ZIPs of one list
    text.py  parquet.py  spreadsheets.py  json_records.py  documents.py (HTML, XML)  contacts.py
                                     -> Table of records
    table.py                         header, column scores, the chosen column's cells
    repairs.py                       cell -> its text without encodings, markup and decoration
    cells.py                         cell -> entries, each a domain or a reason
    archive.py                       ZIP of images -> entries, named by domain or file name
    other_columns.py                 cells beside the domains, kept with each domain
    intake_stats.py                  entries -> UploadReading
    packed_rows.py                   its rows, as short as they are sent and stored

Files are untrusted: ``read_upload`` (reading.py) parses them in a limited child process.
In every reading, rows = domains + duplicates + rejected. A cell with several domains counts as
as many rows; blank lines, comments and lines above the header are not rows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

MAX_FILE_BYTES: Final = 2 << 30  # the upload limit, UPLOAD_MAX_BYTES, is lower
MAX_ROWS: Final = 10_000_000  # the limit of the server, UPLOAD_MAX_ROWS, is lower by default
MAX_COLUMNS: Final = 1_000  # exports of customer databases have hundreds
MAX_CELL_CHARS: Final = 4096  # of a Parquet value
MAX_GIVEN_CHARS: Final = 300  # of a cell, kept for display
N_PREVIEW_ROWS: Final = 20
N_SAMPLE_ROWS: Final = 1000  # rows that the header is detected on

Source = Path | bytes
"""A file on disk, or the content of one that was unpacked."""


REJECTED_COLUMNS: Final = ("row", "error")
"""The last two columns of a list of rejected rows, which are not read if it is uploaded again."""
REJECTED_MARK: Final = " (rejected)"
"""After the names of these, where the list has columns of the same names."""


def opened(source: Source) -> BinaryIO:
    """Open ``source`` for reading."""
    return source.open("rb") if isinstance(source, Path) else BytesIO(source)


def joined(columns: tuple[str, ...]) -> str:
    """Return the name under which ``columns`` are read together."""
    return " + ".join(columns)


class NamedDomain(NamedTuple):
    """One distinct domain and the rows it came from."""

    name: str
    """A-label, lower case, without www.; or the file name of an image without a domain."""
    as_given: str
    row_numbers: tuple[int, ...]
    """1-based as in a spreadsheet: a header is row 1; entries of a ZIP count from 1."""
    member: str = ""
    """Name of the image in the ZIP, for ``packings.read_member``; not a path on disk."""
    cells: str = ""
    """Of the other columns in its first row, for ``other_columns.split``."""


class Rejected(NamedTuple):
    """An entry without a domain, and the reason as shown to users (at most 200 characters)."""

    row_number: int
    raw: str
    """Of the domain column alone."""
    reason: str
    cells: str = ""
    """Of the other columns, as those of a domain; of several in one row, the first has them."""


class Column(NamedTuple):
    """A candidate for the domain column."""

    name: str
    score: float
    """Share of the non-empty cells that are domains, in [0, 1]; an e-mail address counts half."""


@dataclass(frozen=True)
class UploadReading:
    """The parsed upload."""

    kind: str
    """``domains`` or ``images``."""
    file_type: str
    """``csv``, ``tsv``, ``txt``, ``json``, ``xlsx``, ``zip``, ...; detected from the content."""
    columns: tuple[Column, ...]
    column: str
    """The column that was read: the requested one, or the best guess."""
    has_header: bool
    preview: tuple[tuple[str, ...], ...]
    """The first ``N_PREVIEW_ROWS`` rows as parsed, one cell per column."""
    n_rows: int
    domains: Sequence[NamedDomain]
    n_duplicates: int
    rejected: Sequence[Rejected]
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    """What was changed or skipped, for users."""
    together: tuple[str, ...] = ()
    """Columns that may be read together, if more than one holds domains."""
    other_columns: tuple[str, ...] = ()
    """Names of the columns whose cells are kept with the domains and the rejected rows."""


class Cell(NamedTuple):
    """A row's cell in the chosen column; ``reason`` is set if the row can't be parsed."""

    row_number: int
    text: str
    reason: str = ""
    row: Sequence[str] = ()
    """All cells of the row."""
