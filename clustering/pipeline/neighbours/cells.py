"""Approximate nearest neighbours with an inverted file: O(n^1.5) in place of O(n^2)."""

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from clustering.pipeline.neighbours.exact import STEPS, most_similar, ordered
from clustering.pipeline.neighbours.graph import NO_ROW, Neighbours

N_CELLS_PER_ROW: Final = 4  # so that neighbours across a cell border are found
DENSITY: Final = 4.0  # cells per sqrt(n): finding a cell and searching it cost the same
MAX_CELL_ROWS: Final = 8_192  # larger cells (copies of one logo) are split at random
MERGED_ROWS: Final = 50_000  # lists merged at once: about 150 MB
SEED: Final = 20_061  # of the choice of centres


def nearest_in_cells(vectors: NDArray[np.float32], k: int) -> Neighbours:
    """Return most of the ``k`` nearest neighbours of each row by cosine distance.

    Args:
        vectors: shape (n, d), n >= 1, rows of L2 norm 1.
        k: neighbours per row, itself included.

    Each row is assigned to the cells of its four nearest centres and compared with the rows of
    those cells only. Centres are rows drawn at random, so dense regions get more of them. Missed
    neighbours are mostly distant ones. An inverted file as in Jegou, Douze & Schmid (2011), but
    searched cell by cell, which makes each search one matrix product.

    Deterministic; rows with fewer than k others in their cells are padded with -1.
    """
    n_rows = len(vectors)
    rows = np.full((n_rows, N_CELLS_PER_ROW, k), NO_ROW, dtype=np.int32)
    distances = np.full((n_rows, N_CELLS_PER_ROW, k), np.inf, dtype=np.float32)
    n_filled = np.zeros(n_rows, dtype=np.int8)
    for members in cells(vectors):
        found, similarity = most_similar(vectors[members], vectors[members], k)
        width = found.shape[1]
        rows[members, n_filled[members], :width] = members[found]
        distances[members, n_filled[members], :width] = 1.0 - similarity
        n_filled[members] += 1
    return _merged(rows.reshape(n_rows, -1), distances.reshape(n_rows, -1), k)


def cells(vectors: NDArray[np.float32]) -> Iterator[NDArray[np.int64]]:
    """Yield the rows of each cell, ascending; a row is in up to four of them.

    Cells of more than 8,192 rows are split at random, differently each time, so that rows apart
    in one cell may share a part of another.
    """
    generator = np.random.default_rng(SEED)
    n_rows = len(vectors)
    n_cells = max(1, min(n_rows, round(DENSITY * n_rows**0.5)))
    centres = np.sort(generator.choice(n_rows, n_cells, replace=False))
    nearest_cells, _ = most_similar(vectors, vectors[centres], N_CELLS_PER_ROW)
    by_cell = np.argsort(nearest_cells, axis=None, kind="stable")
    sizes = np.bincount(nearest_cells.ravel(), minlength=n_cells)
    for members in np.split(by_cell // nearest_cells.shape[1], np.cumsum(sizes)[:-1]):
        n_parts = -(-len(members) // MAX_CELL_ROWS)
        if n_parts > 1:
            generator.shuffle(members)
        for part in range(n_parts):
            yield np.sort(members[part::n_parts])


def _merged(rows: NDArray[np.int32], distances: NDArray[np.float32], k: int) -> Neighbours:
    """Merge each row's lists into its ``k`` nearest distinct neighbours."""
    parts = []
    for start in range(0, len(rows), MERGED_ROWS):
        some, apart = rows[start : start + MERGED_ROWS], distances[start : start + MERGED_ROWS]
        # Sorting by neighbour, then distance, makes repeated neighbours adjacent.
        steps = np.where(some == NO_ROW, 3 * STEPS, np.clip(np.rint(apart * STEPS), 0, 2 * STEPS))
        keys = np.sort((some.astype(np.int64) << 22) | steps.astype(np.int64), axis=1)
        others, steps = keys >> 22, keys & ((1 << 22) - 1)
        others[:, 1:][others[:, 1:] == others[:, :-1]] = NO_ROW
        parts.append(ordered(others, (steps / STEPS).astype(np.float32), k, first_row=start))
    return Neighbours(
        np.concatenate([part.indices for part in parts]),
        np.concatenate([part.distances for part in parts]),
    )
