"""Parsing of uploads: file -> domain names, with a reason for each rejected row.

    CSV TSV TXT (text.py), Parquet (parquet.py)  -> Table  -> one column's cells
    ZIP of images (archive.py)                   -> entries, named by domain
    cells or entries -> normalise (names.py) -> UploadReading

Files are untrusted: ``read_upload`` (reading.py) parses them in a limited child process.
In every reading, rows = domains + duplicates + rejected; blank lines are not rows.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

MAX_FILE_BYTES: Final = 2 << 30  # the upload limit, UPLOAD_MAX_BYTES, is lower
MAX_ROWS: Final = 1_000_000
MAX_COLUMNS: Final = 200
MAX_CELL_CHARS: Final = 4096
MAX_GIVEN_CHARS: Final = 300  # of a cell, kept for display
N_PREVIEW_ROWS: Final = 20
N_SAMPLE_ROWS: Final = 1000  # rows that columns are scored on

IMAGE_SUFFIX: Final = ".image"
"""Suffix of the names of images without a domain; not an existing top-level domain."""


class NamedDomain(NamedTuple):
    """One distinct domain and the rows it came from."""

    name: str
    """A-label, lower case, without www.; or a slug + ``IMAGE_SUFFIX`` for an unnamed image."""
    as_given: str
    row_numbers: tuple[int, ...]
    """1-based as in a spreadsheet: a header is row 1; entries of a ZIP count from 1."""
    member: str = ""
    """Name of the image in the ZIP, for ``archive.read_member``; not a path on disk."""


class Rejected(NamedTuple):
    """A row without a domain, and the reason as shown to users (at most 200 characters)."""

    row_number: int
    raw: str
    reason: str


class Column(NamedTuple):
    """A candidate for the domain column."""

    name: str
    score: float
    """Share of the sample's non-empty cells that are domains, in [0, 1]."""


@dataclass(frozen=True)
class UploadReading:
    """The parsed upload."""

    kind: str
    """``domains`` or ``images``."""
    file_type: str
    """``csv``, ``tsv``, ``txt``, ``parquet`` or ``zip``, detected from the content."""
    columns: tuple[Column, ...]
    column: str
    """The column that was read: the requested one, or the best guess."""
    has_header: bool
    preview: tuple[tuple[str, ...], ...]
    """The first ``N_PREVIEW_ROWS`` rows as parsed, one cell per column."""
    n_rows: int
    domains: tuple[NamedDomain, ...]
    n_duplicates: int
    rejected: tuple[Rejected, ...]
    warnings: tuple[str, ...] = ()


class Cell(NamedTuple):
    """A row's cell in the chosen column; ``reason`` is set if the row can't be parsed."""

    row_number: int
    text: str
    reason: str = ""


@dataclass(frozen=True)
class Table:
    """A parsed file: its first rows, and an iterator over one column."""

    file_type: str
    columns: tuple[str, ...]
    has_header: bool
    sample: tuple[tuple[str, ...], ...]
    """The first ``N_SAMPLE_ROWS`` rows, each padded to the number of columns."""
    cells: Callable[[int], Iterator[Cell]]
    warnings: tuple[str, ...] = ()
