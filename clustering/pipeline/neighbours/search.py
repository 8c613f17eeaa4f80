"""Nearest neighbours: exact up to 10,000 rows, approximate above, with measured recall."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from clustering.pipeline.neighbours.cells import nearest_in_cells
from clustering.pipeline.neighbours.exact import most_similar, nearest_exact
from clustering.pipeline.neighbours.graph import Neighbours

N_NEIGHBOURS: Final = 15  # UMAP's default
EXACT_ROWS: Final = 10_000  # cells are faster above; recall within the threshold is 0.995
SAMPLE_ROWS: Final = 500  # for which recall is measured
SEED: Final = 7


def nearest(vectors: NDArray[np.float32], k: int) -> Neighbours:
    """Return the ``k`` nearest neighbours of each row: exact up to 10,000 rows, else approximate.

    Args:
        vectors: shape (n, d), n >= 1, rows of L2 norm 1.
        k: neighbours per row, itself included; cut to n.

    Deterministic; see ``nearest_exact`` and ``nearest_in_cells``.
    """
    if len(vectors) <= EXACT_ROWS:
        return nearest_exact(vectors, k)
    return nearest_in_cells(vectors, k)


def measured_recall(
    vectors: NDArray[np.float32], graph: Neighbours, distance: float = 2.0
) -> float:
    """Return the share of true neighbours within ``distance`` that the graph lists.

    Measured on 500 rows drawn with a fixed seed (or all), without the rows themselves; 1.0 if
    none has a neighbour within ``distance``. A listed row counts if it is no further than the
    last true neighbour, so that ties are not misses.
    """
    drawn = np.random.default_rng(SEED).permutation(len(vectors))[:SAMPLE_ROWS]
    width = graph.indices.shape[1]
    _, similarity = most_similar(vectors[drawn], vectors, width)
    true = 1.0 - similarity[:, 1:]
    reach = np.minimum(true[:, -1:] if width > 1 else true, distance)
    n_true = int((true <= distance).sum())
    n_listed = int((graph.distances[drawn, 1:] <= reach + 1e-5).sum())
    return min(1.0, n_listed / n_true) if n_true else 1.0
