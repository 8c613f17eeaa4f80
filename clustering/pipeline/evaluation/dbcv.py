"""Density-based clustering validation (DBCV); needs no labels."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from clustering.pipeline.evaluation.intervals import Figure, half_sampled_intervals
from clustering.pipeline.membership import members_by_group

LEAST_POWER: Final = -1e9  # in place of minus infinity where all others are copies
MAX_MEMBERS: Final = 1_000  # per cluster; larger ones are sampled
EVALUATED_ROWS: Final = 5_000  # clusters are evaluated until they hold so many rows
ROWS_AT_ONCE: Final = 128  # 100 MB against 100,000 rows
COPY_DISTANCE: Final = 1e-3  # rounding sets equal rows 3e-4 apart

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class _Dense:
    """One cluster: its inner rows with their core distances, and its widest inner link."""

    vectors: NDArray[np.float32]
    cores: Floats
    sparseness: float
    size: int


def dbcv_figure(
    vectors: NDArray[np.float32], labels: NDArray[np.int64], *, random_state: int = 0
) -> Figure | None:
    """Return the density-based validity of a clustering in [-1, 1], with n and an interval.

    Args:
        vectors: shape (n, d), rows of L2 norm 1; distances are Euclidean.
        labels: shape (n,), -1 for outliers, which count as clusters of validity 0.

    None for fewer than two clusters of two rows. Beyond 5,000 rows whole clusters
    are sampled, each compared with all others; clusters of more than 1,000 rows
    are subsampled. The interval is over clusters.

    Moulavi et al., Density-Based Clustering Validation (2014). Core distances are means of
    distances to the power -d, which overflow in hundreds of dimensions: they are taken in
    logarithms. As in the reference implementation, copies at distance 0 are ignored.
    """
    generator = np.random.default_rng(random_state)
    members = members_by_group(labels)
    sampled = [_subsample(rows, generator) for rows in members]
    found = [
        _dense(vectors[rows], len(all_rows))
        for rows, all_rows in zip(sampled, members, strict=True)
    ]
    clusters = [cluster for cluster in found if cluster is not None]
    if len(clusters) < 2:
        return None
    evaluated = _sampled_clusters(clusters, generator)
    validities = _validities(clusters, evaluated)
    sizes = np.array([clusters[place].size for place in evaluated], dtype=np.float64)
    clustered_share = sum(cluster.size for cluster in clusters) / len(labels)

    def mean(places: NDArray[np.int64]) -> dict[str, float]:
        weights = sizes[places]
        return {"dbcv": clustered_share * float(weights @ validities[places] / weights.sum())}

    figure = half_sampled_intervals(mean, np.arange(len(evaluated)), bounds=(-1.0, 1.0))["dbcv"]
    return figure.over(int(sizes.sum()))


def _subsample(rows: NDArray[np.int64], generator: np.random.Generator) -> NDArray[np.int64]:
    if len(rows) <= MAX_MEMBERS:
        return rows
    return np.sort(generator.choice(rows, MAX_MEMBERS, replace=False))


def _sampled_clusters(clusters: list[_Dense], generator: np.random.Generator) -> list[int]:
    """Sample clusters until they hold enough rows; at least two."""
    order = generator.permutation(len(clusters))
    held = np.cumsum([clusters[place].size for place in order])
    n_evaluated = max(2, int(np.searchsorted(held, EVALUATED_ROWS)) + 1)
    return sorted(order[:n_evaluated].tolist())


def _dense(vectors: NDArray[np.float32], size: int) -> _Dense | None:
    """Measure one cluster; None for fewer than two rows."""
    if len(vectors) < 2:
        return None
    distances = _distances(vectors, vectors)
    np.fill_diagonal(distances, 0.0)
    if not (distances > 0).any():
        return _Dense(vectors[:1], np.zeros(1), sparseness=0.0, size=size)
    cores = _core_distances(distances, vectors.shape[1])
    reach = np.maximum(np.maximum(cores[:, None], cores[None, :]), distances)
    ends, lengths = _spanning_tree(reach)
    degrees = np.bincount(ends.ravel(), minlength=len(vectors))
    inner = np.flatnonzero(degrees > 1)
    between_inner = (degrees[ends] > 1).all(axis=1)
    if len(inner) == 0:
        inner = np.arange(len(vectors))
    sparseness = lengths[between_inner].max() if between_inner.any() else lengths.max()
    return _Dense(vectors[inner], cores[inner], float(sparseness), size)


def _core_distances(distances: Floats, n_dimensions: int) -> Floats:
    """Return per row the mean distance to the others, of power -d, without copies of it."""
    with np.errstate(divide="ignore"):
        powers = -n_dimensions * np.log(distances)
    powers[distances <= 0] = -np.inf
    n_others = len(distances) - 1
    largest = powers.max(axis=1, keepdims=True, initial=LEAST_POWER)
    sums = np.log(np.exp(powers - largest).sum(axis=1)) + largest[:, 0] - np.log(n_others)
    return np.asarray(np.exp(-sums / n_dimensions))


def _spanning_tree(weights: Floats) -> tuple[NDArray[np.int64], Floats]:
    """Return the edges (n - 1, 2) of the minimum spanning tree and their weights, by Prim.

    Mutual reachability has many ties: a row joins the lowest row that it is that near to.
    """
    n_rows = len(weights)
    ends = np.zeros((n_rows - 1, 2), dtype=np.int64)
    lengths = np.zeros(n_rows - 1)
    inside = np.zeros(n_rows, dtype=bool)
    inside[0] = True
    best = weights[0].copy()
    best[0] = np.inf
    for edge in range(n_rows - 1):
        row = int(np.argmin(best))
        near = inside & np.isclose(weights[row], best[row])
        ends[edge], lengths[edge] = (int(np.argmax(near)), row), best[row]
        inside[row] = True
        best = np.where(inside, np.inf, np.minimum(best, weights[row]))
    return ends, lengths


def _validities(clusters: list[_Dense], evaluated: list[int]) -> Floats:
    """Return (separation - sparseness) / max of the two, in [-1, 1]."""
    vectors = np.concatenate([cluster.vectors for cluster in clusters])
    cores = np.concatenate([cluster.cores for cluster in clusters])
    owners = np.repeat(np.arange(len(clusters)), [len(one.vectors) for one in clusters])
    validities = []
    for place in evaluated:
        others = owners != place
        separation = _separation(clusters[place], vectors, np.where(others, cores, np.inf))
        widest = clusters[place].sparseness
        validities.append((separation - widest) / max(separation, widest, 1e-12))
    return np.array(validities)


def _separation(own: _Dense, vectors: NDArray[np.float32], cores: Floats) -> float:
    """Return the least mutual reachability distance to a row; core distance inf rules it out."""
    least = np.inf
    for start in range(0, len(own.vectors), ROWS_AT_ONCE):
        some = slice(start, start + ROWS_AT_ONCE)
        distances = _distances(own.vectors[some], vectors)
        np.maximum(distances, own.cores[some, None], out=distances)
        np.maximum(distances, cores[None, :], out=distances)
        least = min(least, float(distances.min()))
    return least


def _distances(first: NDArray[np.float32], second: NDArray[np.float32]) -> Floats:
    """Return the Euclidean distances between unit rows, from their cosines; 0 for copies."""
    distances = np.sqrt(np.maximum(2.0 - 2.0 * (first @ second.T), 0.0), dtype=np.float64)
    distances[distances < COPY_DISTANCE] = 0.0
    return np.asarray(distances)
