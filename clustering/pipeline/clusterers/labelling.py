"""Shared steps of the clusterers: labels by descending size, and probabilities."""

import numpy as np
from numpy.typing import NDArray

from clustering.pipeline.clusterers import OUTLIER, Labelling
from clustering.pipeline.membership import members_by_group as members_by_group


def labels_by_size(
    groups: NDArray[np.int64], weights: NDArray[np.int64] | None, min_size: int
) -> NDArray[np.int64]:
    """Number the groups 0, 1, ... by descending weight; those below ``min_size`` are outliers.

    Ties go to the group with the lowest row, so that reruns agree.
    """
    counts = np.ones(len(groups), dtype=np.int64) if weights is None else weights
    sized = [(-int(counts[rows].sum()), int(rows[0]), rows) for rows in members_by_group(groups)]
    labels = np.full(len(groups), OUTLIER, dtype=np.int64)
    kept = sorted((size, first) for size, first, _ in sized if -size >= min_size)
    number = {first: label for label, (_, first) in enumerate(kept)}
    for _, first, rows in sized:
        labels[rows] = number.get(first, OUTLIER)
    return labels


def labelled(
    vectors: NDArray[np.float32], labels: NDArray[np.int64], distance: float
) -> Labelling:
    """Add probabilities: 1 at the centre of a cluster, 0.5 at a mean distance of ``distance``.

    The mean distance to a group is one product with its mean row.
    """
    probabilities = np.zeros(len(labels), dtype=np.float32)
    for rows in members_by_group(labels):
        apart = 1.0 - vectors[rows] @ vectors[rows].mean(axis=0)
        probabilities[rows] = np.clip(1.0 - apart / (2.0 * max(distance, 1e-6)), 0.0, 1.0)
    return Labelling(labels, probabilities)
