"""K-Means with a given number of clusters; rows far from the medoid are outliers."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from clustering.pipeline.clusterers import DEFAULT_DISTANCE, OUTLIER
from clustering.pipeline.clusterers.labelling import labels_by_size
from clustering.pipeline.errors import InputError
from clustering.pipeline.medoids import medoid
from clustering.pipeline.membership import members_by_group
from clustering.pipeline.neighbours import Neighbours

FULL_ROWS: Final = 10_000  # above, mini-batch k-means
BATCH_ROWS: Final = 4_096
MAX_CLUSTERS: Final = 1_000_000
MOST_DISTANCES: Final = 200_000_000  # rows times centres: a minute at 256 dimensions, one core
SCORED_ROWS: Final = 4_000  # rows of the silhouette: 64 MB of float32 distances
SWEEP_AXES: Final = 128  # of logos-dev's 2,127: a third of the time, inertia up to 6 % lower


@dataclass(frozen=True)
class KMeans:
    """Lloyd's algorithm from k-means++ seeds; on unit rows it groups by cosine."""

    n_clusters: int = 0
    """At most half the number of images, which is also the value for 0."""
    max_distance: float = DEFAULT_DISTANCE
    """Cosine: rows further than this from their cluster's medoid are outliers; 2 keeps all."""
    min_size: int = 2
    """Domains; smaller groups are outliers."""
    random_state: int = 42

    def __post_init__(self) -> None:
        if not 0 <= self.n_clusters <= MAX_CLUSTERS:
            raise InputError(f"n_clusters must be from 0 to {MAX_CLUSTERS}, got {self.n_clusters}")
        if not 0 < self.max_distance <= 2:
            raise InputError(f"max_distance must be in (0, 2], got {self.max_distance}")
        if self.min_size < 1:
            raise InputError(f"min_size must be at least 1, got {self.min_size}")

    def fit(
        self,
        vectors: NDArray[np.float32],
        neighbours: Neighbours,  # k-means compares rows with centres, never with each other
        weights: NDArray[np.int64] | None = None,
    ) -> NDArray[np.int64]:
        """Group n unit rows, shape (n, d).

        Raises:
            InputError: if rows times clusters would take too long.
        """
        distinct, row_of = np.unique(vectors, axis=0, return_inverse=True)
        half = (len(distinct) + 1) // 2
        n_clusters = min(self.n_clusters or half, half)
        _refuse_too_many(n_clusters, len(distinct))
        model = _fitted(distinct, n_clusters, self.random_state)
        groups = _without_far_rows(vectors, model.labels_[row_of.ravel()], self.max_distance)
        return labels_by_size(groups, weights, self.min_size)


@dataclass(frozen=True)
class SweepPoint:
    """Fit of one number of clusters."""

    n_clusters: int
    inertia: float
    """Summed squared euclidean distance of the rows to their centres."""
    silhouette: float | None
    """Mean over all rows by cosine, of at most 4,000 rows; None where it is undefined."""


def sweep(
    vectors: NDArray[np.float32], n_clusters: Sequence[int], *, random_state: int = 42
) -> list[SweepPoint]:
    """Fit k-means once for each number of clusters below the number of distinct rows.

    Args:
        vectors: shape (n, d), rows of L2 norm 1.
        n_clusters: the numbers to try, each at least 2.

    Silhouette as in Rousseeuw (1987), without outliers. Above 128 dimensions rows are clustered
    by their main axes, and scored by all.
    """
    distinct, row_of = np.unique(vectors, axis=0, return_inverse=True)
    axes = _main_axes(distinct, random_state)
    sample = _sample(len(vectors), random_state)
    points = []
    for count in n_clusters:
        if 2 <= count < len(distinct):
            model = _fitted(axes, count, random_state)
            groups = np.asarray(model.labels_[row_of.ravel()], dtype=np.int64)
            inertia = _inertia(vectors, groups)
            points.append(SweepPoint(count, inertia, _silhouette(vectors[sample], groups[sample])))
    return points


def suggested(points: Sequence[SweepPoint]) -> int | None:
    """Return the number of clusters with the highest silhouette; ties go to the lowest."""
    scored = [(-one.silhouette, one.n_clusters) for one in points if one.silhouette is not None]
    return min(scored)[1] if scored else None


def _main_axes(vectors: NDArray[np.float32], random_state: int) -> NDArray[np.float32]:
    """Return rows on at most 128 axes that keep most of their products (truncated SVD)."""
    if min(vectors.shape) <= SWEEP_AXES:
        return vectors
    from sklearn.decomposition import TruncatedSVD

    axes = TruncatedSVD(SWEEP_AXES, random_state=random_state).fit_transform(vectors)
    return np.asarray(axes, dtype=np.float32)


def _fitted(vectors: NDArray[np.float32], n_clusters: int, random_state: int) -> Any:
    from sklearn.cluster import KMeans as Lloyd
    from sklearn.cluster import MiniBatchKMeans

    options = {"n_clusters": n_clusters, "random_state": random_state, "n_init": 1}
    with warnings.catch_warnings():
        # Fewer distinct rows than centres give fewer clusters.
        warnings.filterwarnings("ignore", module="sklearn")
        if len(vectors) > FULL_ROWS:
            return MiniBatchKMeans(**options, batch_size=BATCH_ROWS).fit(vectors)
        return Lloyd(**options).fit(vectors)


def _refuse_too_many(n_clusters: int, n_rows: int) -> None:
    """Reject sizes that would take hours: cost grows with rows times clusters."""
    most = MOST_DISTANCES // n_rows
    if n_clusters > most:
        raise InputError(
            f"kmeans makes up to {most:,} clusters of {n_rows:,} different images, got "
            f"{n_clusters:,}; choose fewer clusters, or agglomerative, which needs no number"
        )


def _without_far_rows(
    vectors: NDArray[np.float32], groups: NDArray[np.int64], distance: float
) -> NDArray[np.int64]:
    kept = groups.astype(np.int64)
    for rows in members_by_group(kept):
        middle = vectors[rows[medoid(vectors[rows])]]
        kept[rows[np.round(1.0 - vectors[rows] @ middle, 6) > distance]] = OUTLIER
    return kept


def _inertia(vectors: NDArray[np.float32], groups: NDArray[np.int64]) -> float:
    """For unit rows: size minus squared norm of the sum divided by size."""
    sums = [vectors[rows].sum(axis=0, dtype=np.float64) for rows in members_by_group(groups)]
    sizes = np.bincount(groups)[np.unique(groups)]
    return float(len(vectors) - sum(float(s @ s) / n for s, n in zip(sums, sizes, strict=True)))


def _sample(n_rows: int, random_state: int) -> NDArray[np.int64]:
    if n_rows <= SCORED_ROWS:
        return np.arange(n_rows)
    chosen = np.random.default_rng(random_state).choice(n_rows, SCORED_ROWS, replace=False)
    return np.sort(chosen)


def _silhouette(vectors: NDArray[np.float32], groups: NDArray[np.int64]) -> float | None:
    if not 2 <= len(np.unique(groups)) < len(groups):
        return None
    from sklearn.metrics import silhouette_score

    return float(silhouette_score(vectors, groups, metric="cosine"))
