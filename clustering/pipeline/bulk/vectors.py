"""Vectors as a Parquet column of half-precision numbers, and back."""

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from clustering.pipeline.embedders.stored import unit_rows

HALF = np.dtype("<f2")
LOADED_ROWS = 1_024  # normalised at once, in the cache of the processor


def as_column(vectors: NDArray[np.floating]) -> pa.FixedSizeBinaryArray:
    """Return rows, shape (n, d), as a column."""
    half = np.ascontiguousarray(vectors, dtype=HALF)
    kind = pa.binary(half.shape[1] * HALF.itemsize)
    return pa.Array.from_buffers(kind, len(half), [None, pa.py_buffer(half)])


def half_rows(column: pa.ChunkedArray) -> NDArray[np.float16]:
    """Return the rows of a column as stored, shape (n, d)."""
    width = column.type.byte_width
    parts = [
        np.frombuffer(chunk.buffers()[1], np.uint8)[
            chunk.offset * width : (chunk.offset + len(chunk)) * width
        ]
        for chunk in column.chunks
        if len(chunk)
    ]
    whole = np.concatenate(parts) if parts else np.empty(0, np.uint8)
    return whole.view(HALF).reshape(-1, width // HALF.itemsize)


def loaded(rows: NDArray[np.float16]) -> NDArray[np.float32]:
    """Return stored rows as unit rows of single precision."""
    found = np.empty(rows.shape, np.float32)
    for start in range(0, len(rows), LOADED_ROWS):
        some = slice(start, start + LOADED_ROWS)
        found[some] = unit_rows(rows[some].astype(np.float32))
    return found
