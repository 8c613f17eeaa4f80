"""Every row against those of its coarse cells: about N^1.5 work in place of N^2."""

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from clustering.pipeline.neighbours.exact import STEPS, most_similar, ordered
from clustering.pipeline.neighbours.graph import NO_ROW, Neighbours

N_CELLS_PER_ROW: Final = 4  # cells that a row is put into, so that a border parts no neighbours
DENSITY: Final = 4.0  # cells per square root of rows: finding the cell and searching it cost alike
MAX_CELL_ROWS: Final = 8_192  # a cell of so many copies of one logo is dealt out into several
MERGED_ROWS: Final = 50_000  # rows whose lists are merged at once: about 150 MB
SEED: Final = 20_061  # of the choice of centres


def nearest_in_cells(vectors: NDArray[np.float32], k: int) -> Neighbours:
    """Return most of the ``k`` nearest neighbours of each row by cosine distance.

    Args:
        vectors: shape (n, d), n >= 1, rows of L2 norm 1.
        k: neighbours per row, itself included.

    Each row goes into the cells of the four centres most like it, and is compared with the
    rows of those cells only; centres are rows drawn at random, so that there are many where
    rows are many. Close rows share a cell nearly always, strangers seldom: what is missed are
    neighbours too far away to matter. An inverted file as in Jegou, Douze & Schmid (2011), but
    searched cell by cell, which makes each search one matrix product.

    Deterministic; a row that shares its cells with fewer than k rows has -1 in the last places.
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

    Cells of more than 8,192 rows are dealt out at random, each time anew, so that parts of one
    cell meet again in another.
    """
    generator = np.random.default_rng(SEED)
    n_rows = len(vectors)
    n_cells = max(1, min(n_rows, round(DENSITY * n_rows**0.5)))
    centres = np.sort(generator.choice(n_rows, n_cells, replace=False))
    homes, _ = most_similar(vectors, vectors[centres], N_CELLS_PER_ROW)
    by_cell = np.argsort(homes, axis=None, kind="stable")
    sizes = np.bincount(homes.ravel(), minlength=n_cells)
    for members in np.split(by_cell // homes.shape[1], np.cumsum(sizes)[:-1]):
        n_parts = -(-len(members) // MAX_CELL_ROWS)
        if n_parts > 1:
            generator.shuffle(members)
        for part in range(n_parts):
            yield np.sort(members[part::n_parts])


def _merged(rows: NDArray[np.int32], distances: NDArray[np.float32], k: int) -> Neighbours:
    """Return the best ``k`` of each row's lists, each neighbour once."""
    parts = []
    for start in range(0, len(rows), MERGED_ROWS):
        some, apart = rows[start : start + MERGED_ROWS], distances[start : start + MERGED_ROWS]
        # One sort by row and distance brings the copies of a neighbour together.
        steps = np.where(some == NO_ROW, 3 * STEPS, np.clip(np.rint(apart * STEPS), 0, 2 * STEPS))
        keys = np.sort((some.astype(np.int64) << 22) | steps.astype(np.int64), axis=1)
        others, steps = keys >> 22, keys & ((1 << 22) - 1)
        others[:, 1:][others[:, 1:] == others[:, :-1]] = NO_ROW
        parts.append(ordered(others, (steps / STEPS).astype(np.float32), k, first_row=start))
    return Neighbours(
        np.concatenate([part.indices for part in parts]),
        np.concatenate([part.distances for part in parts]),
    )
