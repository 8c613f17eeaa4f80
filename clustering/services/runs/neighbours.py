"""Nearest neighbours of a run: written with it, read one logo at a time."""

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from clustering.models import Neighbourhood, Run

BLOCK_LOGOS: Final = 500  # of one row: 100 KB, read in a millisecond
ROWS_PER_INSERT: Final = 100


def save(run: Run, logo_ids: list[int], alike: NDArray[np.int64]) -> None:
    """Write the neighbours of each logo.

    Args:
        alike: shape (n, k), places in ``logo_ids`` of the logos most like each; -1 is none.
            A logo with none at all is left out.
    """
    ids = np.array(logo_ids, dtype="<i8")
    Neighbourhood.objects.bulk_create(_blocks(run, ids, alike), batch_size=ROWS_PER_INSERT)


def _blocks(run: Run, ids: NDArray[np.int64], alike: NDArray[np.int64]) -> Iterator[Neighbourhood]:
    named = np.where(alike < 0, -1, ids[alike])
    order = np.argsort(ids)
    order = order[(alike[order] >= 0).any(axis=1)]
    for start in range(0, len(order), BLOCK_LOGOS):
        some = order[start : start + BLOCK_LOGOS]
        yield Neighbourhood(
            run=run,
            first_logo_id=int(ids[some[0]]),
            logo_ids=ids[some].tobytes(),
            neighbour_ids=named[some].astype("<i8").tobytes(),
        )
