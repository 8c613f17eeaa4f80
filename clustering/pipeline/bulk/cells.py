"""Coarse cells in shards: the search of ``neighbours.cells``, spread over tasks.

Centres are rows drawn at random. Each row goes to the cells of its four nearest centres. Within
a cell the pairs within the distance are found; across cells these join through the rows that
cells share.

Two looks of a brand so large that each has four centres of its own share no cell. They are joined
by landmarks: more rows drawn at random, linked among each other as the interactive mode links all
rows. Such looks have at least 16 landmarks each, so hundreds of pairs across, and looks whose mean
distance is within the threshold have many pairs within it.
"""

from collections.abc import Iterator
from itertools import pairwise
from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from clustering.pipeline.bulk.centres import Centres
from clustering.pipeline.bulk.images import placeholders
from clustering.pipeline.bulk.plan import Plan
from clustering.pipeline.bulk.shape import IMAGES, Shape, shape_of
from clustering.pipeline.bulk.store import Store
from clustering.pipeline.bulk.vectors import as_column, half_rows, loaded
from clustering.pipeline.membership import members_by_group
from clustering.pipeline.neighbours import (
    N_NEIGHBOURS,
    components,
    components_within,
    links,
    nearest,
)
from clustering.pipeline.neighbours.cells import N_CELLS_PER_ROW

CENTRES: Final = "centres"
CELLS: Final = "cells"
LINKS: Final = "links"
SEED: Final = 20_061  # of the choice of centres, and of the parts of a huge cell
MAX_CELL_ROWS: Final = 100_000  # of a popular logo's variants; more are split at random
PAIRED_ROWS: Final = 4_096  # larger cells are searched by nearest neighbours; 64 MB of distances
SHARDS_DRAWN: Final = 256  # that centres are drawn from, at least
CENTRES_PER_SHARD: Final = 1_000  # where there are more shards, at most
LANDMARKS: Final = 4  # for each centre, itself included


def centres(store: Store, plan: Plan, _number: int) -> Iterator[pa.Table]:
    """Draw the landmarks: rows of random shards, in the order of rows; some are centres."""
    shape = shape_of(store, plan)
    generator = np.random.default_rng(SEED)
    n_drawn = min(plan.n_shards, max(SHARDS_DRAWN, shape.n_cells // CENTRES_PER_SHARD))
    shards = np.sort(generator.choice(plan.n_shards, n_drawn, replace=False))
    sizes = np.diff(shape.offsets)[shards]
    n_landmarks = min(LANDMARKS * shape.n_cells, int(sizes.sum()))
    n_centres = min(shape.n_cells, n_landmarks)
    drawn = generator.choice(int(sizes.sum()), n_landmarks, replace=False)
    order = np.argsort(drawn)
    drawn, is_centre = drawn[order], order < n_centres
    ends = np.cumsum(sizes)
    for shard, end, size in zip(shards, ends, sizes, strict=True):
        own = (drawn >= end - size) & (drawn < end)
        rows = drawn[own] - (end - size)
        vectors = half_rows(store.read(IMAGES, int(shard), ["vector"])["vector"])
        yield pa.table(
            {
                "row": rows + shape.offsets[shard],
                "is_centre": is_centre[own],
                "is_placeholder": placeholders(store, plan, int(shard))[rows],
                "vector": as_column(vectors[rows]),
            }
        )


def shuffle(store: Store, plan: Plan, number: int) -> Iterator[pa.Table]:
    """Write the rows of a group of shards by cell: one row group for each cell partition."""
    shape = shape_of(store, plan)
    landmarks = store.read(CENTRES, 0, ["is_centre", "vector"])
    all_centres = Centres(
        loaded(half_rows(landmarks["vector"])[landmarks["is_centre"].to_numpy()])
    )
    rows, cells, vectors = [], [], []
    for shard in shape.groups[number]:
        table = store.read(IMAGES, shard, ["vector"])
        shown = np.flatnonzero(~placeholders(store, plan, shard))
        half = half_rows(table["vector"])[shown]
        found = all_centres.nearest(loaded(half), N_CELLS_PER_ROW)
        rows.append(shown + shape.offsets[shard])
        cells.append(found)
        vectors.append(half)
    width = cells[0].shape[1]
    yield from _by_cell(
        shape, np.concatenate(cells).ravel(), np.concatenate(rows), np.concatenate(vectors), width
    )


def _by_cell(
    shape: Shape,
    cells: NDArray[np.int64],
    rows: NDArray[np.int64],
    vectors: NDArray[np.float16],
    width: int,
) -> Iterator[pa.Table]:
    """Yield the rows of each partition, sorted by cell and row."""
    order = np.argsort(cells, kind="stable")
    partitions = partition_of(shape, cells[order])
    ends = np.searchsorted(partitions, np.arange(shape.n_cell_partitions + 1))
    for start, end in pairwise(ends):
        some = order[start:end]
        yield pa.table(
            {
                "cell": cells[some].astype(np.int32),
                "row": rows[some // width],
                "vector": as_column(vectors[some // width]),
            }
        )


def partition_of(shape: Shape, cells: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the partition of each cell; partitions are ranges of cells."""
    return cells * shape.n_cell_partitions // shape.n_cells


def link(store: Store, plan: Plan, number: int) -> Iterator[pa.Table]:
    """Link the rows of each cell of a partition that are connected within the distance.

    Each row is linked to the lowest row of its component in the cell: a component of n rows
    takes n - 1 links instead of up to 15 n edges. The task after those of the cells links the
    landmarks.
    """
    if number == shape_of(store, plan).n_cell_partitions:
        landmarks = store.read(CENTRES, 0, ["row", "is_placeholder", "vector"])
        shown = ~landmarks["is_placeholder"].to_numpy()
        rows, vectors = landmarks["row"].to_numpy()[shown], half_rows(landmarks["vector"])[shown]
        yield _link_table(_linked(rows, loaded(vectors), plan.distance))
        return
    groups = range(len(shape_of(store, plan).groups))
    table = pa.concat_tables([store.read_group(CELLS, group, number) for group in groups])
    rows, vectors = table["row"].to_numpy(), half_rows(table["vector"])
    found = [np.empty((0, 2), np.int64)]
    for members in members_by_group(table["cell"].to_numpy().astype(np.int64)):
        for part in _parts(members[np.argsort(rows[members], kind="stable")]):
            found.append(_linked(rows[part], loaded(vectors[part]), plan.distance))
    # As one number each: unique rows of two columns take several times as long.
    n_rows = shape_of(store, plan).n_rows
    keys = np.unique(np.concatenate([part[:, 0] * n_rows + part[:, 1] for part in found]))
    yield _link_table(np.stack(np.divmod(keys, n_rows), axis=1))


def _parts(members: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    """Split a huge cell at random, differently for each cell, so that other cells join them."""
    n_parts = -(-len(members) // MAX_CELL_ROWS)
    if n_parts == 1:
        yield members
        return
    part_of = np.random.default_rng([SEED, int(members[0])]).permutation(len(members)) % n_parts
    for part in range(n_parts):
        yield members[part_of == part]


def _link_table(linked: NDArray[np.int64]) -> pa.Table:
    return pa.table({"row": linked[:, 0], "lowest": linked[:, 1]})


def _linked(
    rows: NDArray[np.int64], vectors: NDArray[np.float32], distance: float
) -> NDArray[np.int64]:
    if len(rows) <= PAIRED_ROWS:
        groups = components_within(vectors, distance)
    else:
        pairs = links(vectors, nearest(vectors, N_NEIGHBOURS), distance)
        groups = components(len(rows), pairs)
    # The rows are sorted, so the first row of a component is its lowest.
    _, firsts, groups = np.unique(groups, return_index=True, return_inverse=True)
    lowest = rows[firsts[groups]]
    is_linked = lowest != rows
    return np.stack([rows[is_linked], lowest[is_linked]], axis=1)
