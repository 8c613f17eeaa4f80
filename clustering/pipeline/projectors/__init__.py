"""Vectors -> 2-d coordinates for the map, seeded and deterministic."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from clustering.pipeline.neighbours import Neighbours
from clustering.pipeline.registry import Registry


class Projector(Protocol):
    """A frozen dataclass of options (random_state among them) with one method."""

    def fit_transform(
        self, vectors: NDArray[np.float32], neighbours: Neighbours
    ) -> NDArray[np.float32]:
        """Return coordinates of shape (n, 2) for n unit rows; n may be as small as 1."""
        ...


PROJECTORS: Registry[Projector] = Registry(
    "projector", {"umap": "clustering.pipeline.projectors.umap:Umap"}
)
DEFAULT = "umap"
