"""Agglomerative clustering at every distance threshold of a sweep, from one tree."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import fcluster, linkage

from clustering.pipeline.clusterers.agglomerative import Linkage
from clustering.pipeline.neighbours import Neighbours, components, links

STEP: Final = 0.01
SWEEP: Final = tuple(round(0.05 + STEP * step, 2) for step in range(56))
"""Cosine distances from 0.05 to 0.60."""

Groups = NDArray[np.int64]


def by_tree(
    distances: NDArray[np.float64], method: Linkage, sweep: Sequence[float] = SWEEP
) -> list[Groups]:
    """Return the clusters at each distance threshold; exact.

    Args:
        distances: as of ``condensed_distances`` for n >= 2 rows.
        method: single, average or complete linkage.
    """
    tree = linkage(distances, method)
    return [np.asarray(fcluster(tree, cut, "distance"), dtype=np.int64) for cut in sweep]


def by_neighbours(
    vectors: NDArray[np.float32], neighbours: Neighbours, sweep: Sequence[float] = SWEEP
) -> list[Groups]:
    """Return single linkage at each distance threshold without a distance matrix.

    As exact as ``neighbours`` is.
    """
    return [components(len(vectors), links(vectors, neighbours, cut)) for cut in sweep]


def plateau(scores: Sequence[float], *, tolerance: float) -> int:
    """Return the middle index of the plateau: the scores around the best within ``tolerance``.

    The middle is more robust than the maximum. Ties go to the first plateau and to the lower
    middle.
    """
    best = int(np.argmax(scores))
    near = np.asarray(scores) >= scores[best] - tolerance
    first = last = best
    while first > 0 and near[first - 1]:
        first -= 1
    while last + 1 < len(near) and near[last + 1]:
        last += 1
    return (first + last) // 2
