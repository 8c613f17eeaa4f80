"""Average link at a cosine distance: a tree where its matrix fits, merges in rounds where not."""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import fcluster, linkage

from clustering.pipeline.membership import members_by_group
from clustering.pipeline.neighbours import condensed_distances, nearest

MATRIX_ROWS: Final = 10_240  # of one component; the tree of more takes over 840 MB
TIGHT_ROWS: Final = 512  # larger components are hardly ever tight
FEWEST: Final = 3  # rows that two different cuts can part
ROUNDING: Final = 1e-5  # of float32 products, and of the distances that trees are made of


def split_by_average(
    vectors: NDArray[np.float32], groups: NDArray[np.int64], distance: float
) -> NDArray[np.int64]:
    """Cut each group, a component of all pairs within ``distance``, by average link.

    Exact: two groups whose mean distance is within the cut have a pair within it, so no
    merge below the cut joins two components. Most are small and of one brand, all of their
    pairs within the cut: no mean is beyond it then, and they stay whole without a tree.
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
    """Return whether all pairs are surely within ``distance``; False where that is close."""
    if len(vectors) > TIGHT_ROWS:
        return False
    return bool((vectors @ vectors.T).min() > 1 - distance + ROUNDING)


def average_link(vectors: NDArray[np.float32], distance: float) -> NDArray[np.int64]:
    """Return the group of each row where the average-link tree is cut at ``distance``.

    Args:
        vectors: shape (n, d), n >= 1, rows of L2 norm 1.
        distance: cosine; the mean over all pairs of two groups.
    """
    if len(vectors) > MATRIX_ROWS:
        return _in_rounds(vectors, distance)
    tree = linkage(condensed_distances(vectors), method="average")
    return np.asarray(fcluster(tree, distance, criterion="distance"), dtype=np.int64)


def _in_rounds(vectors: NDArray[np.float32], distance: float) -> NDArray[np.int64]:
    """Merge all groups that are each other's nearest, again and again, without a matrix.

    The mean distance of two groups of unit rows is 1 less the product of their mean rows. For
    average link reciprocal nearest neighbours may be merged in any order (Murtagh, 1983), so
    this is the tree's own cut, up to ties; above 30,000 groups as far as neighbours are found.
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
    """Return the pairs, lower first, that are each other's nearest and within ``distance``.

    Where ties leave none, the closest of all, so that every round gets on.
    """
    one = np.arange(len(partners))
    near = apart <= distance
    mutual = near & (partners[partners] == one) & (one < partners)
    if not mutual.any() and near.any():
        best = int(np.argmin(apart))
        return np.sort(np.array([[best, partners[best]]]), axis=1)
    return np.stack([one[mutual], partners[mutual]], axis=1)
