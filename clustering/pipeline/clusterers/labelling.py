"""Shared steps of the clusterers: labels by descending size."""

import numpy as np
from numpy.typing import NDArray

from clustering.pipeline.clusterers import OUTLIER
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
