"""Clusters of a spanning tree against the package hdbscan."""

import hdbscan
import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.sparse.csgraph import minimum_spanning_tree

from clustering.pipeline.clusterers.condensed_tree import (
    CondensedTree,
    Hierarchy,
    Method,
    spanning_tree,
)

Floats = NDArray[np.float64]


def distances(n_rows: int, *, step: float) -> Floats:
    """Random distances; rounding to ``step`` makes many of them equal."""
    points = np.random.default_rng(n_rows).normal(size=(n_rows, 3))
    apart = np.linalg.norm(points[:, None] - points[None, :], axis=2)
    return np.asarray(np.round(apart / step) * step, dtype=np.float64)


@pytest.mark.parametrize("step", [1e-9, 0.05, 0.5])
def test_the_spanning_tree_has_the_length_of_scipys(step: float) -> None:
    matrix = distances(60, step=step) + 1.0  # SciPy reads 0 as no edge

    edges = spanning_tree(matrix)

    assert edges[:, 2].sum() == pytest.approx(minimum_spanning_tree(matrix).sum())
    assert (np.diff(edges[:, 2]) >= 0).all()
    np.testing.assert_array_equal(matrix[tuple(edges[:, :2].astype(int).T)], edges[:, 2])


@pytest.mark.parametrize("method", ["eom", "leaf"])
@pytest.mark.parametrize("epsilon", [0.0, 0.2, 0.6, 5.0])
@pytest.mark.parametrize("min_cluster_size", [2, 3, 7, 200])
@pytest.mark.parametrize("step", [1e-9, 0.05, 0.5])
def test_labels_equal_the_package(
    method: Method, epsilon: float, min_cluster_size: int, step: float
) -> None:
    matrix = distances(120, step=step)
    reference = hdbscan.HDBSCAN(
        metric="precomputed",
        min_cluster_size=min_cluster_size,
        min_samples=1,
        cluster_selection_epsilon=epsilon,
        cluster_selection_method=method,
    ).fit_predict(matrix)
    nearest = np.partition(matrix, 1, axis=1)[:, 1]
    reachability = np.maximum(matrix, np.maximum(nearest[:, None], nearest[None, :]))

    tree = CondensedTree(Hierarchy.of(spanning_tree(reachability)), min_cluster_size)

    np.testing.assert_array_equal(tree.labels(method, epsilon), reference)
