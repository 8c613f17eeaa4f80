"""Parquet files of a bulk run in one folder, on disk or in an object store."""

import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO, Final
from uuid import uuid4

import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import fs

DIGITS: Final = 6  # of the number in a file name: up to a million shards of a stage


class Store:
    """Files by stage and number below ``root``: a path, or an address such as s3://bucket/run.

    A file appears whole or not at all: on disk it is renamed when it is complete, in an object
    store an upload that was not finished leaves nothing.
    """

    def __init__(self, root: str) -> None:
        self.root = root
        if "://" in root:
            self._files, self._base = fs.FileSystem.from_uri(root)
        else:
            self._files, self._base = fs.LocalFileSystem(), root
        self._is_local = isinstance(self._files, fs.LocalFileSystem)

    def path(self, stage: str, number: int) -> str:
        """Return the path of a file of a stage."""
        return f"{self._base}/{stage}/{number:0{DIGITS}}.parquet"

    def finished(self, stage: str) -> set[int]:
        """Return the numbers of the files of a stage."""
        selector = fs.FileSelector(f"{self._base}/{stage}", allow_not_found=True)
        names = [info.base_name for info in self._files.get_file_info(selector)]
        return {int(name[:DIGITS]) for name in names if name[0].isdigit()}

    def remove_unfinished(self, stage: str) -> None:
        """Remove what writers that died left; only while no task of the stage runs."""
        if self._is_local:
            for left in Path(self._base, stage).glob(".*"):
                left.unlink(missing_ok=True)

    def n_bytes(self, stage: str) -> int:
        """Return the total size of the files of a stage."""
        selector = fs.FileSelector(f"{self._base}/{stage}", allow_not_found=True)
        return sum(info.size or 0 for info in self._files.get_file_info(selector))

    def write(self, stage: str, number: int, row_groups: Iterable[pa.Table]) -> None:
        """Write one file; each table, also an empty one, is one row group."""
        with self._written(self.path(stage, number)) as stream:
            writer = None
            for table in row_groups:
                if writer is None:
                    writer = pq.ParquetWriter(
                        stream,
                        table.schema,
                        compression=_compression(table.schema),
                        use_dictionary=[],  # numbers that hardly repeat
                        write_statistics=False,
                    )
                writer.write_table(table, row_group_size=max(1, len(table)))
            if writer is None:
                raise ValueError(f"{stage} {number} has no row group")
            writer.close()

    def write_bytes(self, name: str, content: bytes) -> None:
        """Write a file below the root."""
        with self._written(f"{self._base}/{name}") as stream:
            stream.write(content)

    def read_bytes(self, name: str) -> bytes | None:
        """Return the content of a file below the root; None if it does not exist."""
        try:
            with self._files.open_input_stream(f"{self._base}/{name}") as stream:
                return bytes(stream.read())
        except FileNotFoundError:
            return None

    def read(self, stage: str, number: int, columns: list[str] | None = None) -> pa.Table:
        """Return a whole file."""
        with self._opened(stage, number) as file:
            return file.read(columns=columns)

    def read_group(
        self, stage: str, number: int, group: int, columns: list[str] | None = None
    ) -> pa.Table:
        """Return one row group of a file."""
        with self._opened(stage, number) as file:
            return file.read_row_group(group, columns=columns)

    def n_rows(self, stage: str, number: int) -> int:
        """Return the number of rows of a file, from its footer."""
        with self._opened(stage, number) as file:
            return int(file.metadata.num_rows)

    @contextmanager
    def _opened(self, stage: str, number: int) -> Iterator[pq.ParquetFile]:
        with (
            self._files.open_input_file(self.path(stage, number)) as stream,
            pq.ParquetFile(stream) as file,
        ):
            yield file

    @contextmanager
    def _written(self, path: str) -> Iterator[BinaryIO]:
        folder, _, name = path.rpartition("/")
        self._files.create_dir(folder, recursive=True)
        if self._is_local:
            unfinished = Path(folder) / f".{name}.{uuid4().hex}"
            try:
                with unfinished.open("wb") as stream:
                    yield stream
                    stream.flush()
                    os.fsync(stream.fileno())
                unfinished.replace(path)
            finally:
                unfinished.unlink(missing_ok=True)
        else:
            with TemporaryFile() as stream:
                yield stream
                stream.seek(0)
                with self._files.open_output_stream(path) as upload:
                    shutil.copyfileobj(stream, upload)


def _compression(schema: pa.Schema) -> dict[str, str]:
    """Return the compression of each column: none of vectors, which would shrink by 8 %."""
    found = {}
    for field in schema:
        is_list = pa.types.is_list(field.type)
        path = f"{field.name}.list.element" if is_list else field.name
        found[path] = "none" if pa.types.is_fixed_size_binary(field.type) else "zstd"
    return found
