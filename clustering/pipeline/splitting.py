"""Suggests how to split a cluster into two: the cut around two medoids."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

N_CANDIDATES: Final = 96  # medoids that are tried, for clusters of more logos


@dataclass(frozen=True)
class Split:
    """Two parts of a cluster; the smaller one is the odd one."""

    is_odd: NDArray[np.bool_]
    """Shape (n,)."""
    medoids: tuple[int, int]
    """Rows: of the odd part, and of the rest."""
    cosine: float
    """Between the two medoids."""


def two_medoids(vectors: NDArray[np.float32], weights: NDArray[np.int64]) -> Split:
    """Return the two medoids with the least total cosine distance of all rows to the nearer one.

    All pairs of rows are tried up to 96 rows; beyond, pairs of 96 rows that are far from each
    other (k-medoids with k = 2: Kaufman & Rousseeuw, Finding Groups in Data, 1990, ch. 2).

    Args:
        vectors: shape (n, d), n >= 2, rows of L2 norm 1.
        weights: shape (n,), domains that show each row.

    Raises:
        ValueError: for fewer than two rows.
    """
    if len(vectors) < 2:
        raise ValueError("a split needs two rows or more")
    candidates = _spread(vectors)
    # Rounded, so that the last digits of a product decide no tie.
    distances = np.round(1.0 - vectors[candidates] @ vectors.T, 6).astype(np.float64)
    best, pair = np.inf, (0, 1)
    for place in range(len(candidates) - 1):
        nearer = np.minimum(distances[place], distances[place + 1 :])
        totals = nearer @ weights
        other = int(np.argmin(totals))
        if totals[other] < best:
            best, pair = float(totals[other]), (place, place + 1 + other)
    first, second = pair
    is_second = distances[second] < distances[first]
    if weights[is_second].sum() > weights[~is_second].sum():
        first, second, is_second = second, first, ~is_second
    rows = int(candidates[second]), int(candidates[first])
    return Split(is_second, rows, float(vectors[rows[0]] @ vectors[rows[1]]))


def _spread(vectors: NDArray[np.float32]) -> NDArray[np.int64]:
    """Return all rows if they are few, else rows that are far from each other, ascending."""
    if len(vectors) <= N_CANDIDATES:
        return np.arange(len(vectors), dtype=np.int64)
    total = vectors.sum(axis=0, dtype=np.float64)
    chosen = [int(np.argmax(np.round(vectors @ total, 6)))]
    nearest = np.round(vectors @ vectors[chosen[0]], 6)
    while len(chosen) < N_CANDIDATES:
        chosen.append(int(np.argmin(nearest)))
        nearest = np.maximum(nearest, np.round(vectors @ vectors[chosen[-1]], 6))
    return np.array(sorted(set(chosen)), dtype=np.int64)
