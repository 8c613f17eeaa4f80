"""Nearest neighbours of a run: written with it, read one logo at a time."""

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from clustering.models import Neighbourhood, Run

BLOCK_LOGOS: Final = 500  # of one row: 100 KB, read in a millisecond
ROWS_PER_INSERT: Final = 100


def save(run: Run, logo_ids: list[int], neighbours: NDArray[np.int64]) -> None:
    """Write the neighbours of each logo.

    Args:
        neighbours: shape (n, k), indices into ``logo_ids`` of the nearest logos; -1 is none.
            Logos without neighbours are skipped.
    """
    ids = np.array(logo_ids, dtype="<i8")
    Neighbourhood.objects.bulk_create(_blocks(run, ids, neighbours), batch_size=ROWS_PER_INSERT)


def _blocks(
    run: Run, ids: NDArray[np.int64], neighbours: NDArray[np.int64]
) -> Iterator[Neighbourhood]:
    named = np.where(neighbours < 0, -1, ids[neighbours])
    order = np.argsort(ids)
    order = order[(neighbours[order] >= 0).any(axis=1)]
    for start in range(0, len(order), BLOCK_LOGOS):
        some = order[start : start + BLOCK_LOGOS]
        yield Neighbourhood(
            run=run,
            first_logo_id=int(ids[some[0]]),
            logo_ids=ids[some].tobytes(),
            neighbour_ids=named[some].astype("<i8").tobytes(),
        )
