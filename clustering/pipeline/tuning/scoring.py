"""Scores of a clustering: silhouette, relative validity, agreement with corrections."""

from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from clustering.pipeline.evaluation import b_cubed, outliers_as_singletons

Labels = NDArray[np.int64]
MANY_CLUSTERS: Final = 2_000  # above, a loop over clusters is slower than a copy
ISLAND: Final = 2.0  # times the longest edge: hdbscan's distance between components


def silhouettes(
    blocks: Iterable[tuple[NDArray[np.int64], NDArray[np.float64]]], partitions: Sequence[Labels]
) -> list[float | None]:
    """Return the mean silhouette of each partition over the rows of ``blocks``.

    Args:
        blocks: rows and the distances of all n rows to them, shape (n, len(rows)), each once.
        partitions: labels of the n rows; rows below 0 are left out.

    One pass over the distances scores all partitions. None for a partition of fewer than two
    clusters. Rows of clusters of one count 0; Rousseeuw (1987).
    """
    keys = [partition.tobytes() for partition in partitions]
    judged = {key: _Partition(partition) for key, partition in zip(keys, partitions, strict=True)}
    for rows, apart in blocks:
        for partition in judged.values():
            partition.add(rows, apart)
    return [judged[key].mean() for key in keys]


class _Partition:
    """One partition, and the sum of the silhouettes of the rows seen so far."""

    def __init__(self, labels: Labels) -> None:
        clustered = np.flatnonzero(labels >= 0)
        self._order = clustered[np.argsort(labels[clustered], kind="stable")]
        _, self._starts, self._sizes = np.unique(
            labels[self._order], return_index=True, return_counts=True
        )
        self._place = np.full(len(labels), -1, dtype=np.int64)
        self._place[self._order] = np.repeat(np.arange(len(self._sizes)), self._sizes)
        self._sum, self._count = 0.0, 0

    def add(self, rows: NDArray[np.int64], apart: NDArray[np.float64]) -> None:
        """Add the silhouettes of some rows, given the distances of all rows to them."""
        if len(self._sizes) < 2:
            return
        inside = np.flatnonzero(self._place[rows] >= 0)
        own = self._place[rows[inside]]
        sums = self._sums(apart)
        self._sum += float(_silhouettes(sums[:, inside].T, own, self._sizes).sum())
        self._count += len(own)

    def _sums(self, apart: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the summed distances of each cluster to each of the rows, shape (k, m)."""
        if len(self._sizes) > MANY_CLUSTERS:
            return np.asarray(np.add.reduceat(apart[self._order], self._starts, axis=0))
        # Without a copy of all distances in the clusters' order: twice as fast.
        sums = np.empty((len(self._sizes), apart.shape[1]))
        ends = self._starts + self._sizes
        for place, (start, end) in enumerate(zip(self._starts, ends, strict=True)):
            apart[self._order[start:end]].sum(axis=0, out=sums[place])
        return sums

    def mean(self) -> float | None:
        """Return the mean over the rows added."""
        return self._sum / self._count if self._count else None


def _silhouettes(
    sums: NDArray[np.float64], own: NDArray[np.int64], sizes: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Silhouettes of rows from their summed distances to each cluster, shape (m, k)."""
    place = np.arange(len(own)), own
    inside = sums[place] / np.maximum(sizes[own] - 1, 1)
    means = sums / sizes
    means[place] = np.inf
    outside = means.min(axis=1)
    largest = np.maximum(np.maximum(inside, outside), 1e-12)
    return np.asarray(np.where(sizes[own] > 1, (outside - inside) / largest, 0.0))


def with_outliers_alone(partitions: Iterable[Labels]) -> list[Labels]:
    """Return the partitions with each outlier as its own cluster."""
    return [outliers_as_singletons(partition) for partition in partitions]


def relative_validity(edges: NDArray[np.float64], labels: Labels) -> float:
    """Return hdbscan's relative_validity_, its fast approximation of DBCV; 0 without clusters.

    Args:
        edges: a minimum spanning tree of mutual reachability, shape (n - 1, 3).
        labels: shape (n,), -1 is noise.

    Comparable only on the same vectors. Moulavi et al. (2014).
    """
    sizes = np.bincount(labels[labels >= 0])
    if len(sizes) == 0:
        return 0.0
    lengths = edges[:, 2]
    first, second = labels[edges[:, 0].astype(np.int64)], labels[edges[:, 1].astype(np.int64)]
    between = (first >= 0) & (second >= 0)
    spread = np.zeros(len(sizes))
    within = between & (first == second)
    np.maximum.at(spread, first[within], lengths[within])
    apart = np.full(len(sizes), np.inf)
    across = between & (first != second)
    np.minimum.at(apart, first[across], lengths[across])
    np.minimum.at(apart, second[across], lengths[across])
    apart[np.isinf(apart)] = ISLAND * _furthest(lengths, first, second, len(sizes))
    index = (apart - spread) / np.maximum(np.maximum(apart, spread), 1e-300)
    return float((sizes * index).sum() / len(labels))


def _furthest(lengths: NDArray[np.float64], first: Labels, second: Labels, n: int) -> float:
    """The longest edge; for a single cluster the shortest edge to noise, if any."""
    to_noise = lengths[(first < 0) ^ (second < 0)]
    chosen = to_noise.min() if n == 1 and len(to_noise) else lengths.max(initial=0.0)
    return float(chosen)


def agreement(labels: Labels, decided: Labels) -> float:
    """Return the B-cubed F of ``labels`` against corrections, over the reviewed rows.

    Args:
        labels: shape (n,), -1 is an outlier, which counts as a cluster of one.
        decided: shape (n,), equal numbers belong together, -1 is not reviewed.
    """
    rows = np.flatnonzero(decided >= 0)
    clusters, groups = outliers_as_singletons(labels)[rows], decided[rows]
    precision, recall = b_cubed(clusters, groups), b_cubed(groups, clusters)
    return 2 * precision * recall / (precision + recall)
