"""DBSCAN on the neighbour graph."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clustering.pipeline.clusterers import DEFAULT_DISTANCE, OUTLIER
from clustering.pipeline.clusterers.labelling import labels_by_size
from clustering.pipeline.errors import InputError
from clustering.pipeline.neighbours import (
    Neighbours,
    Pairs,
    bridges,
    components,
    edges_within,
    joined,
    nearest,
)


@dataclass(frozen=True)
class Dbscan:
    """Density clustering at one distance; Ester, Kriegel, Sander & Xu (1996).

    With ``min_samples`` 2 it equals single linkage (``agglomerative``) cut at ``eps``.
    """

    eps: float = DEFAULT_DISTANCE
    """Cosine distance within which rows are neighbours, above 0 and up to 2."""
    min_samples: int = 2
    """Domains within ``eps``, the row's own among them, that make a row a core."""

    def __post_init__(self) -> None:
        if not 0 < self.eps <= 2:
            raise InputError(f"eps must be above 0 and up to 2, got {self.eps}")
        if self.min_samples < 1:
            raise InputError(f"min_samples must be at least 1, got {self.min_samples}")

    def fit(
        self,
        vectors: NDArray[np.float32],
        neighbours: Neighbours,
        weights: NDArray[np.int64] | None = None,
    ) -> NDArray[np.int64]:
        """Group n unit rows, shape (n, d).

        A border row joins its nearest core row; ties go to the lowest row.
        """
        graph = neighbours
        if graph.indices.shape[1] < self.min_samples and not graph.is_complete:
            graph = nearest(vectors, self.min_samples)
        near = edges_within(graph, self.eps)
        counts = np.ones(len(vectors), dtype=np.int64) if weights is None else weights
        cores = _reached(near, counts) >= self.min_samples
        groups = _joined(vectors, graph, near, cores, self.eps)
        _place_borders(groups, cores, near)
        return labels_by_size(groups, weights, 1)


def _reached(pairs: Pairs, counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the number of domains within ``eps`` of each row, its own included.

    Too low only for rows whose graph lists are full, which have enough neighbours for a core
    in any case.
    """
    reached = counts.copy()
    np.add.at(reached, pairs.left, counts[pairs.right])
    np.add.at(reached, pairs.right, counts[pairs.left])
    return reached


def _joined(
    vectors: NDArray[np.float32],
    graph: Neighbours,
    near: Pairs,
    cores: NDArray[np.bool_],
    distance: float,
) -> NDArray[np.int64]:
    """Return the group of each core; other rows are outliers so far."""
    between = near.chosen(cores[near.left] & cores[near.right])
    groups = components(len(vectors), between)
    more = bridges(vectors, graph, groups, distance, among=cores)
    groups = components(len(vectors), joined([between, more]))
    groups[~cores] = OUTLIER
    return groups


def _place_borders(groups: NDArray[np.int64], cores: NDArray[np.bool_], pairs: Pairs) -> None:
    """Give each row that is no core, but near one, the group of the nearest."""
    core = np.concatenate([pairs.left, pairs.right])
    row = np.concatenate([pairs.right, pairs.left])
    apart = np.concatenate([pairs.distances, pairs.distances])
    fits = cores[core] & ~cores[row]
    core, row, apart = core[fits], row[fits], apart[fits]
    order = np.lexsort((core, apart, row))
    rows, firsts = np.unique(row[order], return_index=True)
    groups[rows] = groups[core[order][firsts]]
