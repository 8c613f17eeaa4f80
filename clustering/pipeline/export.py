"""Export formats: clusters.json, full JSON, CSV; deterministic."""

import csv
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from typing import Any

SCHEMA = "logo-clusters/1"
OUTLIER = -1
# Spreadsheets run a cell that begins with one of these, also in their full-width forms.
FORMULA_TRIGGERS = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
BLANKS = " \u00a0\u3000"
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


def clusters_json(labels: Mapping[str, int]) -> bytes:
    """Return ``{"0": ["a.de", ...], ..., "-1": [...]}`` of domain -> label, outliers last."""
    members: dict[int, list[str]] = {OUTLIER: []}
    for domain, label in labels.items():
        members.setdefault(label, []).append(domain)
    outliers = members.pop(OUTLIER)
    document = {str(number): sorted(members[number]) for number in sorted(members)}
    document[str(OUTLIER)] = sorted(outliers)
    return _dump(document, indent=1) + b"\n"


def full_json(
    head: dict[str, Any], clusters: Sequence[ExportCluster], items: Iterable[ExportItem]
) -> Iterator[bytes]:
    """Yield the full document piece by piece: head, clusters, one item a line.

    ``head`` holds JSON-able values about the data set and the run.
    """
    yield _dump({"schema": SCHEMA, **head})[:-1] + b',\n"clusters":[\n'
    yield b",\n".join(_dump(cluster) for cluster in clusters)
    yield b'\n],\n"items":['
    separator = b"\n"
    for item in items:
        yield separator + _dump(item)
        separator = b",\n"
    yield b"\n]}\n"


def domains_csv(clusters: Sequence[ExportCluster], items: Iterable[ExportItem]) -> Iterator[bytes]:
    """Yield CSV (UTF-8, every cell quoted): one line per row of the upload, in its order."""
    names = {cluster.number: cluster.name for cluster in clusters}
    rows = sorted(
        ((number, item) for item in items for number in item.row_numbers),
        key=lambda row: (row[0], row[1].domain),
    )
    yield csv_line(CSV_COLUMNS)
    for number, item in rows:
        yield csv_line(_csv_row(number, item, names))


def _csv_row(number: int, item: ExportItem, names: dict[int, str]) -> list[object]:
    image, xy = item.image, item.xy
    cluster_number = "" if item.cluster_number is None else item.cluster_number
    return [
        number,
        item.domain,
        item.as_given,
        item.status,
        item.error,
        cluster_number,
        names.get(cluster_number, "") if isinstance(cluster_number, int) else "",
        item.cluster_id or "",
        item.label_source,
        _number(item.confidence),
        _number(item.outlier_score),
        _number(xy[0] if xy else None),
        _number(xy[1] if xy else None),
        image.sha256 if image else "",
        image.source if image else "",
        image.source_url if image else "",
    ]


def csv_line(cells: Iterable[object]) -> bytes:
    """Return one line of CSV, quoted, with spreadsheet formulas defused; numbers stay numbers."""
    out = StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow([csv_cell(cell) if isinstance(cell, str) else cell for cell in cells])
    return out.getvalue().encode()


def csv_cell(text: str) -> str:
    """Return ``text`` so that no spreadsheet takes it for a formula (OWASP, CSV injection)."""
    lines = text.split("\n")
    return "\n".join(_defused(line) for line in lines)


def _defused(line: str) -> str:
    return f"'{line}" if line.lstrip(BLANKS).startswith(FORMULA_TRIGGERS) else line


def _number(value: float | None) -> float | str:
    """Six digits, as a number: a minus sign in text would be taken for a formula."""
    return "" if value is None else float(f"{value:.6g}")


def _dump(value: object, *, indent: int | None = None) -> bytes:
    separators = (",", ": ") if indent else (",", ":")
    text = json.dumps(
        value,
        default=vars,  # a dataclass as its fields; asdict copies deeply, at half of the time
        ensure_ascii=False,
        allow_nan=False,
        indent=indent,
        separators=separators,
    )
    return text.encode()
