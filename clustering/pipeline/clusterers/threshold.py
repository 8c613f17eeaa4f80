"""Groups at a cosine distance: rows chained by close pairs, or groups close on average."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from clustering.pipeline.clusterers import Labelling
from clustering.pipeline.clusterers.average import split_by_average
from clustering.pipeline.clusterers.labelling import labelled, labels_by_size
from clustering.pipeline.errors import InputError
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
            groups = split_by_average(vectors, groups, self.distance)
        return labelled(vectors, labels_by_size(groups, weights, self.min_size), self.distance)
