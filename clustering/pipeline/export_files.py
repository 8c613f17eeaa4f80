"""Binary export formats, streamed: Parquet, XLSX, NumPy arrays and ZIP; deterministic."""

import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from io import BytesIO
from typing import Any, Final, NamedTuple
from xml.sax.saxutils import escape

import numpy as np
from numpy.typing import NDArray

from clustering.pipeline.export import PART_BYTES

MAX_SHEET_ROWS: Final = 1_048_576  # of a spreadsheet
_DATE: Final = (1980, 1, 1, 0, 0, 0)  # of all members, so that the same rows give the same bytes
_NOT_XML: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_MAIN: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE: Final = "http://schemas.openxmlformats.org/package/2006"
_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_DECLARATION: Final = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_NOT_IN_NAMES: Final = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*]+')


class Vectors(NamedTuple):
    """A column of vectors; rows without one are marked."""

    name: str
    rows: NDArray[np.float32]
    """Shape (n, d)."""
    is_missing: NDArray[np.bool]
    """Shape (n,)."""


class Member(NamedTuple):
    """A file of a ZIP, in parts; images are not compressed again."""

    name: str
    parts: Iterable[bytes]
    is_compressed: bool = True


class Sink:
    """A file for writing without seeking; ``taken`` returns what came since the last call."""

    closed = False

    def __init__(self) -> None:
        self._part = bytearray()
        self._n_written = 0

    def write(self, data: Any) -> int:
        """Append bytes or a buffer of them."""
        self._part += data
        n_bytes = memoryview(data).nbytes
        self._n_written += n_bytes
        return n_bytes

    def tell(self) -> int:
        """Return the number of bytes written."""
        return self._n_written

    def flush(self) -> None:
        """Do nothing; writers expect it."""

    def is_full(self) -> bool:
        """Whether a part is worth a write of the web server."""
        return len(self._part) >= PART_BYTES

    def taken(self) -> bytes:
        """Return the bytes since the last call."""
        part = bytes(self._part)
        self._part.clear()
        return part


def parquet(schema: Any, batches: Iterable[Any]) -> Iterator[bytes]:
    """Yield a Parquet file; each record batch becomes a row group.

    Args:
        schema: ``pyarrow.Schema``.
        batches: ``pyarrow.RecordBatch`` of that schema.
    """
    from pyarrow import parquet as writing  # heavy import

    sink = Sink()
    with writing.ParquetWriter(sink, schema, compression="zstd") as writer:
        for batch in batches:
            writer.write_batch(batch)
            yield sink.taken()
    yield sink.taken()


def record_batch(schema: Any, rows: Sequence[dict[str, object]], vectors: Vectors) -> Any:
    """Return rows as a ``pyarrow.RecordBatch``, with vectors as its last column."""
    import pyarrow as pa  # heavy import

    plain = pa.schema(list(schema)[:-1])
    batch = pa.RecordBatch.from_pylist(list(rows), plain)
    column = pa.FixedSizeListArray.from_arrays(
        pa.array(vectors.rows.ravel(), pa.float32()),
        vectors.rows.shape[1],
        mask=pa.array(vectors.is_missing),
    )
    return pa.RecordBatch.from_arrays([*batch.columns, column], schema=schema)


def npy(n_rows: int, dim: int, blocks: Iterable[NDArray[np.float32]]) -> Iterator[bytes]:
    """Yield an ``.npy`` file of shape (n_rows, dim), little-endian float32.

    Raises:
        ValueError: if the blocks have another number of rows.
    """
    head = BytesIO()
    shape = (n_rows, dim)
    np.lib.format.write_array_header_1_0(
        head, {"descr": "<f4", "fortran_order": False, "shape": shape}
    )
    yield head.getvalue()
    n_seen = 0
    for block in blocks:
        n_seen += len(block)
        yield np.ascontiguousarray(block, "<f4").tobytes()
    if n_seen != n_rows:
        raise ValueError(f"{n_rows} rows were announced, and {n_seen} came")


def zipped(members: Iterable[Member]) -> Iterator[bytes]:
    """Yield a ZIP of the members, in their order."""
    sink = Sink()
    # A ZipFile wants a whole file object, but uses only what Sink has.
    with zipfile.ZipFile(sink, "w") as archive:  # type: ignore[call-overload]
        for member in members:
            yield from _written(archive, sink, member)
    yield sink.taken()


def file_name(text: str, limit: int = 120) -> str:
    """Return ``text`` as a safe name of a file or folder on all systems."""
    plain = _NOT_IN_NAMES.sub("_", text[:limit]).strip(". ")
    return plain or "_"


def xlsx(columns: Sequence[str], rows: Iterable[Iterable[object]]) -> Iterator[bytes]:
    """Yield a workbook; further sheets hold what is beyond the limit of one."""
    sink = Sink()
    remaining = iter(rows)
    n_sheets = 0
    first = next(remaining, None)
    with zipfile.ZipFile(sink, "w") as book:  # type: ignore[call-overload]
        while first is not None or not n_sheets:
            n_sheets += 1
            sheet = _Sheet(columns, first, remaining)
            name = f"xl/worksheets/sheet{n_sheets}.xml"
            yield from _written(book, sink, Member(name, sheet.parts()))
            first = sheet.beyond
        for name, text in _frame(n_sheets).items():
            book.writestr(_info(Member(name, ())), _DECLARATION + text)
    yield sink.taken()


class _Sheet:
    """The lines of one sheet; ``beyond`` is the first row that it has no place for."""

    def __init__(
        self,
        columns: Sequence[str],
        first: Iterable[object] | None,
        remaining: Iterator[Iterable[object]],
    ) -> None:
        self._columns, self._first, self._remaining = columns, first, remaining
        self.beyond: Iterable[object] | None = None

    def parts(self) -> Iterator[bytes]:
        yield f'{_DECLARATION}<worksheet xmlns="{_MAIN}"><sheetData>'.encode()
        yield _line(self._columns)
        row, n_rows = self._first, 1
        while row is not None and n_rows < MAX_SHEET_ROWS:
            yield _line(row)
            row, n_rows = next(self._remaining, None), n_rows + 1
        self.beyond = row
        yield b"</sheetData></worksheet>"


def _written(archive: zipfile.ZipFile, sink: Sink, member: Member) -> Iterator[bytes]:
    with archive.open(_info(member), "w") as file:
        for part in member.parts:
            file.write(part)
            if sink.is_full():
                yield sink.taken()


def _info(member: Member) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(member.name, _DATE)
    info.compress_type = zipfile.ZIP_DEFLATED if member.is_compressed else zipfile.ZIP_STORED
    return info


def _line(cells: Iterable[object]) -> bytes:
    return ("<row>" + "".join(map(_cell, cells)) + "</row>").encode()


def _cell(value: object) -> str:
    if value is None or value == "":
        return "<c/>"
    if isinstance(value, int | float):
        return f"<c><v>{value}</v></c>"
    text = escape(_NOT_XML.sub("\ufffd", str(value)))
    return f'<c t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'


def _frame(n_sheets: int) -> dict[str, str]:
    """Return the other files of a workbook."""
    numbers = range(1, n_sheets + 1)
    sheets = "".join(f'<sheet name="Sheet{n}" sheetId="{n}" r:id="r{n}"/>' for n in numbers)
    links = "".join(
        f'<Relationship Id="r{n}" Type="{_OFFICE}/worksheet" Target="worksheets/sheet{n}.xml"/>'
        for n in numbers
    )
    types = "".join(
        f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{_TYPE}.worksheet+xml"/>'
        for n in numbers
    )
    return {
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>{sheets}'
        "</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">{links}'
        "</Relationships>",
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="r0" '
        f'Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="xml" ContentType="application/xml"/><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>{types}'
        "</Types>",
    }
