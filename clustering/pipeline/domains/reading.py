"""Entry point: detects the file type by content and parses it in a limited child process."""

import json
from pathlib import Path
from typing import Any, Final

from clustering.pipeline import sandbox
from clustering.pipeline.domains import (
    MAX_FILE_BYTES,
    N_PREVIEW_ROWS,
    Column,
    NamedDomain,
    Rejected,
    Table,
    UploadReading,
    archive,
    parquet,
    text,
)
from clustering.pipeline.domains.intake_stats import IntakeStats
from clustering.pipeline.domains.names import as_shown, normalise
from clustering.pipeline.errors import ChildDied, InputError, UnreadableUpload

LIMITS: Final = sandbox.ProcessLimits(
    memory_bytes=5 << 29,  # address space: pyarrow reserves 1.1 GB; real use stays below 1 GB
    cpu_seconds=90,
    wall_seconds=120.0,
    answer_bytes=1 << 29,
)
_HINTS: Final = ("domain", "url", "website", "web", "host", "site", "homepage")
_ROWS_A_LINE: Final = 10_000
_HINT_WEIGHT: Final = 0.15  # bonus: a column named "domain" beats one of e-mail addresses


def read_upload(
    path: Path, column: str | None = None, limits: sandbox.ProcessLimits = LIMITS
) -> UploadReading:
    """Parse an uploaded file in a limited child process.

    Args:
        path: the file; its type is detected from the content, not from the name.
        column: name of the column with the domains; the best guess if None.
        limits: resource limits of the child process.

    Raises:
        UnreadableUpload: if the file is damaged, too large, of an unknown type, or exceeds
            the limits; the message says what to do.
        InputError: if there is no such column.
    """
    if not path.is_file():
        raise UnreadableUpload("The file is no longer on this server; upload it again")
    if path.stat().st_size > MAX_FILE_BYTES:
        raise UnreadableUpload(f"The file is larger than {MAX_FILE_BYTES >> 20} MB")
    request = {"path": str(path.resolve()), "column": column}
    target = "clustering.pipeline.domains.reading:serve"
    try:
        answer, payload = sandbox.call(target, request, b"", limits)
    except ChildDied as error:
        raise UnreadableUpload(
            "Reading the file takes more memory or time than allowed, so it is damaged or "
            "made to do harm; upload a plain CSV of the domains"
        ) from error
    return _unpacked(answer, payload)


def serve(request: dict[str, Any], body: bytes) -> tuple[dict[str, Any], bytes]:
    """Run in the child: metadata as the answer, rows as JSON in the payload."""
    return _packed(read_list(Path(request["path"]), column=request["column"]))


def read_list(path: Path, *, column: str | None) -> UploadReading:
    """Parse a file in this process; use ``read_upload`` for untrusted files.

    Raises:
        UnreadableUpload: if the file can't be parsed or has no rows.
        InputError: if there is no such column.
    """
    with path.open("rb") as file:
        magic = file.read(4)
    if magic in archive.MAGICS:
        reading = archive.read(path)
    else:
        reading = _read_table(_table(path, magic), column)
    if not reading.n_rows:
        raise UnreadableUpload("The file has no rows")
    return reading


def _table(path: Path, magic: bytes) -> Table:
    if magic == parquet.ENCRYPTED_MAGIC:
        raise UnreadableUpload("The Parquet file is encrypted; upload one that is not")
    return parquet.read(path) if magic == parquet.MAGIC else text.read(path)


def _read_table(table: Table, requested: str | None) -> UploadReading:
    if not table.columns:
        raise UnreadableUpload("The file has no rows")
    columns = tuple(
        Column(name, _score([row[index] for row in table.sample]))
        for index, name in enumerate(table.columns)
    )
    chosen = _guess(columns) if requested is None else _index(table.columns, requested)
    stats = IntakeStats()
    stats.count(table.cells(chosen))
    return UploadReading(
        kind="domains",
        file_type=table.file_type,
        columns=columns,
        column=columns[chosen].name,
        has_header=table.has_header,
        preview=tuple(tuple(map(as_shown, row)) for row in table.sample[:N_PREVIEW_ROWS]),
        n_rows=stats.n_rows,
        domains=tuple(stats.domains()),
        n_duplicates=stats.n_duplicates,
        rejected=tuple(stats.rejected),
        warnings=table.warnings,
    )


def _score(cells: list[str]) -> float:
    """Return the share of non-empty cells that are domains."""
    filled = [cell for cell in cells if cell.strip()]
    return sum(_is_domain(cell) for cell in filled) / max(1, len(filled))


def _is_domain(cell: str) -> bool:
    try:
        normalise(cell)
    except InputError:
        return False
    return True


def _guess(columns: tuple[Column, ...]) -> int:
    """Return the index of the best column; the leftmost on ties."""

    def weight(index: int) -> float:
        is_hinted = any(hint in columns[index].name.lower() for hint in _HINTS)
        return columns[index].score * (1 + _HINT_WEIGHT * is_hinted)

    return max(range(len(columns)), key=weight)


def _index(names: tuple[str, ...], requested: str) -> int:
    if requested not in names:
        raise InputError(
            f"The file has no column {as_shown(requested)!r}; it has {', '.join(names)}"
        )
    return names.index(requested)


def _packed(reading: UploadReading) -> tuple[dict[str, Any], bytes]:
    """Return metadata and rows; rows as JSON lines of 10,000, to bound the memory."""
    answer = {
        name: value for name, value in vars(reading).items() if name not in ("domains", "rejected")
    }
    payload = bytearray()
    for rows in (reading.domains, reading.rejected):
        for start in range(0, len(rows), _ROWS_A_LINE):
            chunk = rows[start : start + _ROWS_A_LINE]
            payload += json.dumps(chunk, ensure_ascii=False, separators=(",", ":")).encode()
            payload += b"\n"
        payload += b"\n"
    return answer, bytes(payload)


def _unpacked(answer: dict[str, Any], payload: bytes) -> UploadReading:
    domains, rejected = (
        [row for line in filter(None, part.split(b"\n")) for row in json.loads(line)]
        for part in _parts(payload)
    )
    return UploadReading(
        **{
            **answer,
            "columns": tuple(Column(*column) for column in answer["columns"]),
            "preview": tuple(tuple(row) for row in answer["preview"]),
            "warnings": tuple(answer["warnings"]),
            "domains": tuple(
                NamedDomain(name, given, tuple(numbers), member)
                for name, given, numbers, member in domains
            ),
            "rejected": tuple(Rejected(*row) for row in rejected),
        }
    )


def _parts(payload: bytes) -> tuple[bytes, bytes]:
    """Split the payload at its first blank line; JSON contains no raw line break."""
    if payload.startswith(b"\n"):
        return b"", payload[1:].rstrip(b"\n")
    domains, _, rejected = payload.partition(b"\n\n")
    return domains, rejected.rstrip(b"\n")
