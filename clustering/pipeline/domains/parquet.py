"""Parquet reader: checks the footer, then streams batches of one text column."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from clustering.pipeline.domains import (
    MAX_CELL_CHARS,
    MAX_COLUMNS,
    MAX_ROWS,
    N_SAMPLE_ROWS,
    Cell,
    Table,
)
from clustering.pipeline.domains.names import as_shown
from clustering.pipeline.errors import UnreadableUpload

MAGIC: Final = b"PAR1"
ENCRYPTED_MAGIC: Final = b"PARE"
MAX_DATA_BYTES: Final = 200 << 20
MAX_NAME_CHARS: Final = 200
_BATCH_ROWS: Final = 10_000
_FOOTER_LIMITS: Final = {
    "thrift_string_size_limit": 10_000_000,
    "thrift_container_size_limit": 100_000,
}


def read(path: Path) -> Table:
    """Return the text columns of the Parquet file ``path`` as a table.

    Raises:
        UnreadableUpload: if it is damaged, encrypted, too large, or has no text column.
    """
    names = _text_columns(path)
    batch = next(_batches(path, names), None)
    sample: list[list[str]] = [_texts(column, N_SAMPLE_ROWS) for column in batch or []]
    return Table(
        file_type="parquet",
        columns=tuple(names),
        has_header=False,
        sample=tuple(zip(*[map(as_shown, column) for column in sample], strict=True)),
        cells=lambda column: _cells(path, names[column]),
    )


def _text_columns(path: Path) -> list[str]:
    """Return the names of the text columns, after checking the footer."""
    import pyarrow as pa  # heavy import
    from pyarrow import parquet

    try:
        with parquet.ParquetFile(path, **_FOOTER_LIMITS) as file:
            _check_footer(file.metadata)
            schema = file.schema_arrow
    except (pa.ArrowException, OSError) as error:
        raise UnreadableUpload("The Parquet file is damaged or incomplete") from error
    names = [field.name for field in schema if _is_text(field.type)]
    names = [name for name in names if names.count(name) == 1 and _is_plain(name)]
    if not names:
        raise UnreadableUpload("The Parquet file has no column of text")
    return names


def _is_plain(name: str) -> bool:
    """Whether the name can be stored and shown; a dot marks a nested field."""
    return "." not in name and name.isprintable() and 0 < len(name) <= MAX_NAME_CHARS


def _check_footer(metadata: Any) -> None:
    """Check the declared sizes; the memory limit of the child covers a false footer."""
    if metadata.num_rows > MAX_ROWS:
        raise UnreadableUpload(
            f"The file has {metadata.num_rows:,} rows; {MAX_ROWS:,} are allowed"
        )
    if metadata.num_columns > MAX_COLUMNS:
        raise UnreadableUpload(
            f"The file has {metadata.num_columns:,} columns; {MAX_COLUMNS} are allowed"
        )
    groups = range(metadata.num_row_groups)
    n_bytes = sum(metadata.row_group(group).total_byte_size for group in groups)
    if n_bytes > MAX_DATA_BYTES:
        raise UnreadableUpload(
            f"The file unpacks to {n_bytes >> 20:,} MB; {MAX_DATA_BYTES >> 20} MB are allowed"
        )


def _is_text(kind: Any) -> bool:
    import pyarrow as pa

    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _batches(path: Path, names: list[str]) -> Iterator[Any]:
    """Yield batches with dictionary columns, so that a repeated huge value is held once."""
    import pyarrow as pa
    from pyarrow import parquet

    try:
        with parquet.ParquetFile(path, read_dictionary=names, **_FOOTER_LIMITS) as file:
            yield from file.iter_batches(_BATCH_ROWS, columns=names, use_threads=False)
    except (pa.ArrowException, OSError) as error:
        raise UnreadableUpload("The Parquet file is damaged or incomplete") from error


def _cells(path: Path, name: str) -> Iterator[Cell]:
    number = 0
    for batch in _batches(path, [name]):
        for text in _texts(batch.column(0), len(batch)):
            number += 1
            yield Cell(number, text)


def _texts(column: Any, n_rows: int) -> list[str]:
    """Return the first ``n_rows`` values, truncated to the cell limit; null is empty."""
    import pyarrow as pa
    from pyarrow import compute

    column = column[:n_rows]
    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    try:
        short = compute.utf8_slice_codeunits(column.dictionary, 0, MAX_CELL_CHARS + 1)
        values = short.to_pylist()
    except (pa.ArrowException, UnicodeDecodeError) as error:
        raise UnreadableUpload("The Parquet file holds text that is no UTF-8") from error
    return ["" if index is None else values[index] or "" for index in column.indices.to_pylist()]
