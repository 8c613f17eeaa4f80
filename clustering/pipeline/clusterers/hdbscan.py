"""Density groups (HDBSCAN), cut where a group hangs together by a long link only."""

import warnings
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from clustering.pipeline.clusterers import OUTLIER, Labelling
from clustering.pipeline.clusterers.grouping import labelled, labels_by_size, members_by_group
from clustering.pipeline.errors import InputError
from clustering.pipeline.neighbours import Neighbours, components, pairs_within

MATRIX_ROWS: Final = 10_000  # float64 distances of more rows than this take over 800 MB
COPY_DISTANCE: Final = 0.01  # cosine; the same file in another size or compression

Method = Literal["eom", "leaf"]


@dataclass(frozen=True)
class Hdbscan:
    """Density clustering on euclidean distances of unit rows; sizes count domains."""

    min_cluster_size: int = 2
    min_samples: int = 1
    cluster_selection_epsilon: float = 0.8
    """Euclidean: groups that part below it stay together (0.8 is a cosine distance of 0.32)."""
    cluster_selection_method: Method = "eom"
    max_distance: float = 0.3
    """Cosine: no link of a group is longer, so that strangers are not chained together."""

    def __post_init__(self) -> None:
        if self.min_cluster_size < 2 or self.min_samples < 1:
            raise InputError("min_cluster_size must be at least 2 and min_samples at least 1")
        if self.cluster_selection_method not in ("eom", "leaf"):
            raise InputError("cluster_selection_method must be eom or leaf")
        if self.cluster_selection_epsilon < 0 or not 0 < self.max_distance <= 2:
            raise InputError("cluster_selection_epsilon must be >= 0, max_distance in (0, 2]")

    def fit(
        self,
        vectors: NDArray[np.float32],
        neighbours: Neighbours,  # below 10k rows the full matrix is faster
        weights: NDArray[np.int64] | None = None,
    ) -> Labelling:
        """Group n unit rows, shape (n, d)."""
        # Copies lie at distance 0 and would make clumps of infinite density: one row stands
        # for each set of them.
        copies = components(len(vectors), pairs_within(vectors, COPY_DISTANCE))
        firsts = np.array([rows[0] for rows in members_by_group(copies)], dtype=np.int64)
        dense = self._dense(vectors[firsts])
        groups = _cut(vectors[firsts], dense, self.max_distance)[copies]
        labels = labels_by_size(groups, weights, self.min_cluster_size)
        return labelled(vectors, labels, self.max_distance)

    def _dense(self, vectors: NDArray[np.float32]) -> NDArray[np.int64]:
        """Return HDBSCAN's labels; too few rows for it are all outliers."""
        if len(vectors) <= max(self.min_cluster_size, self.min_samples):
            return np.full(len(vectors), OUTLIER, dtype=np.int64)
        import hdbscan

        options = {
            "min_cluster_size": self.min_cluster_size,
            "min_samples": self.min_samples,
            "cluster_selection_epsilon": self.cluster_selection_epsilon,
            "cluster_selection_method": self.cluster_selection_method,
        }
        with warnings.catch_warnings():
            # hdbscan 0.8 passes an argument that scikit-learn has renamed
            warnings.filterwarnings("ignore", category=FutureWarning, module="sklearn")
            if len(vectors) > MATRIX_ROWS:
                model = hdbscan.HDBSCAN(metric="euclidean", core_dist_n_jobs=1, **options)
                return np.asarray(model.fit_predict(vectors.astype(np.float64)), dtype=np.int64)
            model = hdbscan.HDBSCAN(metric="precomputed", **options)
            return np.asarray(model.fit_predict(_euclidean(vectors)), dtype=np.int64)


def _euclidean(vectors: NDArray[np.float32]) -> NDArray[np.float64]:
    """Distances of unit rows by one product: |a - b|^2 = 2 - 2 a.b."""
    squared = np.round(2.0 - 2.0 * (vectors @ vectors.T).astype(np.float64), 6)
    np.fill_diagonal(squared, 0.0)
    return np.asarray(np.sqrt(np.maximum(np.maximum(squared, squared.T), 0.0)))


def _cut(
    vectors: NDArray[np.float32], dense: NDArray[np.int64], distance: float
) -> NDArray[np.int64]:
    """Split groups at links longer than ``distance``; each outlier gets a group of its own."""
    groups = np.arange(len(vectors), dtype=np.int64)
    for rows in members_by_group(dense):
        parts = components(len(rows), pairs_within(vectors[rows], distance))
        for part in members_by_group(parts):
            groups[rows[part]] = rows[part[0]]
    return groups
