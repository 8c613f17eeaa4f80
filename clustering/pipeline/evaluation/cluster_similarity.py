"""Mean cosine similarity between clusters."""

import numpy as np
from numpy.typing import NDArray


def mean_cosines(
    vectors: NDArray[np.float32], labels: NDArray[np.int64], shown: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return the mean cosine between the logos of each two clusters, shape (k, k).

    Args:
        vectors: shape (n, d), rows of L2 norm 1.
        labels: shape (n,), -1 for outliers.
        shown: k labels, each with one row or more.

    On the diagonal, the mean over pairs of different rows; 1.0 for a cluster of one. The mean
    over all pairs is the product of the two mean rows, so no pair is visited.
    """
    sums = np.stack([vectors[labels == label].sum(axis=0, dtype=np.float64) for label in shown])
    sizes = np.array([(labels == label).sum() for label in shown], dtype=np.float64)
    cosines = sums @ sums.T / np.outer(sizes, sizes)
    pairs = sizes * (sizes - 1)
    own = (np.einsum("ij,ij->i", sums, sums) - sizes) / np.maximum(pairs, 1)
    np.fill_diagonal(cosines, np.where(pairs > 0, own, 1.0))
    return np.asarray(np.clip(cosines, -1.0, 1.0))
