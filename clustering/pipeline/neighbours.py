"""The k nearest neighbours of every row by cosine: computed once, reused by later steps."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

BLOCK_CELLS: Final = 1 << 24  # similarities held at once: 64 MB of float32
CHUNK_ROWS: Final = 1024  # rows of one product; more than this gains no speed


@dataclass(frozen=True)
class Neighbours:
    """A k-nearest-neighbour graph; a row's first neighbour is itself at distance 0."""

    indices: NDArray[np.int64]
    """Shape (n, k)."""
    distances: NDArray[np.float32]
    """Shape (n, k), cosine distance in [0, 2], ascending along each row."""


@dataclass(frozen=True)
class Pairs:
    """Pairs of rows that lie close together; ``left[i] < right[i]``, sorted by both."""

    left: NDArray[np.int64]
    right: NDArray[np.int64]
    distances: NDArray[np.float32]


def nearest(vectors: NDArray[np.float32], k: int) -> Neighbours:
    """Return the exact ``k`` nearest neighbours of each row by cosine distance.

    Args:
        vectors: shape (n, d), n >= 1, rows of L2 norm 1.
        k: neighbours per row, itself included; cut to n.

    Ties go to the lowest row, so that reruns agree; a row comes first in its own list
    even where exact copies of it have a lower number.
    """
    n_rows = len(vectors)
    width = max(1, min(k, n_rows))
    indices = np.empty((n_rows, width), dtype=np.int64)
    distances = np.empty((n_rows, width), dtype=np.float32)
    for start, block in distance_blocks(vectors):
        rows = slice(start, start + len(block))
        own = np.arange(len(block))
        block[own, start + own] = -1.0  # before every copy of itself
        indices[rows] = _smallest(block, width)
        distances[rows] = np.take_along_axis(block, indices[rows], axis=1)
    distances[:, 0] = 0.0
    return Neighbours(indices, distances)


def pairs_within(vectors: NDArray[np.float32], distance: float) -> Pairs:
    """Return all pairs of rows at most ``distance`` apart; memory grows with the answer only."""
    left, right, apart = [], [], []
    for start, block in distance_blocks(vectors):
        rows, columns = np.nonzero(block <= distance)
        above = columns > rows + start
        rows, columns = rows[above], columns[above]
        left.append(rows + start)
        right.append(columns)
        apart.append(block[rows, columns])
    return Pairs(
        np.concatenate(left, dtype=np.int64) if left else np.empty(0, np.int64),
        np.concatenate(right, dtype=np.int64) if right else np.empty(0, np.int64),
        np.concatenate(apart, dtype=np.float32) if apart else np.empty(0, np.float32),
    )


def distance_blocks(
    vectors: NDArray[np.float32],
) -> Iterator[tuple[int, NDArray[np.float32]]]:
    """Yield ``(first row, distances of some rows to all rows)``; a block is the caller's own.

    Rounded to 1e-6: the last bits of a product depend on the block's shape, and ties must not.
    """
    n_rows = len(vectors)
    height = max(1, min(CHUNK_ROWS, BLOCK_CELLS // max(1, n_rows)))
    for start in range(0, n_rows, height):
        similarity = vectors[start : start + height] @ vectors.T
        yield start, np.clip(np.round(1.0 - similarity, 6), 0.0, 2.0).astype(np.float32)


def _smallest(block: NDArray[np.float32], width: int) -> NDArray[np.int64]:
    """Return the columns of each row's ``width`` least values, ascending, ties by column."""
    n_columns = block.shape[1]
    # Distance and column in one sortable number, so that a partial sort respects ties.
    ranked = np.round((block.astype(np.float64) + 1.0) * 1e6).astype(np.int64) * n_columns
    ranked += np.arange(n_columns)
    if width < n_columns:
        ranked = np.partition(ranked, width - 1, axis=1)[:, :width]
    return np.asarray(np.sort(ranked, axis=1) % n_columns, dtype=np.int64)
