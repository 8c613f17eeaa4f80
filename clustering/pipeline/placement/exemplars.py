"""Which images of a run new ones are held against: all of a small cluster, a cover of others."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from clustering.pipeline.medoids import medoid

MAX_PER_CLUSTER: Final = 64  # renditions; a brand of 128 sites had 40 different images


def chosen(
    vectors: NDArray[np.float32], labels: NDArray[np.int64], *, cap: int = MAX_PER_CLUSTER
) -> NDArray[np.int64]:
    """Return the rows to keep, ascending: outliers all, of each cluster at most ``cap``.

    Args:
        vectors: shape (n, d), rows of L2 norm 1.
        labels: shape (n,), -1 for outliers.

    A cluster that is larger is covered farthest point first, from its medoid on, so that rare
    renditions stay: Gonzalez (1985), within twice the best possible covering radius. O(n d cap).
    """
    order = np.argsort(labels, kind="stable")
    groups = np.split(order, np.flatnonzero(np.diff(labels[order])) + 1) if len(order) else []
    kept = [
        rows if labels[rows[0]] < 0 or len(rows) <= cap else rows[cover(vectors[rows], cap)]
        for rows in groups
    ]
    return np.sort(np.concatenate(kept)) if kept else np.empty(0, np.int64)


def cover(vectors: NDArray[np.float32], n_kept: int) -> NDArray[np.int64]:
    """Return ``n_kept`` rows, medoid first, each the farthest from those before it.

    Ties go to the lowest row. Returns all rows, in this order, if there are not more.
    """
    picked = [medoid(vectors)]
    nearest = _cosines(vectors, picked[0])
    while len(picked) < min(n_kept, len(vectors)):
        picked.append(int(np.argmin(nearest)))
        nearest = np.maximum(nearest, _cosines(vectors, picked[-1]))
    return np.array(picked, dtype=np.int64)


def _cosines(vectors: NDArray[np.float32], row: int) -> NDArray[np.float32]:
    cosines = np.round(vectors @ vectors[row], 6)
    cosines[row] = 2.0  # never picked twice, even among copies
    return np.asarray(cosines, dtype=np.float32)
