"""Vectors -> 2-d coordinates for the map, seeded and deterministic.

umap    neighbours stay neighbours, from the shared graph
tsne    true to the nearest, from the shared graph
pca     the two main axes: distances across the map mean something
"""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from clustering.pipeline.neighbours import Neighbours
from clustering.pipeline.registry import Registry


class Projector(Protocol):
    """A frozen dataclass of options (random_state among them) without any state of its own."""

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
        """Return coordinates of shape (m, 2) for m unit rows on a map that is drawn already.

        ``vectors``, shape (n, d), n >= 1, are the rows of the map and ``coordinates`` where it
        has them; nothing else of the fit is kept, so the map may have been turned since.
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
