"""Average linkage at a distance threshold: by a tree if its matrix fits, else in rounds."""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import fcluster, linkage

from clustering.pipeline.membership import members_by_group
from clustering.pipeline.neighbours import condensed_distances, most_similar, nearest
from clustering.pipeline.neighbours.exact import STEPS, TIE_ROWS
from clustering.pipeline.neighbours.graph import NO_ROW

MATRIX_ROWS: Final = 10_240  # of one component; a larger tree takes over 840 MB
TIGHT_ROWS: Final = 512  # larger components are rarely tight
SEARCHED_ROWS: Final = 40_960  # compared exhaustively: 20 seconds of one core for each round
FEWEST: Final = 3  # rows that a cut can separate
ROUNDING: Final = 1e-5  # error of float32 products and of tree distances


def split_by_average(
    vectors: NDArray[np.float32], groups: NDArray[np.int64], distance: float
) -> NDArray[np.int64]:
    """Cut each group, a component of all pairs within ``distance``, by average linkage.

    Exact: two groups with a mean distance within the threshold have a pair within it, so no
    merge below the threshold joins two components. Most components are small with all pairs
    within the threshold; they stay whole without a tree.
    """
    split = groups.copy()
    free = int(groups.max()) + 1
    for rows in members_by_group(groups):
        if len(rows) >= FEWEST and not _is_tight(vectors[rows], distance):
            parts = average_link(vectors[rows], distance)
            split[rows] = free + parts
            free += int(parts.max()) + 1
    return split


def _is_tight(vectors: NDArray[np.float32], distance: float) -> bool:
    """Whether all pairs are within ``distance``; False if that is close."""
    if len(vectors) > TIGHT_ROWS:
        return False
    return bool((vectors @ vectors.T).min() > 1 - distance + ROUNDING)


def average_link(vectors: NDArray[np.float32], distance: float) -> NDArray[np.int64]:
    """Return the group of each row at ``distance`` under average linkage.

    Args:
        vectors: shape (n, d), n >= 1, rows of L2 norm 1.
        distance: cosine; the mean over all pairs of two groups.
    """
    if len(vectors) > MATRIX_ROWS:
        return _in_rounds(vectors, distance)
    tree = linkage(condensed_distances(vectors), method="average")
    return np.asarray(fcluster(tree, distance, criterion="distance"), dtype=np.int64)


def _in_rounds(vectors: NDArray[np.float32], distance: float) -> NDArray[np.int64]:
    """Merge reciprocal nearest neighbours in rounds, without a matrix: O(n d) memory.

    The mean distance of two groups of unit rows is 1 minus the product of their mean rows. Under
    average linkage reciprocal nearest neighbours may be merged in any order (Murtagh, 1983), so
    the result equals the tree's cut, up to ties; above 40,960 groups neighbours are approximate.
    A merged group is no nearer to a third than its nearer part was. So a group keeps its
    neighbour until that is merged, and is finished when its neighbour is beyond the threshold.
    """
    groups, sums, sizes = _without_copies(vectors)
    into = np.arange(len(sums))
    partner, apart = np.full(len(sums), NO_ROW), np.full(len(sums), np.inf, np.float32)
    left, is_stale = np.arange(len(sums)), np.ones(len(sums), dtype=np.bool_)
    while len(left) > 1:
        means = (sums[left] / sizes[left, None]).astype(np.float32)
        places = np.flatnonzero(is_stale[left])
        others, apart[left[places]] = _nearest_others(means, places)
        partner[left[places]] = left[others]
        left = left[apart[left] <= distance]
        pairs = _mutual(left, partner, apart)
        low, high = pairs[:, 0], pairs[:, 1]
        sums[low] += sums[high]
        sizes[low] += sizes[high]
        into[high] = low
        is_stale[:] = False
        is_stale[pairs] = True
        is_stale |= is_stale[partner]
        left = np.setdiff1d(np.union1d(left, low), high)
    while (into[into] != into).any():
        into = into[into]
    return np.asarray(into[groups], dtype=np.int64)


def _without_copies(
    vectors: NDArray[np.float32],
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Return the group of each row, equal rows being one, and each group's sum and size."""
    _, firsts, groups = np.unique(vectors, axis=0, return_index=True, return_inverse=True)
    order = np.argsort(firsts)  # groups are numbered in the order of rows
    groups = np.argsort(order)[groups.ravel()]
    sizes = np.bincount(groups).astype(np.float64)
    return groups, vectors[firsts[order]] * sizes[:, None], sizes


def _nearest_others(
    means: NDArray[np.float32], places: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Return the nearest other row of some rows, and its distance; ties go to the lowest row."""
    if len(means) > SEARCHED_ROWS:
        graph = nearest(means, 2)
        return graph.indices[places, 1], graph.distances[places, 1]
    rows, similarity = most_similar(means[places], means, 2 + TIE_ROWS)
    steps = np.rint((1.0 - similarity) * STEPS)
    steps[rows == places[:, None]] = np.inf
    best = np.lexsort((rows, steps))[:, :1]
    rows, steps = np.take_along_axis(rows, best, 1), np.take_along_axis(steps, best, 1)
    return rows[:, 0], (steps[:, 0] / STEPS).astype(np.float32)


def _mutual(
    left: NDArray[np.int64], partner: NDArray[np.int64], apart: NDArray[np.float32]
) -> NDArray[np.int64]:
    """Return the reciprocal nearest pairs among the groups ``left``, lower group first.

    If ties leave none, the closest pair, so that every round makes progress.
    """
    others = partner[left]
    mutual = (partner[others] == left) & (left < others)
    if not mutual.any() and len(left):
        best = left[np.argmin(apart[left])]
        return np.sort(np.array([[best, partner[best]]]), axis=1)
    return np.stack([left[mutual], others[mutual]], axis=1)
