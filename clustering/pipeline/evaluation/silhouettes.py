"""Mean silhouette by cosine distance; needs no labels."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from clustering.pipeline.evaluation.intervals import Figure, half_sampled_intervals
from clustering.pipeline.evaluation.label_metrics import codes

SILHOUETTE_ROWS: Final = 5_000  # a sample above it
BLOCK_CELLS: Final = 1 << 22  # numbers in memory at once: 32 MB


@dataclass(frozen=True)
class _Sample:
    """Silhouettes of sampled rows, and their clusters."""

    values: NDArray[np.float64]
    groups: NDArray[np.int64]


def silhouette(
    vectors: NDArray[np.float32], labels: NDArray[np.int64], *, random_state: int = 0
) -> float | None:
    """Return the mean silhouette by cosine distance over the clustered rows.

    None for fewer than two clusters. Rows of clusters of one count 0, as in Rousseeuw
    (1987). Above 5,000 rows a seeded sample is compared with all clustered rows.
    """
    sample = _sample(vectors, labels, random_state)
    return None if sample is None else float(sample.values.mean())


def silhouette_figure(
    vectors: NDArray[np.float32], labels: NDArray[np.int64], *, random_state: int = 0
) -> Figure | None:
    """Return :func:`silhouette` with n and an interval over clusters."""
    sample = _sample(vectors, labels, random_state)
    if sample is None:
        return None
    values = sample.values
    figures = half_sampled_intervals(
        lambda rows: {"silhouette": float(values[rows].mean())}, sample.groups, bounds=(-1.0, 1.0)
    )
    return figures["silhouette"]


def _sample(
    vectors: NDArray[np.float32], labels: NDArray[np.int64], random_state: int
) -> _Sample | None:
    rows = np.flatnonzero(labels >= 0)
    groups = codes(labels[rows].tolist())
    n_groups = int(groups.max(initial=-1)) + 1
    if n_groups < 2:
        return None
    sample = np.arange(len(rows))
    if len(rows) > SILHOUETTE_ROWS:
        generator = np.random.default_rng(random_state)
        sample = np.sort(generator.choice(len(rows), SILHOUETTE_ROWS, replace=False))
    means, sizes = _mean_rows(vectors, rows, groups)
    values = [np.zeros(0)]
    for some in _blocks(len(sample), n_groups):
        chosen = sample[some]
        values.append(_silhouettes(vectors[rows[chosen]], groups[chosen], means, sizes))
    return _Sample(np.concatenate(values), groups[sample])


def _silhouettes(
    vectors: NDArray[np.float32],
    groups: NDArray[np.int64],
    means: NDArray[np.float64],
    sizes: NDArray[np.int64],
) -> NDArray[np.float64]:
    """Uses that the mean distance to a cluster is 1 - v . mean."""
    distances = 1.0 - vectors.astype(np.float64) @ means.T
    own = np.arange(len(groups)), groups
    size = sizes[groups]
    # Exclude the row itself, at distance 0, from the mean of its own cluster.
    inside = distances[own] * size / np.maximum(size - 1, 1)
    distances[own] = np.inf
    outside = distances.min(axis=1)
    largest = np.maximum(np.maximum(inside, outside), 1e-12)
    return np.asarray(np.where(size > 1, (outside - inside) / largest, 0.0))


def _mean_rows(
    vectors: NDArray[np.float32], rows: NDArray[np.int64], groups: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return the mean row and the size of each group."""
    sizes = np.bincount(groups).astype(np.int64)
    sums = np.zeros((len(sizes), vectors.shape[1]))
    for some in _blocks(len(rows), vectors.shape[1]):
        np.add.at(sums, groups[some], vectors[rows[some]].astype(np.float64))
    return sums / sizes[:, None], sizes


def _blocks(n_rows: int, width: int) -> Iterator[slice]:
    """Yield slices of rows of ``width`` numbers that fit the block size."""
    height = max(1, BLOCK_CELLS // width)
    for start in range(0, n_rows, height):
        yield slice(start, start + height)
