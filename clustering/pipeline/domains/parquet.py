"""Parquet reader: checks the footer, then streams batches of columns with text or numbers."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any, Final

from clustering.pipeline.domains import (
    MAX_CELL_CHARS,
    MAX_COLUMNS,
    MAX_ROWS,
    Source,
    opened,
)
from clustering.pipeline.domains.json_records import flattened
from clustering.pipeline.domains.names import as_shown
from clustering.pipeline.domains.other_columns import MAX_OTHER_COLUMNS
from clustering.pipeline.domains.table import Record, Sheet
from clustering.pipeline.errors import UnreadableUpload

MAGIC: Final = b"PAR1"
ENCRYPTED_MAGIC: Final = b"PARE"
MAX_DATA_BYTES: Final = 200 << 20
MAX_NAME_CHARS: Final = 80
MAX_LEAVES: Final = 5_000  # columns of all types, with those inside of nested ones
N_NAMED_ROWS: Final = 1_000  # whose nested fields become columns
_BATCH_ROWS: Final = 10_000
_FOOTER_LIMITS: Final = {
    "thrift_string_size_limit": 10_000_000,
    "thrift_container_size_limit": 100_000,
}
_DICTIONARY: Final = frozenset(("PLAIN_DICTIONARY", "RLE_DICTIONARY"))


def read(source: Source) -> Sheet:
    """Return the columns of a Parquet file; nested fields become ``site.url``.

    Besides all columns with text, the first ones with numbers or times are read, to be kept with
    the domains. Columns are addressed by position, as names may repeat or contain dots.

    Raises:
        UnreadableUpload: if it is damaged, encrypted, too large, or has no text column.
    """
    columns, dictionaries = _columns(source)
    first = next(_batches(source, dictionaries), None)
    paths = _paths(columns, first)
    if not paths:
        raise UnreadableUpload("The Parquet file has no column of text")

    def records() -> Iterator[Record]:
        number = 0
        for batch in _batches(source, dictionaries):
            found = {
                (index, path): texts
                for index, name in columns.items()
                for path, texts in _of_column(batch.column(index), name, len(batch)).items()
            }
            empty = [""] * len(batch)
            for row in zip(*[found.get(one, empty) for one in paths], strict=True):
                number += 1
                yield Record(number, list(row))

    return Sheet("parquet", records, names=tuple(path for _, path in paths))


def _columns(source: Source) -> tuple[dict[int, str], list[str]]:
    """Return position -> name of the columns, and those to read as dictionaries."""
    import pyarrow as pa  # heavy import
    from pyarrow import parquet

    try:
        with opened(source) as raw, parquet.ParquetFile(raw, **_FOOTER_LIMITS) as file:
            _check_footer(file.metadata)
            schema, dictionaries = file.schema_arrow, _dictionaries(file.metadata)
    except (pa.ArrowException, OSError) as error:
        raise UnreadableUpload("The Parquet file is damaged or incomplete") from error
    texts = [index for index, field in enumerate(schema) if _has_text(field.type)]
    if not texts:
        raise UnreadableUpload("The Parquet file has no column of text")
    if len(texts) > MAX_COLUMNS:
        raise UnreadableUpload(
            f"The file has {len(texts):,} columns of text; {MAX_COLUMNS:,} are allowed"
        )
    numbers = [index for index, field in enumerate(schema) if _is_number(field.type)]
    read = sorted([*texts, *numbers[:MAX_OTHER_COLUMNS]])
    given = {index: as_shown(schema.field(index).name, MAX_NAME_CHARS).strip() for index in read}
    return {index: name or f"Column {index + 1}" for index, name in given.items()}, dictionaries


def _is_number(kind: Any) -> bool:
    """Whether values are numbers, dates, times, or true and false."""
    import pyarrow as pa

    return bool(pa.types.is_primitive(kind) or pa.types.is_decimal(kind))


def _dictionaries(metadata: Any) -> list[str]:
    """Return the paths of columns that are stored as dictionaries in all row groups.

    Others, such as delta encodings, can't be read as dictionaries.
    """
    paths: dict[str, bool] = {}
    for group in range(metadata.num_row_groups):
        for index in range(metadata.num_columns):
            column = metadata.row_group(group).column(index)
            is_one = bool(_DICTIONARY & set(column.encodings)) and not any(
                "DELTA" in name for name in column.encodings
            )
            is_text = column.physical_type == "BYTE_ARRAY"
            path = column.path_in_schema
            paths[path] = paths.get(path, True) and is_one and is_text
    return [path for path, is_dictionary in paths.items() if is_dictionary]


def _check_footer(metadata: Any) -> None:
    """Check the declared sizes; the memory limit of the child covers a false footer."""
    if metadata.num_rows > MAX_ROWS:
        raise UnreadableUpload(
            f"The file has {metadata.num_rows:,} rows; {MAX_ROWS:,} are allowed"
        )
    if metadata.num_columns > MAX_LEAVES:
        raise UnreadableUpload(
            f"The file has {metadata.num_columns:,} columns; {MAX_LEAVES:,} are allowed"
        )
    groups = range(metadata.num_row_groups)
    n_bytes = sum(metadata.row_group(group).total_byte_size for group in groups)
    if n_bytes > MAX_DATA_BYTES:
        raise UnreadableUpload(
            f"The file unpacks to {n_bytes >> 20:,} MB; {MAX_DATA_BYTES >> 20} MB are allowed"
        )


def _has_text(kind: Any) -> bool:
    import pyarrow as pa

    if pa.types.is_dictionary(kind):
        return _has_text(kind.value_type)
    if pa.types.is_nested(kind):
        return any(_has_text(kind.field(index).type) for index in range(kind.num_fields))
    return _is_text(kind)


def _is_text(kind: Any) -> bool:
    import pyarrow as pa

    tests = (
        pa.types.is_string,
        pa.types.is_large_string,
        pa.types.is_string_view,
        pa.types.is_binary,
        pa.types.is_large_binary,
        pa.types.is_binary_view,
        pa.types.is_fixed_size_binary,
    )
    return any(test(kind) for test in tests) and not pa.types.is_decimal(kind)


def _batches(source: Source, dictionaries: list[str]) -> Iterator[Any]:
    """Yield batches with dictionary columns, so that a repeated huge value is held once."""
    import pyarrow as pa
    from pyarrow import parquet

    try:
        with (
            opened(source) as raw,
            parquet.ParquetFile(raw, read_dictionary=dictionaries, **_FOOTER_LIMITS) as file,
        ):
            yield from file.iter_batches(_BATCH_ROWS, use_threads=False)
    except (pa.ArrowException, OSError) as error:
        raise UnreadableUpload("The Parquet file is damaged or incomplete") from error


def _paths(columns: dict[int, str], first: Any | None) -> list[tuple[int, str]]:
    """Return position and name of what becomes a column; a nested one gives several."""
    if first is None:
        return list(columns.items())
    paths = [
        (index, path)
        for index, name in columns.items()
        for path in _of_column(first.column(index), name, N_NAMED_ROWS)
    ]
    return paths[:MAX_COLUMNS]


def _of_column(column: Any, name: str, n_rows: int) -> dict[str, list[str]]:
    """Return the texts of a column by name; a nested one gives several."""
    import pyarrow as pa

    column = column[:n_rows]
    if not pa.types.is_nested(column.type):
        return {name: _texts(column)}
    found: dict[str, list[str]] = {}
    for number, value in enumerate(column.to_pylist(maps_as_pydicts="lossy")):
        for path, text in flattened(value, name).items():
            found.setdefault(path, [""] * len(column))[number] = text
    return found


def _texts(column: Any) -> list[str]:
    """Return the values, truncated to the cell limit; null and "not a number" are empty."""
    import pyarrow as pa
    from pyarrow import compute

    if _is_number(column.type):
        with suppress(pa.ArrowException):
            texts = column.cast(pa.string()).to_pylist()
            return ["" if text in {None, "nan"} else text for text in texts]
        return [""] * len(column)  # such as times in a zone that this machine does not know
    try:
        if pa.types.is_dictionary(column.type):
            values = compute.utf8_slice_codeunits(_utf8(column.dictionary), 0, MAX_CELL_CHARS + 1)
            texts = values.to_pylist()
            return ["" if i is None else texts[i] or "" for i in column.indices.to_pylist()]
        short = compute.utf8_slice_codeunits(_utf8(column), 0, MAX_CELL_CHARS + 1)
        return [text or "" for text in short.to_pylist()]
    except (pa.ArrowException, UnicodeDecodeError) as error:
        raise UnreadableUpload("The Parquet file holds text that is not UTF-8") from error


def _utf8(column: Any) -> Any:
    """Return the column as strings; views and binary are cast, which checks the UTF-8."""
    import pyarrow as pa

    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        return column
    if not pa.types.is_fixed_size_binary(column.type):
        with suppress(pa.ArrowInvalid):
            return column.cast(pa.large_string())
    from pyarrow import compute

    values = column.cast(pa.large_binary())
    short = compute.binary_slice(values, 0, 4 * MAX_CELL_CHARS).to_pylist()
    return pa.array([value and _decoded(value) for value in short], pa.large_string())


def _decoded(value: bytes) -> str:
    plain = value.rstrip(b"\0")
    try:
        return plain.decode("utf-8")
    except UnicodeDecodeError:
        return plain.decode("cp1252", "replace")
