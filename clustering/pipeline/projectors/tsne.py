"""t-SNE projector: preserves nearest neighbours better than UMAP, global structure less."""

import warnings
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from clustering.pipeline.errors import InputError
from clustering.pipeline.neighbours import Neighbours, nearest
from clustering.pipeline.projectors.frame import interpolate_from_neighbours, replace_non_finite
from clustering.pipeline.projectors.pca import main_axes, reduced

Floats = NDArray[np.float32]

FEWEST_ROWS: Final = 10  # fewer are projected by PCA
START_RADIUS: Final = 1e-4  # standard deviation of the initial layout
GRID_ROWS: Final = 10_000  # above this FFT-accelerated, below Barnes-Hut


@dataclass(frozen=True)
class Tsne:
    """t-SNE; van der Maaten & Hinton (2008).

    The engine is openTSNE (Policar, Strazar & Zupan, 2024). Uniform
    affinities over the neighbours match a perplexity of a third of them (Boehm, Berens & Kobak,
    2022) and need no wider graph than the other steps.
    """

    n_neighbors: int = 15
    random_state: int = 42

    def __post_init__(self) -> None:
        if self.n_neighbors < 2:
            raise InputError(f"n_neighbors must be at least 2, got {self.n_neighbors}")

    def fit_transform(self, vectors: Floats, neighbours: Neighbours) -> Floats:
        """Return coordinates of shape (n, 2); PCA for fewer than ten rows."""
        if len(vectors) < FEWEST_ROWS:
            return main_axes(vectors)
        width = min(self.n_neighbors, len(vectors) - 1)
        graph = neighbours
        if graph.indices.shape[1] < width:
            graph = nearest(vectors, width)
        return replace_non_finite(self._embed(vectors, graph, width))

    def transform(self, new: Floats, vectors: Floats, coordinates: Floats) -> Floats:
        """Return interpolated positions: t-SNE has no out-of-sample mapping."""
        return interpolate_from_neighbours(new, vectors, coordinates)

    def _embed(self, vectors: Floats, graph: Neighbours, width: int) -> Floats:
        from openTSNE import TSNE

        model = TSNE(
            n_jobs=1,
            negative_gradient_method="fft" if len(vectors) > GRID_ROWS else "bh",
            random_state=self.random_state,
        )
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", module="openTSNE")
            placed = model.fit(
                affinities=_affinities(graph, width), initialization=self._start(vectors)
            )
        return np.asarray(placed, dtype=np.float32)

    def _start(self, vectors: Floats) -> NDArray[np.float64]:
        """Return tiny principal components with seeded noise that separates exact copies."""
        axes = reduced(vectors, 2).astype(np.float64)
        axes *= START_RADIUS / max(float(axes[:, 0].std()), 1e-12)
        noise = np.random.default_rng(self.random_state).normal(size=axes.shape)
        return np.asarray(axes + START_RADIUS / 100 * noise)


def _affinities(graph: Neighbours, width: int) -> Any:
    """Return uniform affinities over the listed neighbours."""
    from openTSNE.affinity import Uniform
    from openTSNE.nearest_neighbors import PrecomputedNeighbors

    listed = graph.indices[:, 1 : width + 1]
    own = np.arange(len(listed))[:, None]
    listed = np.where(listed < 0, own, listed)  # an approximate search may have found fewer
    return Uniform(knn_index=PrecomputedNeighbors(listed, np.ones_like(listed, dtype=float)))
