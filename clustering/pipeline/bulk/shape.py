"""Numbers of rows, cells and partitions, derived from the image shards."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from clustering.pipeline.bulk.plan import Plan
from clustering.pipeline.bulk.store import Store
from clustering.pipeline.errors import InputError
from clustering.pipeline.neighbours.cells import N_CELLS_PER_ROW

IMAGES = "images"
"""Stage of the image shards: distinct images with vector, hash and number of domains."""
SHARED = "shared"
"""Stage that finds images shared by unrelated sites."""


@dataclass(frozen=True)
class Shape:
    """How the rows of all image shards are divided; row numbers count through the shards."""

    offsets: NDArray[np.int64]
    """Shape (shards + 1,): first row of each shard, and the number of rows."""
    cell_rows: int
    partition_rows: int

    @property
    def n_rows(self) -> int:
        """Number of distinct images."""
        return int(self.offsets[-1])

    @property
    def n_cells(self) -> int:
        """Number of coarse cells."""
        return max(1, min(self.n_rows, N_CELLS_PER_ROW * self.n_rows // self.cell_rows))

    @property
    def n_cell_partitions(self) -> int:
        """Number of tasks that the cells are spread over."""
        return min(self.n_cells, -(-N_CELLS_PER_ROW * self.n_rows // self.partition_rows) or 1)

    @property
    def n_component_partitions(self) -> int:
        """Number of tasks that the components are spread over."""
        return -(-self.n_rows // self.partition_rows) or 1

    @property
    def groups(self) -> list[range]:
        """Shards that one task of a shuffle reads: fewer files, each with more rows."""
        n_shards = len(self.offsets) - 1
        size = max(1, self.partition_rows * n_shards // self.n_rows)
        return [range(start, min(start + size, n_shards)) for start in range(0, n_shards, size)]


def shape_of(store: Store, plan: Plan) -> Shape:
    """Read the number of rows of every image shard.

    Raises:
        InputError: if no shard has an image.
    """
    return _shape(store.root, plan)


@lru_cache(maxsize=1)
def _shape(root: str, plan: Plan) -> Shape:
    store = Store(root)
    sizes = [store.n_rows(IMAGES, shard) for shard in range(plan.n_shards)]
    if not any(sizes):
        raise InputError("no site has a logo; bulk status lists the errors")
    return Shape(
        offsets=np.concatenate([[0], np.cumsum(sizes, dtype=np.int64)]),
        cell_rows=plan.cell_rows,
        partition_rows=plan.partition_rows,
    )
