"""Vectors -> 2-d coordinates for the map, seeded and deterministic.

umap, tsne   preserve local neighbourhoods; use the run's neighbour graph
pca          principal components; preserves large distances
"""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from clustering.pipeline.neighbours import Neighbours
from clustering.pipeline.registry import Registry


class Projector(Protocol):
    """A frozen dataclass of options (including random_state), without fitted state."""

    def fit_transform(
        self, vectors: NDArray[np.float32], neighbours: Neighbours
    ) -> NDArray[np.float32]:
        """Return coordinates of shape (n, 2) for n unit rows; n may be as small as 1."""
        ...

    def transform(
        self,
        new: NDArray[np.float32],
        vectors: NDArray[np.float32],
        coordinates: NDArray[np.float32],
    ) -> NDArray[np.float32]:
        """Return coordinates of shape (m, 2) for m new unit rows on an existing map.

        ``vectors``, shape (n, d), n >= 1, are the rows of the map and ``coordinates`` their
        positions; the map may have been aligned since the fit.
        """
        ...


PROJECTORS: Registry[Projector] = Registry(
    "projector",
    {
        "umap": "clustering.pipeline.projectors.umap:Umap",
        "tsne": "clustering.pipeline.projectors.tsne:Tsne",
        "pca": "clustering.pipeline.projectors.pca:Pca",
    },
)
DEFAULT = "umap"
