"""HDBSCAN's labels for many configurations, from one single-linkage tree per min_samples.

hdbscan fits each configuration from the vectors, and spends nearly all time on distances and the
minimum spanning tree, which depend only on metric and min_samples. Here distances are computed
once per metric, trees once per min_samples, condensed trees once per min_cluster_size; the rest
takes milliseconds per configuration. The labels equal hdbscan's exactly. (Up to 60 dimensions
hdbscan uses an approximate spanning tree by default, whose labels may differ; all embedders have
more.)
"""

from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from clustering.pipeline.clusterers.condensed_tree import CondensedTree, Hierarchy, spanning_tree
from clustering.pipeline.tuning import Configuration, Metric

CLOSE: Final = 1e-4  # squared euclidean distance below which cancellation matters


def distances(vectors: NDArray[np.float64], metric: Metric) -> NDArray[np.float64]:
    """Return all pairwise distances, shape (n, n), exactly symmetric, 0 between equal rows.

    Cosine as in scikit-learn. Euclidean by one matrix product over the distinct rows,
    |a - b|^2 = |a|^2 + |b|^2 - 2 a.b; small results are recomputed from the difference,
    because of cancellation.
    """
    if metric == "cosine":
        from sklearn.metrics.pairwise import cosine_distances

        matrix = np.asarray(cosine_distances(vectors), dtype=np.float64)
        np.fill_diagonal(matrix, 0.0)
        return matrix
    firsts, row_of = _distinct(vectors)
    return _euclidean(vectors[firsts])[np.ix_(row_of, row_of)]


class Trees:
    """Cached trees of one distance matrix."""

    def __init__(self, matrix: NDArray[np.float64], *, most_samples: int) -> None:
        self._matrix = matrix
        self._most_samples = min(most_samples, len(matrix) - 1)
        self._trees: dict[int, Tree] = {}

    def labels(self, configuration: Configuration) -> NDArray[np.int64]:
        """Return the result of hdbscan.HDBSCAN(...).fit_predict, shape (n,), -1 is noise.

        n must exceed min_samples.
        """
        return self.tree(configuration.min_samples).labels(configuration)

    def tree(self, min_samples: int) -> "Tree":
        """Return the cached tree for ``min_samples``."""
        if min_samples not in self._trees:
            self._trees[min_samples] = Tree(self._reachability(min_samples))
        return self._trees[min_samples]

    @cached_property
    def _nearest(self) -> NDArray[np.float64]:
        """Ascending distances to the nearest rows, itself first; shape (n, most + 1)."""
        ranks = np.arange(self._most_samples + 1)
        return np.partition(self._matrix, ranks, axis=1)[:, ranks]

    def _reachability(self, min_samples: int) -> NDArray[np.float64]:
        """Mutual reachability: at least both rows' distance to their min_samples-th neighbour."""
        core = self._nearest[:, min_samples]
        reachability = np.maximum(self._matrix, core)
        return np.maximum(reachability, core[:, None], out=reachability)


class Tree:
    """A minimum spanning tree of mutual reachability, and its condensed trees."""

    def __init__(self, reachability: NDArray[np.float64]) -> None:
        self.edges = spanning_tree(reachability)
        """Shape (n - 1, 3): row, row, distance, ascending by distance."""
        self._hierarchy = Hierarchy.of(self.edges)
        self._condensed: dict[int, CondensedTree] = {}

    def labels(self, configuration: Configuration) -> NDArray[np.int64]:
        """Return the labels of a configuration with this tree's metric and min_samples."""
        size = configuration.min_cluster_size
        if size not in self._condensed:
            self._condensed[size] = CondensedTree(self._hierarchy, size)
        return self._condensed[size].labels(
            configuration.cluster_selection_method, configuration.cluster_selection_epsilon
        )


def _distinct(vectors: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The first of each set of equal rows, and for each row the index of its first."""
    places: dict[bytes, int] = {}
    firsts: list[int] = []
    row_of = np.empty(len(vectors), dtype=np.int64)
    for row, vector in enumerate(vectors):
        key = vector.tobytes()
        if key not in places:
            places[key] = len(firsts)
            firsts.append(row)
        row_of[row] = places[key]
    return np.array(firsts, dtype=np.int64), row_of


def _euclidean(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    product = vectors @ vectors.T
    norms = np.diagonal(product)
    squared = norms[:, None] + norms[None, :] - 2.0 * product
    squared = np.maximum(np.maximum(squared, squared.T), 0.0)
    left, right = np.nonzero(np.triu(squared < CLOSE, k=1))
    exact = ((vectors[left] - vectors[right]) ** 2).sum(axis=1)
    squared[left, right] = squared[right, left] = exact
    np.fill_diagonal(squared, 0.0)
    return np.asarray(np.sqrt(squared))
