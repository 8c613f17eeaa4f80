"""Exact nearest neighbours and distances, in blocks."""

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from clustering.pipeline.neighbours.graph import NO_ROW, Neighbours, Pairs, joined

BLOCK_CELLS: Final = 1 << 24  # similarities held at once: 64 MB of float32
CHUNK_ROWS: Final = 1024  # rows of one product; more than this gains no speed
TIE_ROWS: Final = 16  # searched beyond k, so that ties at the end go to the lowest row
STEPS: Final = 1_000_000  # per unit of distance: rounds off the noise of a product


def nearest_exact(vectors: NDArray[np.float32], k: int) -> Neighbours:
    """Return the exact ``k`` nearest neighbours of each row by cosine distance.

    Args:
        vectors: shape (n, d), n >= 1, rows of L2 norm 1.
        k: neighbours per row, itself included; cut to n.

    Distances are rounded to 1e-6, and ties go to the lowest row, so that reruns agree (of more
    than 16 ties for the last places, to any). A row is the first in its own list, also before
    exact copies with a lower index.
    """
    width = max(1, min(k, len(vectors)))
    rows, similarity = most_similar(vectors, vectors, width + TIE_ROWS)
    return ordered(rows, 1.0 - similarity, width)


def most_similar(
    queries: NDArray[np.float32], base: NDArray[np.float32], k: int
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Return rows of ``base`` with the highest cosine to each query, and the cosines, best first.

    Both of shape (m, k), k cut to the rows of ``base``. Memory: a block of similarities.
    """
    width = min(k, len(base))
    height = max(1, min(CHUNK_ROWS, BLOCK_CELLS // max(1, len(base))))
    rows = np.empty((len(queries), width), np.int64)
    similarity = np.empty((len(queries), width), np.float32)
    for start in range(0, len(queries), height):
        block = queries[start : start + height] @ base.T
        best = np.argpartition(block, len(base) - width, axis=1)[:, len(base) - width :]
        cosines = np.take_along_axis(block, best, 1)
        order = np.argsort(-cosines, axis=1, kind="stable")
        rows[start : start + height] = np.take_along_axis(best, order, 1)
        similarity[start : start + height] = np.take_along_axis(cosines, order, 1)
    return rows, similarity


def ordered(
    rows: NDArray[np.int64], distances: NDArray[np.float32], k: int, *, first_row: int = 0
) -> Neighbours:
    """Return neighbours sorted by distance, then row, with each row first in its own list.

    Row i of both arrays, shape (m, w), belongs to row ``first_row + i``; -1 is padding.
    """
    own = np.arange(first_row, first_row + len(rows))[:, None]
    steps = np.clip(np.round(distances.astype(np.float64) * STEPS), 0, 2 * STEPS)
    steps = np.where(rows == NO_ROW, np.inf, np.where(rows == own, -1.0, steps))
    steps[(rows != own).all(axis=1), -1] = -1.0  # displaced by exact copies
    rows = np.where(steps == -1.0, own, rows)
    order = np.lexsort((rows, steps))[:, :k]
    steps = np.maximum(np.take_along_axis(steps, order, 1), 0.0)
    return Neighbours(
        np.take_along_axis(rows, order, 1).astype(np.int64),
        (steps / STEPS).astype(np.float32),
    )


def pairs_within(vectors: NDArray[np.float32], distance: float) -> Pairs:
    """Return all pairs of rows at most ``distance`` apart, sorted; memory grows with the answer.

    Args:
        vectors: shape (n, d), rows of L2 norm 1.
        distance: cosine; distances are rounded to 1e-6.
    """
    found = []
    for start, block in distance_blocks(vectors):
        rows, columns = np.nonzero(block <= distance)
        above = columns > rows + start
        rows, columns = rows[above], columns[above]
        found.append(Pairs(rows + start, columns, block[rows, columns]))
    return joined(found)


def distance_blocks(
    vectors: NDArray[np.float32],
) -> Iterator[tuple[int, NDArray[np.float32]]]:
    """Yield ``(first row, distances of some rows to all rows)``, shape (height, n)."""
    n_rows = len(vectors)
    height = max(1, min(CHUNK_ROWS, BLOCK_CELLS // max(1, n_rows)))
    for start in range(0, n_rows, height):
        yield start, distances_between(vectors[start : start + height], vectors)


def condensed_distances(vectors: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the condensed cosine distance matrix of unit rows, as SciPy takes it.

    Shape (n (n - 1) / 2,), rounded to 1e-6. Filled row by row: a square matrix and its copies
    would take five times the memory.
    """
    n_rows = len(vectors)
    condensed = np.empty(n_rows * (n_rows - 1) // 2)
    end = 0
    for start in range(0, n_rows, CHUNK_ROWS):
        block = (vectors[start : start + CHUNK_ROWS] @ vectors[start:].T).astype(np.float64)
        for row, cosines in enumerate(block):
            later = cosines[row + 1 :]
            condensed[end : end + len(later)] = np.round(1.0 - later, 6).clip(0.0, 2.0)
            end += len(later)
    return condensed


def distances_between(
    some: NDArray[np.float32], others: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Return the cosine distances of unit rows, shape (m, n), rounded to 1e-6."""
    return np.clip(np.round(1.0 - some @ others.T, 6), 0.0, 2.0).astype(np.float32)
