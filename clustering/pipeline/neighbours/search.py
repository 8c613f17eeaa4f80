"""The graph of a run: exact while that is quick, else by cells, with what it missed measured."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from clustering.pipeline.neighbours.cells import nearest_in_cells
from clustering.pipeline.neighbours.exact import most_similar, nearest_exact
from clustering.pipeline.neighbours.graph import Neighbours

N_NEIGHBOURS: Final = 15  # of the graph that every step shares; UMAP's own default
EXACT_ROWS: Final = 30_000  # ten seconds of one core; four times as many rows take sixteen times
SAMPLE_ROWS: Final = 500  # whose true neighbours are looked for to measure recall
SEED: Final = 7


def nearest(vectors: NDArray[np.float32], k: int) -> Neighbours:
    """Return the ``k`` nearest neighbours of each row: exact up to 30,000 rows, else nearly so.

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

    Of 500 rows drawn with a fixed seed (all, where there are fewer), themselves left out;
    1.0 where none has a neighbour so near. A listed row counts if it is no further than the
    last true neighbour, so that ties are no misses.
    """
    drawn = np.random.default_rng(SEED).permutation(len(vectors))[:SAMPLE_ROWS]
    width = graph.indices.shape[1]
    _, similarity = most_similar(vectors[drawn], vectors, width)
    true = 1.0 - similarity[:, 1:]
    reach = np.minimum(true[:, -1:] if width > 1 else true, distance)
    n_true = int((true <= distance).sum())
    n_listed = int((graph.distances[drawn, 1:] <= reach + 1e-5).sum())
    return min(1.0, n_listed / n_true) if n_true else 1.0
