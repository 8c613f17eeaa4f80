"""Average linkage at a distance threshold: by a tree if its matrix fits, else in rounds."""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import fcluster, linkage

from clustering.pipeline.membership import members_by_group
from clustering.pipeline.neighbours import condensed_distances, nearest

MATRIX_ROWS: Final = 10_240  # of one component; a larger tree takes over 840 MB
TIGHT_ROWS: Final = 512  # larger components are rarely tight
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
    """Merge reciprocal nearest neighbours in rounds, without a matrix.

    The mean distance of two groups of unit rows is 1 minus the product of their mean rows. Under
    average linkage reciprocal nearest neighbours may be merged in any order (Murtagh, 1983), so
    the result equals the tree's cut, up to ties; above 10,000 groups neighbours are approximate.
    """
    groups = np.arange(len(vectors))
    sums, sizes = vectors.astype(np.float64), np.ones(len(vectors))
    while len(sums) > 1:
        means = (sums / sizes[:, None]).astype(np.float32)
        graph = nearest(means, 2)
        pairs = _mutual(graph.indices[:, 1], graph.distances[:, 1], distance)
        if len(pairs) == 0:
            break
        into = np.arange(len(sums))
        into[pairs[:, 1]] = pairs[:, 0]
        kept, into = np.unique(into, return_inverse=True)
        np.add.at(sums, pairs[:, 0], sums[pairs[:, 1]])
        np.add.at(sizes, pairs[:, 0], sizes[pairs[:, 1]])
        sums, sizes, groups = sums[kept], sizes[kept], into[groups]
    return np.asarray(groups, dtype=np.int64)


def _mutual(
    partners: NDArray[np.int64], apart: NDArray[np.float32], distance: float
) -> NDArray[np.int64]:
    """Return the reciprocal nearest pairs within ``distance``, lower index first.

    If ties leave none, the closest pair, so that every round makes progress.
    """
    one = np.arange(len(partners))
    near = apart <= distance
    mutual = near & (partners[partners] == one) & (one < partners)
    if not mutual.any() and near.any():
        best = int(np.argmin(apart))
        return np.sort(np.array([[best, partners[best]]]), axis=1)
    return np.stack([one[mutual], partners[mutual]], axis=1)
