"""Entry point: detects the file type by content and parses it in a limited child process."""

import json
import math
from itertools import islice
from pathlib import Path
from typing import Any, Final

from clustering.pipeline import sandbox
from clustering.pipeline.domains import (
    MAX_FILE_BYTES,
    MAX_ROWS,
    N_PREVIEW_ROWS,
    Column,
    NamedDomain,
    Rejected,
    Source,
    UploadReading,
    formats,
    joined,
)
from clustering.pipeline.domains.intake_stats import IntakeStats, too_many_rows
from clustering.pipeline.domains.names import as_shown
from clustering.pipeline.domains.other_columns import OtherColumns
from clustering.pipeline.domains.packed_rows import ROWS_A_LINE, PackedRows
from clustering.pipeline.domains.table import Sheet, Table, chosen_columns, scored, tabulate
from clustering.pipeline.errors import ChildDied, UnreadableUpload

LIMITS: Final = sandbox.ProcessLimits(
    memory_bytes=5 << 29,  # address space: pyarrow reserves 1.1 GB; real use stays below 1 GB
    cpu_seconds=90,  # a million rows take 20 to 35
    wall_seconds=600.0,  # on a busy machine; the worker renews its lease meanwhile
    answer_bytes=1 << 29,
)
"""Of lists with up to ``ROWS_OF_LIMITS`` rows."""
ROWS_OF_LIMITS: Final = 1_000_000
BYTES_PER_MILLION: Final = 1 << 29  # of further rows
PASTED_LIMITS: Final = sandbox.ProcessLimits(
    memory_bytes=5 << 29, cpu_seconds=10, wall_seconds=20.0, answer_bytes=64 << 20
)
_TUPLES: Final = ("warnings", "notes", "together", "other_columns")


def read_upload(
    path: Path,
    column: str | None = None,
    limits: sandbox.ProcessLimits | None = None,
    max_rows: int = ROWS_OF_LIMITS,
) -> UploadReading:
    """Parse an uploaded file in a limited child process.

    Args:
        path: the file; its type is detected from the content, not from the name.
        column: name of the column with the domains; the best guess if None.
        limits: resource limits of the child process; ``limits_for(max_rows)`` if None.
        max_rows: rows that the file may have, at most ``MAX_ROWS``.

    Raises:
        UnreadableUpload: if the file is damaged, too large, of an unknown type, or exceeds
            the limits; the message says what to do.
        InputError: if there is no such column.
    """
    if not path.is_file():
        raise UnreadableUpload("The file is no longer on this server; upload it again")
    if path.stat().st_size > MAX_FILE_BYTES:
        raise UnreadableUpload(f"The file is larger than {MAX_FILE_BYTES >> 20} MB")
    request = {"path": str(path.resolve()), "column": column, "max_rows": max_rows}
    return _read_in_child(request, b"", limits or limits_for(max_rows))


def limits_for(max_rows: int) -> sandbox.ProcessLimits:
    """Return resource limits that suffice for a list of ``max_rows`` rows.

    10,000,000 rows of an id and a domain take 215 seconds of CPU and 2.2 GB.
    """
    times = max(1, math.ceil(max_rows / ROWS_OF_LIMITS))
    return sandbox.ProcessLimits(
        memory_bytes=LIMITS.memory_bytes + (times - 1) * BYTES_PER_MILLION,
        cpu_seconds=LIMITS.cpu_seconds * times,
        wall_seconds=LIMITS.wall_seconds * times,
        answer_bytes=LIMITS.answer_bytes + (times - 1) * (BYTES_PER_MILLION >> 2),
    )


def read_pasted(text: str, max_rows: int = ROWS_OF_LIMITS) -> UploadReading:
    """Parse a pasted list like an uploaded one, in a limited child process.

    Raises:
        UnreadableUpload: if it has no rows, or more than ``max_rows``.
    """
    request = {"path": "", "column": None, "max_rows": max_rows}
    return _read_in_child(request, text.encode("utf-8", "replace"), PASTED_LIMITS)


def _read_in_child(
    request: dict[str, Any], body: bytes, limits: sandbox.ProcessLimits
) -> UploadReading:
    target = "clustering.pipeline.domains.reading:serve"
    try:
        answer, payload = sandbox.call(target, request, body, limits)
    except ChildDied as error:
        raise UnreadableUpload(
            "Reading the file takes more memory or time than allowed, so it may be damaged or "
            "malicious; upload a plain CSV of the domains"
        ) from error
    return _unpacked(answer, payload.split(b"\n"))  # none within, as JSON escapes it


def serve(request: dict[str, Any], body: bytes) -> tuple[dict[str, Any], bytes]:
    """Run in the child: metadata as the answer, rows as JSON in the payload."""
    source = Path(request["path"]) if request["path"] else body
    reading = read_list(source, column=request["column"], max_rows=request["max_rows"])
    answer, rows = _packed(reading)
    return answer, b"\n".join(rows)


def read_list(source: Source, *, column: str | None, max_rows: int = MAX_ROWS) -> UploadReading:
    """Parse a file in this process; use ``read_upload`` for untrusted files.

    Raises:
        UnreadableUpload: if the file can't be parsed or has no rows.
        InputError: if there is no such column.
    """
    found = formats.read(source)
    reading = _read_table(found, column, max_rows) if isinstance(found, Sheet) else found
    if reading.n_rows > max_rows:
        raise UnreadableUpload(too_many_rows(max_rows))
    if not reading.n_rows:
        raise UnreadableUpload("The file has no rows")
    return reading


def _read_table(source: Sheet, requested: str | None, max_rows: int) -> UploadReading:
    table = tabulate(source)
    columns, best = scored(table)
    chosen, together = chosen_columns(columns, best, requested)
    # In a list, all cells of a row are domains.
    read = range(len(table.columns)) if table.is_list else chosen
    stats = IntakeStats(max_rows, OtherColumns(table.columns, table.sample, read))
    stats.count(table.cells(chosen))
    other_columns = stats.others.names()
    return UploadReading(
        kind="domains",
        file_type=source.file_type,
        columns=columns,
        column=joined(tuple(columns[index].name for index in chosen)),
        has_header=table.has_header,
        preview=tuple(tuple(map(as_shown, row)) for row in islice(table.sample, N_PREVIEW_ROWS)),
        n_rows=stats.n_rows,
        domains=PackedRows.of(stats.domains(), _domain),
        n_duplicates=stats.n_duplicates,
        rejected=PackedRows.of(stats.rejected(), Rejected._make),
        warnings=source.warnings,
        notes=(
            *stats.notes(),
            *stats.others.notes(),
            *_notes_on_rows(table),
            *table.source.notes(),
        ),
        together=together,
        other_columns=other_columns,
    )


def _notes_on_rows(table: Table) -> tuple[str, ...]:
    lines = "line" if table.n_above == 1 else "lines"
    return (f"Text above the header was skipped ({table.n_above} {lines})",) * bool(table.n_above)


def dump(reading: UploadReading, file: Path) -> None:
    """Write the reading to a file, for ``load``."""
    answer, rows = _packed(reading)
    with file.open("wb") as handle:
        handle.writelines(line + b"\n" for line in (json.dumps(answer).encode(), *rows))


def load(file: Path) -> UploadReading:
    """Return the reading that ``dump`` wrote; raises FileNotFoundError."""
    with file.open("rb") as handle:
        answer, *rows = map(bytes.rstrip, handle)
    return _unpacked(json.loads(answer), rows)


def _packed(reading: UploadReading) -> tuple[dict[str, Any], list[bytes]]:
    """Return metadata with the numbers of rows, and the rows as lines of JSON."""
    domains = PackedRows.of(reading.domains, _domain)
    rejected = PackedRows.of(reading.rejected, Rejected._make)
    answer = vars(reading) | {"domains": len(domains), "rejected": len(rejected)}
    return answer, [*domains.lines, *rejected.lines]


def _unpacked(answer: dict[str, Any], rows: list[bytes]) -> UploadReading:
    n_lines = math.ceil(answer["domains"] / ROWS_A_LINE)
    return UploadReading(
        **{
            **answer,
            **{name: tuple(answer[name]) for name in _TUPLES},
            "columns": tuple(Column(*column) for column in answer["columns"]),
            "preview": tuple(tuple(row) for row in answer["preview"]),
            "domains": PackedRows(answer["domains"], rows[:n_lines], _domain),
            "rejected": PackedRows(answer["rejected"], rows[n_lines:], Rejected._make),
        }
    )


def _domain(row: list[Any]) -> NamedDomain:
    name, given, numbers, member, cells = row
    return NamedDomain(name, given, tuple(numbers), member, cells)
