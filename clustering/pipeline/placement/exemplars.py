"""Exemplars: the members of a run that new images are compared with."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from clustering.pipeline.medoids import medoid

MAX_PER_CLUSTER: Final = 64  # a brand of 128 sites had 40 different images


def select(
    vectors: NDArray[np.float32], labels: NDArray[np.int64], *, cap: int = MAX_PER_CLUSTER
) -> NDArray[np.int64]:
    """Return the rows to keep, ascending: outliers all, of each cluster at most ``cap``.

    Args:
        vectors: shape (n, d), rows of L2 norm 1.
        labels: shape (n,), -1 for outliers.

    Larger clusters are reduced by farthest-point sampling from the medoid, which keeps rare looks:
    Gonzalez (1985), at most twice the optimal covering radius. O(n d cap).
    """
    order = np.argsort(labels, kind="stable")
    groups = np.split(order, np.flatnonzero(np.diff(labels[order])) + 1) if len(order) else []
    kept = [
        rows
        if labels[rows[0]] < 0 or len(rows) <= cap
        else rows[farthest_point_sample(vectors[rows], cap)]
        for rows in groups
    ]
    return np.sort(np.concatenate(kept)) if kept else np.empty(0, np.int64)


def farthest_point_sample(vectors: NDArray[np.float32], n_kept: int) -> NDArray[np.int64]:
    """Return ``n_kept`` rows, medoid first, each the farthest from those before it.

    Ties go to the lowest row. Returns all rows, in this order, if there are not more.
    """
    selected = [medoid(vectors)]
    nearest = _cosines(vectors, selected[0])
    while len(selected) < min(n_kept, len(vectors)):
        selected.append(int(np.argmin(nearest)))
        nearest = np.maximum(nearest, _cosines(vectors, selected[-1]))
    return np.array(selected, dtype=np.int64)


def _cosines(vectors: NDArray[np.float32], row: int) -> NDArray[np.float32]:
    cosines = np.round(vectors @ vectors[row], 6)
    cosines[row] = 2.0  # never selected twice, even among copies
    return np.asarray(cosines, dtype=np.float32)
