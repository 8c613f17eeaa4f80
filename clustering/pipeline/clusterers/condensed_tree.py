"""HDBSCAN* from a minimum spanning tree: hierarchy, condensed tree, selection of clusters.

As in Campello, Moulavi & Sander (2013) and McInnes & Healy, Accelerated Hierarchical Density
Based Clustering (2017); the labels are those of the package ``hdbscan``, number by number.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

Method = Literal["eom", "leaf"]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

NONE: Final = -1
ROOT: Final = 0


def spanning_tree(distances: Floats) -> Floats:
    """Return a minimum spanning tree of a full distance matrix, by Prim's algorithm.

    Args:
        distances: shape (n, n), symmetric.

    Returns:
        Shape (n - 1, 3): row, row, distance; see ``ascending``.
    """
    n_rows = len(distances)
    edges = np.empty((n_rows - 1, 3))
    outside = np.arange(1, n_rows)
    reached, source = distances[0, 1:].copy(), np.zeros(n_rows - 1, dtype=np.int64)
    for place in range(n_rows - 1):
        nearest = int(np.argmin(reached))
        row = int(outside[nearest])
        edges[place] = source[nearest], row, reached[nearest]
        keep = np.arange(len(outside)) != nearest
        outside, reached, source = outside[keep], reached[keep], source[keep]
        closer = distances[row, outside] < reached
        reached[closer] = distances[row, outside[closer]]
        source[closer] = row
    return ascending(edges)


def ascending(edges: Floats) -> Floats:
    """Return the edges by ascending distance.

    The order of equal distances can decide labels. It is that of NumPy's default sort, which
    is not stable, as in the package hdbscan.
    """
    return edges[np.argsort(edges[:, 2])]


@dataclass(frozen=True)
class Hierarchy:
    """The single-linkage tree of n rows: merge i joins two nodes to node n + i."""

    children: Ints
    """Shape (n - 1, 2): nodes below n are rows."""
    distances: Floats
    """Shape (n - 1,), ascending."""
    sizes: Ints
    """Shape (2 n - 1,): rows below each node."""

    @classmethod
    def of(cls, edges: Floats) -> "Hierarchy":
        """Return the hierarchy of a minimum spanning tree.

        Args:
            edges: shape (n - 1, 3), n >= 2: row, row, distance, ascending by distance.
        """
        n_edges = len(edges)
        parent = list(range(2 * n_edges + 1))
        sizes = [1] * (2 * n_edges + 1)
        children = []
        pairs = edges[:, :2].astype(np.int64).tolist()
        for node, (first, second) in enumerate(pairs, start=n_edges + 1):
            one, other = _find(parent, first), _find(parent, second)
            parent[one] = parent[other] = node
            sizes[node] = sizes[one] + sizes[other]
            children.append((one, other))
        return cls(
            np.array(children, dtype=np.int64).reshape(-1, 2),
            edges[:, 2],
            np.array(sizes, dtype=np.int64),
        )

    @cached_property
    def leaves(self) -> tuple[Ints, Ints]:
        """Rows in the order of the dendrogram, shape (n,), and the place of each node's first row.

        The rows below a node are consecutive.
        """
        n_rows = len(self.children) + 1
        first = [0] * (2 * n_rows - 1)
        sizes = self.sizes.tolist()
        children = self.children.tolist()
        for merge in range(n_rows - 2, -1, -1):
            left, right = children[merge]
            first[left] = first[n_rows + merge]
            first[right] = first[left] + sizes[left]
        places = np.array(first, dtype=np.int64)
        order = np.empty(n_rows, dtype=np.int64)
        order[places[:n_rows]] = np.arange(n_rows)
        return order, places


def _find(parent: list[int], node: int) -> int:
    """Return the root of a node, and shorten the path to it."""
    root = node
    while parent[root] != root:
        root = parent[root]
    while parent[node] != root:
        parent[node], node = root, parent[node]
    return root


class CondensedTree:
    """The hierarchy without the splits that leave fewer than ``min_cluster_size`` rows on a side.

    Clusters are numbered breadth first from the root, 0, so a parent precedes its children.
    A density (lambda) is the inverse of a distance.
    """

    def __init__(self, hierarchy: Hierarchy, min_cluster_size: int) -> None:
        n_rows = len(hierarchy.children) + 1
        children, sizes = hierarchy.children.tolist(), hierarchy.sizes.tolist()
        with np.errstate(divide="ignore"):
            densities = (1.0 / hierarchy.distances).tolist()
        parents, births = [NONE], [0.0]
        events: list[tuple[int, float, int, int]] = []
        queue = [(2 * n_rows - 2, ROOT)]
        for node, cluster in queue:
            density, pair = densities[node - n_rows], children[node - n_rows]
            is_split = min(sizes[pair[0]], sizes[pair[1]]) >= min_cluster_size
            for child in pair:
                size = sizes[child]
                if is_split:
                    queue.append((child, len(parents)))
                    events.append((cluster, density, size, NONE))
                    parents.append(cluster)
                    births.append(density)
                elif size >= min_cluster_size:
                    queue.append((child, cluster))
                else:
                    events.append((cluster, density, size, child))
        self._parents = parents
        losing, at, lost, nodes = (np.array(column) for column in zip(*events, strict=True))
        self._stability = _stability(losing, at, lost, nodes, np.array(births))
        self._last_cluster = _last_cluster(hierarchy, losing, lost, nodes)
        """Shape (n,): the smallest cluster that holds each row."""
        with np.errstate(divide="ignore"):
            self._birth_distances = (1.0 / np.array(births)).tolist()
        self._selected: dict[Method, list[int]] = {}

    def labels(self, method: Method, epsilon: float) -> Ints:
        """Return the cluster of each row, shape (n,), -1 for noise.

        Args:
            method: ``eom`` (excess of mass) or ``leaf``.
            epsilon: distance below which the splits of the condensed tree are ignored.
        """
        if method not in self._selected:
            self._selected[method] = self._leaves() if method == "leaf" else self._most_stable()
        selected = self._selected[method]
        if epsilon:
            merged = self._merged(epsilon)
            distances = self._birth_distances
            selected = sorted(
                {merged[one] if distances[one] < epsilon else one for one in selected}
            )
        numbers = {cluster: number for number, cluster in enumerate(selected)}
        label_of = [NONE]
        for cluster in range(1, len(self._parents)):
            label_of.append(numbers.get(cluster, label_of[self._parents[cluster]]))
        return np.array(label_of, dtype=np.int64)[self._last_cluster]

    def _leaves(self) -> list[int]:
        return sorted(set(range(1, len(self._parents))) - set(self._parents))

    def _most_stable(self) -> list[int]:
        """Return the clusters that are more stable than all selected below them together."""
        stability = self._stability.tolist()
        below = [0.0] * len(stability)
        is_stable = [False] * len(stability)
        for cluster in range(len(stability) - 1, ROOT, -1):
            is_stable[cluster] = not below[cluster] > stability[cluster]
            if not is_stable[cluster]:
                stability[cluster] = below[cluster]
            below[self._parents[cluster]] += stability[cluster]
        selected = []
        is_covered = [False] * len(stability)
        for cluster in range(1, len(stability)):
            parent = self._parents[cluster]
            is_covered[cluster] = is_covered[parent] or (parent != ROOT and is_stable[parent])
            if is_stable[cluster] and not is_covered[cluster]:
                selected.append(cluster)
        return selected

    def _merged(self, epsilon: float) -> list[int]:
        """Return for each cluster its nearest ancestor that was split off above ``epsilon``.

        A child of the root where there is none: the root itself is never selected.
        """
        merged = [ROOT]
        for cluster in range(1, len(self._parents)):
            parent = self._parents[cluster]
            if parent == ROOT:
                merged.append(cluster)
            else:
                is_above = self._birth_distances[parent] > epsilon
                merged.append(parent if is_above else merged[parent])
        return merged


def _stability(losing: Ints, at: Floats, lost: Ints, nodes: Ints, births: Floats) -> Floats:
    """Return the excess of mass of each cluster.

    Summed row by row: a product would round differently, and ties in stability are common.
    """
    is_split = nodes == NONE
    with np.errstate(invalid="ignore"):
        gains = (at - births[losing]) * np.where(is_split, lost, 1)
    repeats = np.where(is_split, 1, lost)
    mass = np.bincount(np.repeat(losing, repeats), np.repeat(gains, repeats), len(births))
    return np.asarray(mass, dtype=np.float64)


def _last_cluster(hierarchy: Hierarchy, losing: Ints, lost: Ints, nodes: Ints) -> Ints:
    order, first = hierarchy.leaves
    is_lost = nodes != NONE
    losing, lost, nodes = losing[is_lost], lost[is_lost], nodes[is_lost]
    starts = np.cumsum(lost) - lost
    places = np.arange(int(lost.sum())) + np.repeat(first[nodes] - starts, lost)
    last = np.empty(len(order), dtype=np.int64)
    last[order[places]] = np.repeat(losing, lost)
    return last
