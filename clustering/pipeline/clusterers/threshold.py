"""Groups at a cosine distance: rows chained by close pairs, or groups close on average."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform

from clustering.pipeline.clusterers import Labelling
from clustering.pipeline.clusterers.grouping import labelled, labels_by_size
from clustering.pipeline.errors import InputError
from clustering.pipeline.membership import members_by_group
from clustering.pipeline.neighbours import Neighbours, components, links

Linkage = Literal["connected", "average"]


@dataclass(frozen=True)
class Threshold:
    """Join what is closer than ``distance``; ``min_size`` counts domains."""

    distance: float = 0.3
    """Cosine distance, above 0 and up to 2."""
    linkage: Linkage = "connected"
    """``connected``: one close pair joins two groups; ``average``: their mean distance does."""
    min_size: int = 2

    def __post_init__(self) -> None:
        if not 0 < self.distance <= 2:
            raise InputError(f"distance must be above 0 and up to 2, got {self.distance}")
        if self.linkage not in ("connected", "average"):
            raise InputError(f"linkage must be connected or average, got {self.linkage!r}")
        if self.min_size < 1:
            raise InputError(f"min_size must be at least 1, got {self.min_size}")

    def fit(
        self,
        vectors: NDArray[np.float32],
        neighbours: Neighbours,
        weights: NDArray[np.int64] | None = None,
    ) -> Labelling:
        """Group n unit rows, shape (n, d)."""
        groups = components(len(vectors), links(vectors, neighbours, self.distance))
        if self.linkage == "average":
            groups = _split_by_average(vectors, groups, self.distance)
        return labelled(vectors, labels_by_size(groups, weights, self.min_size), self.distance)


def _split_by_average(
    vectors: NDArray[np.float32], groups: NDArray[np.int64], distance: float
) -> NDArray[np.int64]:
    """Cut each component by average link.

    Exact: two groups whose mean distance is within the cut have a pair within it, so no
    merge below the cut joins two components, and only components need a distance matrix.
    """
    split = groups.copy()
    free = int(groups.max()) + 1
    for rows in members_by_group(groups):
        if len(rows) > 2:
            parts = _average_link(vectors[rows], distance)
            split[rows] = free + parts
            free += int(parts.max()) + 1
    return split


def _average_link(vectors: NDArray[np.float32], distance: float) -> NDArray[np.int64]:
    matrix = np.clip(np.round(1.0 - (vectors @ vectors.T).astype(np.float64), 6), 0.0, 2.0)
    np.fill_diagonal(matrix, 0.0)
    tree = linkage(squareform(np.maximum(matrix, matrix.T), checks=False), method="average")
    return np.asarray(fcluster(tree, distance, criterion="distance"), dtype=np.int64)
