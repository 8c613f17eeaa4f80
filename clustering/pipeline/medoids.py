"""Medoids, cohesion and outlier scores of clusters."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from clustering.pipeline.membership import members_by_group
from clustering.pipeline.neighbours import most_similar

TIE: Final = 1e-6  # cosine: above the rounding of single precision


def medoid(vectors: NDArray[np.float32]) -> int:
    """Return the row with the least summed cosine distance to the others.

    Args:
        vectors: shape (n, d), n >= 1, rows of L2 norm 1.

    Returns:
        Row index in [0, n). Ties, within 1e-6 of the mean, go to the lowest index, so that
        reruns agree.

    Raises:
        ValueError: if ``vectors`` has no rows.

    For unit rows the sum of 1 - v_i . v_j over j is n - v_i . (sum of v_j): one
    product, O(n d), in place of all pairs, O(n^2 d). Medoid as in Kaufman &
    Rousseeuw, Finding Groups in Data (1990), ch. 2.
    """
    if len(vectors) == 0:
        raise ValueError("medoid of no vectors")
    # Double precision and einsum: BLAS sums in an order that depends on the machine.
    total = vectors.sum(axis=0, dtype=np.float64)
    similarity = np.einsum("ij,j->i", vectors, total, dtype=np.float64)
    return int(np.argmax(similarity >= similarity.max() - TIE * len(vectors)))


def medoids(vectors: NDArray[np.float32], labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the row of each cluster's medoid, shape (k,), by ascending label."""
    found = [rows[medoid(vectors[rows])] for rows in members_by_group(labels)]
    return np.array(found, dtype=np.int64)


def cohesion(vectors: NDArray[np.float32]) -> float:
    """Return the mean cosine of all pairs of different rows, in [-1, 1]; 1.0 for one row.

    The sum over all pairs is |sum of v|^2 - n for unit rows.

    Raises:
        ValueError: if ``vectors`` has no rows.
    """
    n_rows = len(vectors)
    if n_rows == 0:
        raise ValueError("cohesion of no vectors")
    if n_rows == 1:
        return 1.0
    total = vectors.sum(axis=0, dtype=np.float64)
    return float(np.clip((total @ total - n_rows) / (n_rows * (n_rows - 1)), -1.0, 1.0))


def outlier_scores(vectors: NDArray[np.float32], labels: NDArray[np.int64]) -> NDArray[np.float32]:
    """Return the cosine distance of each row to a medoid, clipped to [0, 1].

    It is the medoid of the row's cluster, or the nearest one for an outlier; 1 without clusters.
    """
    rows = medoids(vectors, labels)
    if len(rows) == 0:
        return np.ones(len(labels), dtype=np.float32)
    similarity = np.einsum("ij,ij->i", vectors, vectors[rows[np.maximum(labels, 0)]])
    outliers = np.flatnonzero(labels < 0)
    if len(outliers):
        similarity[outliers] = most_similar(vectors[outliers], vectors[rows], 1)[1][:, 0]
    return np.asarray(np.clip(1.0 - similarity, 0.0, 1.0), dtype=np.float32)
