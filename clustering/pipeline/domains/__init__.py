"""Uploads -> domain names, with a reason for every row that gives none.

    CSV TSV TXT (text.py), Parquet (parquet.py)  -> Table  -> one column's cells
    ZIP of images (archive.py)                   -> entries, named by domain
    cells or entries -> normalise (names.py) -> UploadReading

Files are hostile: ``read_upload`` (reading.py) reads them in a limited child process.
In every reading, rows = domains + duplicates + rejected; blank lines are no rows.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

MAX_FILE_BYTES: Final = 2 << 30  # uploads have a lower limit of their own, UPLOAD_MAX_BYTES
MAX_ROWS: Final = 1_000_000
MAX_COLUMNS: Final = 200
MAX_CELL_CHARS: Final = 4096
MAX_GIVEN_CHARS: Final = 300  # what is kept of a cell to show it
N_PREVIEW_ROWS: Final = 20
N_SAMPLE_ROWS: Final = 1000  # rows by which columns are judged

IMAGE_SUFFIX: Final = ".image"
"""Ends the names of images that are named by no domain; no such top-level domain exists."""


class NamedDomain(NamedTuple):
    """One distinct domain and every row that gave it."""

    name: str
    """A-label, lower case, without www.; or a slug + ``IMAGE_SUFFIX`` for an unnamed image."""
    as_given: str
    row_numbers: tuple[int, ...]
    """1-based as a spreadsheet counts them: a header is row 1; entries of a ZIP count from 1."""
    member: str = ""
    """The image's name in the ZIP, for ``archive.read_member``; never a path on disk."""


class Rejected(NamedTuple):
    """A row that gave no domain, and why in words for a person (at most 200 characters)."""

    row_number: int
    raw: str
    reason: str


class Column(NamedTuple):
    """A column that may hold the domains."""

    name: str
    score: float
    """Share of the sample's filled cells that normalise, in [0, 1]."""


@dataclass(frozen=True)
class UploadReading:
    """All that a file says."""

    kind: str
    """``domains`` or ``images``."""
    file_type: str
    """``csv``, ``tsv``, ``txt``, ``parquet`` or ``zip``, by content."""
    columns: tuple[Column, ...]
    column: str
    """The column that was read: the one asked for, or the best guess."""
    has_header: bool
    preview: tuple[tuple[str, ...], ...]
    """The first ``N_PREVIEW_ROWS`` rows as parsed, one cell per column."""
    n_rows: int
    domains: tuple[NamedDomain, ...]
    n_duplicates: int
    rejected: tuple[Rejected, ...]
    warnings: tuple[str, ...] = ()


class Cell(NamedTuple):
    """One row's cell in the chosen column; ``reason`` is set where the row can't be read."""

    row_number: int
    text: str
    reason: str = ""


@dataclass(frozen=True)
class Table:
    """A parsed file: its head, and a way to stream one column."""

    file_type: str
    columns: tuple[str, ...]
    has_header: bool
    sample: tuple[tuple[str, ...], ...]
    """The first ``N_SAMPLE_ROWS`` rows, each padded to the number of columns."""
    cells: Callable[[int], Iterator[Cell]]
    warnings: tuple[str, ...] = ()
