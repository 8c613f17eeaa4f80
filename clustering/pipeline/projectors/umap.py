"""UMAP projector."""

import warnings
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from clustering.pipeline.errors import InputError
from clustering.pipeline.neighbours import Neighbours, nearest
from clustering.pipeline.projectors.frame import interpolate_from_neighbours, replace_non_finite
from clustering.pipeline.projectors.pca import main_axes, reduced

Floats = NDArray[np.float32]

FEWEST_ROWS: Final = 10  # fewer are projected by PCA
RANDOM_ROWS: Final = 50  # up to here random initialisation
SPECTRAL_ROWS: Final = 10_000  # up to here spectral initialisation, above PCA
N_AXES: Final = 50  # principal components for the spectral start; the graph uses full vectors


@dataclass(frozen=True)
class Umap:
    """UMAP; McInnes, Healy & Melville (2018)."""

    n_neighbors: int = 15
    min_dist: float = 0.1
    random_state: int = 42

    def __post_init__(self) -> None:
        if self.n_neighbors < 2:
            raise InputError(f"n_neighbors must be at least 2, got {self.n_neighbors}")
        if not 0 <= self.min_dist <= 1:
            raise InputError(f"min_dist must be from 0 to 1, got {self.min_dist}")

    def fit_transform(self, vectors: Floats, neighbours: Neighbours) -> Floats:
        """Return coordinates of shape (n, 2); PCA for fewer than ten rows."""
        if len(vectors) < FEWEST_ROWS:
            return main_axes(vectors)
        return replace_non_finite(self._embed(vectors, neighbours))

    def transform(self, new: Floats, vectors: Floats, coordinates: Floats) -> Floats:
        """Return interpolated positions: UMAP's own transform needs the fitted model."""
        return interpolate_from_neighbours(new, vectors, coordinates)

    def _embed(self, vectors: Floats, neighbours: Neighbours) -> Floats:
        width = min(self.n_neighbors, len(vectors) - 1)
        if neighbours.indices.shape[1] < width:
            neighbours = nearest(vectors, width)
        indices, distances = neighbours.indices[:, :width], neighbours.distances[:, :width]
        with warnings.catch_warnings():
            # Expected: no Tensorflow, single thread because of the seed, disconnected graph.
            warnings.filterwarnings("ignore", category=ImportWarning, message="Tensorflow")
            warnings.filterwarnings("ignore", category=UserWarning, module="umap")
            warnings.filterwarnings("ignore", category=UserWarning, module="sklearn.manifold")
            import umap

            model = umap.UMAP(
                n_neighbors=width,
                min_dist=self.min_dist,
                metric="cosine",
                random_state=self.random_state,
                n_jobs=1,
                init=_start(vectors),
                precomputed_knn=(indices, distances),
            )
            narrow = reduced(vectors, min(N_AXES, vectors.shape[1]))
            return np.asarray(model.fit_transform(narrow), dtype=np.float32)


def compile_kernels() -> None:
    """Compile what UMAP compiles in each process at its first map, about ten seconds."""
    rows = np.random.default_rng(0).standard_normal((RANDOM_ROWS + 1, 8)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    umap = Umap()
    umap.fit_transform(rows, nearest(rows, umap.n_neighbors))


def _start(vectors: Floats) -> Floats | str:
    """Return the initialisation; the spectral one took half of the time at 20,000 rows."""
    if len(vectors) <= RANDOM_ROWS:
        return "random"
    return "spectral" if len(vectors) <= SPECTRAL_ROWS else main_axes(vectors)
