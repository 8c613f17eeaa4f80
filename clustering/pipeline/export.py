"""Export formats, streamed: clusters.json, full JSON, CSV; deterministic."""

import csv
import json
from codecs import BOM_UTF8
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from unicodedata import category

SCHEMA = "logo-clusters/1"
OUTLIER = -1
# Spreadsheets run a cell that begins with one of these, also in their full-width forms, and some
# of them ignore any blanks, control characters and marks before it.
FORMULA_SIGNS = "=+-@\uff1d\uff0b\uff0d\uff20"
FORMULA_TRIGGERS = (*FORMULA_SIGNS, "\t", "\r")
UNSEEN = "CMZ"  # initials of the Unicode categories of such characters
PART_BYTES = 65_536


def _fields(value: object) -> dict[str, object]:
    """Return the fields of a dataclass; of an item, ``columns`` only where the upload has any.

    ``asdict`` copies deeply, which takes as long as the writing.
    """
    fields = dict(vars(value))
    if not fields.get("columns", True):
        del fields["columns"]
    return fields


ENCODER = json.JSONEncoder(
    default=_fields,
    ensure_ascii=False,
    allow_nan=False,
    check_circular=False,
    separators=(",", ":"),
)
CSV_COLUMNS = (
    "row_number",
    "domain",
    "as_given",
    "status",
    "error",
    "cluster_number",
    "cluster_name",
    "cluster_id",
    "label_source",
    "confidence",
    "outlier_score",
    "x",
    "y",
    "logo_sha256",
    "source",
    "source_url",
    "logo_phash",
    "file_mmh3",
    "file_md5",
    "file_sha256",
    "brand",
    "brand_id",
    "logo_words",
)


@dataclass(frozen=True)
class ExportCluster:
    """A cluster as exported; ``number`` counts from 0 by descending size."""

    id: str
    number: int
    name: str
    name_source: str
    size: int
    cohesion: float | None
    medoid_sha256: str
    split_from: str | None
    merged_from: Sequence[str]


@dataclass(frozen=True)
class ExportImage:
    """The logo of a domain and its source."""

    sha256: str
    phash: str
    width: int
    height: int
    source: str
    source_url: str
    fetched_at: str
    file_mmh3: int | None
    file_md5: str
    file_sha256: str
    words: str
    """Words read in the logo; empty if there are none, or if they were not read."""


@dataclass(frozen=True)
class ExportItem:
    """A domain as exported; ``cluster_number`` is -1 for outliers and None without a logo."""

    domain: str
    as_given: str
    row_numbers: Sequence[int]
    status: str
    error: str
    cluster_id: str | None
    cluster_number: int | None
    label_source: str
    edited_by: str
    edited_at: str
    confidence: float | None
    outlier_score: float | None
    xy: tuple[float, float] | None
    image: ExportImage | None
    decided_by: str
    """``machine``, ``placement``, ``merge`` or ``person``; empty outside the run."""
    brand_id: str | None = None
    """Of the brand layer; None for an outlier of no brand."""
    brand: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    """Cells of the other columns of the upload, by name."""


def clusters_json(groups: Iterable[tuple[int, Iterable[str]]]) -> Iterator[bytes]:
    """Yield ``{"0": ["a.de", ...], "-1": [...]}`` of cluster numbers with their domains."""
    return _parts(_clusters_lines(groups))


def groups(labels: Mapping[str, int]) -> Iterator[tuple[int, list[str]]]:
    """Yield clusters by number with their sorted domains, outliers last."""
    members: dict[int, list[str]] = {OUTLIER: []}
    for domain, label in labels.items():
        members.setdefault(label, []).append(domain)
    outliers = members.pop(OUTLIER)
    for number in sorted(members):
        yield number, sorted(members[number])
    yield OUTLIER, sorted(outliers)


def _clusters_lines(groups: Iterable[tuple[int, Iterable[str]]]) -> Iterator[bytes]:
    lead = "{\n "
    for number, names in groups:
        yield f'{lead}"{number}": ['.encode()
        separator, end = b"\n  ", b"]"
        for name in names:
            yield separator + _encode(name)
            separator, end = b",\n  ", b"\n ]"
        yield end
        lead = ",\n "
    yield b"\n}\n"


def full_json(
    head: dict[str, Any], clusters: Iterable[ExportCluster], items: Iterable[ExportItem]
) -> Iterator[bytes]:
    """Yield the full document: head (at once), clusters, one item a line.

    ``head`` holds JSON-able values about the data set and the run.
    """
    yield _encode({"schema": SCHEMA, **head})[:-1] + b',\n"clusters":[\n'
    yield from _parts(_separated(clusters, b""))
    yield b'\n],\n"items":['
    yield from _parts(_separated(items, b"\n"))
    yield b"\n]}\n"


def _separated(values: Iterable[object], lead: bytes) -> Iterator[bytes]:
    for value in values:
        yield lead + _encode(value)
        lead = b",\n"


def domains_csv(
    rows: Iterable[tuple[int, ExportItem, str]], columns: Iterable[str], separator: str = ","
) -> Iterator[bytes]:
    """Return CSV (UTF-8, every cell quoted) of row numbers, items and names of their clusters.

    ``columns`` are those of the upload that the items have.
    """
    return csv_sheet(csv_header(columns), (csv_row(*row) for row in rows), separator)


def csv_header(columns: Iterable[str]) -> list[str]:
    """Return the names of the cells of ``csv_row``."""
    return [*CSV_COLUMNS, *free_names(columns, CSV_COLUMNS)]


def free_names(names: Iterable[str], taken: Iterable[str], mark: str = " (upload)") -> list[str]:
    """Return the names of columns, those of an upload by default, with ``mark`` where taken.

    Case makes no difference, as to databases.
    """
    used = {name.casefold() for name in taken}
    free = []
    for name in names:
        shown = name
        while shown.casefold() in used:
            shown += mark
        used.add(shown.casefold())
        free.append(shown)
    return free


def csv_sheet(
    columns: Iterable[object], rows: Iterable[Iterable[object]], separator: str = ","
) -> Iterator[bytes]:
    """Yield CSV for spreadsheets, which know UTF-8 by the byte order mark only."""
    yield BOM_UTF8
    yield from csv_table(columns, rows, separator)


def csv_table(
    columns: Iterable[object], rows: Iterable[Iterable[object]], separator: str = ","
) -> Iterator[bytes]:
    """Yield CSV: the line of column names at once, then the rows."""
    # The writer returns what the file's write() returns.
    writer = csv.writer(
        _Lines(), delimiter=separator, quoting=csv.QUOTE_ALL, lineterminator="\r\n"
    )
    yield writer.writerow(map(_defused_cell, columns))
    yield from _parts(writer.writerow(map(_defused_cell, row)) for row in rows)


class _Lines:
    """A file that returns each line instead of keeping it."""

    def write(self, line: str) -> bytes:
        return line.encode()


def json_lines(values: Iterable[object]) -> Iterator[bytes]:
    """Yield one value a line."""
    return _parts(_encode(value) + b"\n" for value in values)


def json_list(values: Iterable[object]) -> Iterator[bytes]:
    """Yield the values of a JSON list, one a line, without its brackets."""
    return _parts(_separated(values, b""))


def csv_row(number: int, item: ExportItem, cluster_name: str) -> list[object]:
    """Return the cells of ``csv_header``."""
    image, xy = item.image, item.xy
    return [
        number,
        item.domain,
        item.as_given,
        item.status,
        item.error,
        "" if item.cluster_number is None else item.cluster_number,
        cluster_name,
        item.cluster_id or "",
        item.label_source,
        _number(item.confidence),
        _number(item.outlier_score),
        _number(xy[0] if xy else None),
        _number(xy[1] if xy else None),
        image.sha256 if image else "",
        image.source if image else "",
        image.source_url if image else "",
        image.phash if image else "",
        "" if image is None or image.file_mmh3 is None else image.file_mmh3,
        image.file_md5 if image else "",
        image.file_sha256 if image else "",
        item.brand,
        item.brand_id or "",
        image.words if image else "",
        *item.columns.values(),
    ]


def _defused_cell(cell: object) -> object:
    """Defuse a spreadsheet formula; numbers stay numbers."""
    return csv_cell(cell) if isinstance(cell, str) else cell


def csv_cell(text: str) -> str:
    """Escape ``text`` against formula injection in spreadsheets (OWASP, CSV injection)."""
    if "\n" not in text:  # nearly all
        return _defused(text)
    return "\n".join(map(_defused, text.split("\n")))


def restored(text: str) -> str:
    """Return the one line that ``csv_cell`` escaped."""
    return text[1:] if text.startswith("'") and _defused(text[1:]) == text else text


def _defused(line: str) -> str:
    if not line or line[0].isalnum():  # nearly all
        return line
    visible = next((n for n, one in enumerate(line) if category(one)[0] not in UNSEEN), 0)
    is_formula = line.startswith(FORMULA_TRIGGERS) or line[visible] in FORMULA_SIGNS
    return f"'{line}" if is_formula else line


def _number(value: float | None) -> float | str:
    """Six digits, unquoted: a minus sign in text would be escaped as a formula."""
    return "" if value is None else float(f"{value:.6g}")


def _encode(value: object) -> bytes:
    return ENCODER.encode(value).encode()


def _parts(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Join short lines: each part is one write of the web server."""
    part = bytearray()
    for line in lines:
        part += line
        if len(part) >= PART_BYTES:
            yield bytes(part)
            part.clear()
    if part:
        yield bytes(part)
