"""HDBSCAN* with a maximum distance."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import minimum_spanning_tree

from clustering.pipeline.clusterers import DEFAULT_DISTANCE
from clustering.pipeline.clusterers.condensed_tree import (
    CondensedTree,
    Floats,
    Hierarchy,
    Method,
    ascending,
    spanning_tree,
)
from clustering.pipeline.clusterers.labelling import labels_by_size
from clustering.pipeline.errors import InputError
from clustering.pipeline.membership import members_by_group
from clustering.pipeline.neighbours import Neighbours, Pairs, components, links, nearest
from clustering.pipeline.neighbours.exact import distances_between

MATRIX_ROWS: Final = 2_048  # larger components use the pairs of the graph alone
CLOSEST: Final = 0.01  # cosine; smaller distances count as this one

FURTHEST: Final = 2.0  # cosine distance of opposite rows


def epsilon_for(max_distance: float) -> float:
    """Return the usual ``cluster_selection_epsilon``: 0.6 times the cosine distance, euclidean.

    Between the two, density decides.
    """
    return round(math.sqrt(2 * 0.6 * max_distance), 3)


@dataclass(frozen=True)
class Hdbscan:
    """Density clustering; Campello, Moulavi & Sander (2013), McInnes & Healy (2017).

    Distances are euclidean between unit rows; ``max_distance`` is cosine. The hierarchy starts
    at it: rows not connected by shorter distances share no cluster, and a connected component
    is one cluster unless its denser parts are more stable. So the work is one small tree per
    component.
    """

    min_cluster_size: int = 2
    min_samples: int = 1
    cluster_selection_epsilon: float = epsilon_for(DEFAULT_DISTANCE)
    """Euclidean distance below which clusters are not split (0.6 is a cosine distance of 0.18)."""
    cluster_selection_method: Method = "eom"
    max_distance: float = DEFAULT_DISTANCE
    """Cosine distance above which rows are not connected; 2 gives plain HDBSCAN."""

    def __post_init__(self) -> None:
        if self.min_cluster_size < 2 or self.min_samples < 1:
            raise InputError("min_cluster_size must be at least 2 and min_samples at least 1")
        if self.cluster_selection_method not in ("eom", "leaf"):
            raise InputError("cluster_selection_method must be eom or leaf")
        if self.cluster_selection_epsilon < 0 or not 0 < self.max_distance <= 2:
            raise InputError("cluster_selection_epsilon must be >= 0, max_distance in (0, 2]")

    @property
    def _is_bounded(self) -> bool:
        return self.max_distance < FURTHEST

    def fit(
        self,
        vectors: NDArray[np.float32],
        neighbours: Neighbours,
        weights: NDArray[np.int64] | None = None,
    ) -> NDArray[np.int64]:
        """Group n unit rows, shape (n, d)."""
        graph = neighbours
        if graph.indices.shape[1] <= self.min_samples and not graph.is_complete:
            graph = nearest(vectors, self.min_samples + 1)
        cores = _core_distances(graph, self.min_samples)
        reach = _reachable(links(vectors, graph, self.max_distance), cores, self.max_distance)
        groups = self._groups(vectors, cores, reach)
        return labels_by_size(groups, weights, self.min_cluster_size)

    def _groups(
        self, vectors: NDArray[np.float32], cores: NDArray[np.float32], reach: Pairs
    ) -> NDArray[np.int64]:
        """Return the group of each row; an outlier is a group of one."""
        found = components(len(vectors), reach)
        groups = np.arange(len(vectors), dtype=np.int64)
        for rows in members_by_group(found):
            if len(rows) < self.min_cluster_size:
                continue
            if len(rows) < 2 * self.min_cluster_size and self._is_bounded:
                # too few for two denser parts
                groups[rows] = rows[0]
            elif len(rows) <= MATRIX_ROWS:
                self._select(groups, rows, _matrix_tree(vectors[rows], cores[rows]))
            else:
                own = reach.chosen(found[reach.left] == found[rows[0]])
                self._select(groups, rows, _sparse_tree(rows, own))
        return groups

    def _select(self, groups: NDArray[np.int64], rows: NDArray[np.int64], tree: Floats) -> None:
        """Number the clusters of one component, whose spanning tree is given."""
        for members in members_by_group(self._labels(tree)):
            groups[rows[members]] = rows[members[0]]

    def _labels(self, edges: Floats) -> NDArray[np.int64]:
        """Return HDBSCAN's labels of the rows of a spanning tree."""
        n_rows = len(edges) + 1
        if self._is_bounded:
            edges = _with_neighbour(edges, self.min_cluster_size, _euclidean(self.max_distance))
        tree = CondensedTree(Hierarchy.of(edges), self.min_cluster_size)
        method, epsilon = self.cluster_selection_method, self.cluster_selection_epsilon
        return tree.labels(method, epsilon)[:n_rows]


def _euclidean(cosine: float) -> float:
    return float(np.sqrt(2.0 * max(cosine, CLOSEST)))


def _core_distances(graph: Neighbours, min_samples: int) -> NDArray[np.float32]:
    """Return the cosine distance of each row to its ``min_samples``-th neighbour."""
    return graph.distances[:, min(min_samples, graph.distances.shape[1] - 1)]


def _reachable(pairs: Pairs, cores: NDArray[np.float32], distance: float) -> Pairs:
    """Return the pairs by mutual reachability, those within ``distance``."""
    apart = np.maximum(pairs.distances, np.maximum(cores[pairs.left], cores[pairs.right]))
    return Pairs(pairs.left, pairs.right, np.maximum(apart, CLOSEST)).chosen(apart <= distance)


def _matrix_tree(vectors: NDArray[np.float32], cores: NDArray[np.float32]) -> Floats:
    """Return the minimum spanning tree of all pairs, shape (n - 1, 3): row, row, distance."""
    apart = distances_between(vectors, vectors).astype(np.float64)
    apart = np.maximum(np.maximum(apart, apart.T), np.maximum(cores[:, None], cores[None, :]))
    return spanning_tree(np.sqrt(2.0 * np.maximum(apart, CLOSEST)))


def _sparse_tree(rows: NDArray[np.int64], pairs: Pairs) -> Floats:
    """Return the minimum spanning tree of the pairs, which join all ``rows`` (ascending)."""
    places = np.searchsorted(rows, pairs.left), np.searchsorted(rows, pairs.right)
    weights = pairs.distances.astype(np.float64)
    graph = coo_array((weights, places), shape=(len(rows), len(rows)))
    tree = minimum_spanning_tree(graph.tocsr()).tocoo()
    return ascending(np.stack([tree.row, tree.col, np.sqrt(2.0 * tree.data)], axis=1))


def _with_neighbour(tree: Floats, n_rows: int, distance: float) -> Floats:
    """Return the tree joined at ``distance`` with ``n_rows`` artificial rows.

    HDBSCAN never selects the root, so a whole component can be a cluster only below another root.
    """
    first = len(tree) + 1
    others = np.arange(first, first + n_rows)
    chain = np.stack([others[:-1], others[1:], np.full(n_rows - 1, distance)], axis=1)
    return np.vstack([tree, chain, [[0, first, distance]]])
