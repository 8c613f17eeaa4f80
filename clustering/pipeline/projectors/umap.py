"""UMAP: neighbours stay neighbours on the map."""

import warnings
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from clustering.pipeline.errors import InputError
from clustering.pipeline.neighbours import Neighbours, nearest

FEWEST_ROWS: Final = 10  # UMAP's spectral start needs more rows than it has neighbours to place
MAP_RADIUS: Final = 10.0  # of the small maps, about as wide as UMAP draws


@dataclass(frozen=True)
class Umap:
    """Lay rows out by their neighbour graph; McInnes, Healy & Melville (2018)."""

    n_neighbors: int = 15
    min_dist: float = 0.1
    random_state: int = 42

    def __post_init__(self) -> None:
        if self.n_neighbors < 2:
            raise InputError(f"n_neighbors must be at least 2, got {self.n_neighbors}")
        if not 0 <= self.min_dist <= 1:
            raise InputError(f"min_dist must be from 0 to 1, got {self.min_dist}")

    def fit_transform(
        self, vectors: NDArray[np.float32], neighbours: Neighbours
    ) -> NDArray[np.float32]:
        """Return coordinates of shape (n, 2); fewer than ten rows go on their main axes."""
        if len(vectors) < FEWEST_ROWS:
            return main_axes(vectors)
        return spread(self._embed(vectors, neighbours))

    def _embed(self, vectors: NDArray[np.float32], neighbours: Neighbours) -> NDArray[np.float32]:
        width = min(self.n_neighbors, len(vectors) - 1)
        if neighbours.indices.shape[1] < width:
            neighbours = nearest(vectors, width)
        indices, distances = neighbours.indices[:, :width], neighbours.distances[:, :width]
        with warnings.catch_warnings():
            # umap tells that there is no Tensorflow, that seeding makes it single-threaded,
            # and that it places a graph of several parts in another way: all as intended.
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
                init="spectral" if len(vectors) > 50 else "random",
                precomputed_knn=(indices, distances),
            )
            return np.asarray(model.fit_transform(vectors), dtype=np.float32)


def main_axes(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the rows on their two main axes (PCA), shape (n, 2), scaled to a common radius.

    The sign of an axis is fixed by its largest entry, so that reruns agree.
    """
    centred = vectors.astype(np.float64) - vectors.mean(axis=0, dtype=np.float64)
    _, _, axes = np.linalg.svd(centred, full_matrices=False)
    plane = np.zeros((2, vectors.shape[1]))
    plane[: len(axes[:2])] = axes[:2]
    strongest = plane[np.arange(2), np.abs(plane).argmax(axis=1)]
    placed = centred @ (plane * np.where(strongest < 0, -1.0, 1.0)[:, None]).T
    radius = np.abs(placed).max(initial=0.0)
    scaled = placed * (MAP_RADIUS / radius) if radius > 1e-9 else np.zeros_like(placed)
    return np.asarray(scaled, dtype=np.float32)


def spread(coordinates: NDArray[np.float32]) -> NDArray[np.float32]:
    """Put rows whose place is not finite at the middle: UMAP gives none to lonely points."""
    finite = np.asarray(np.isfinite(coordinates).all(axis=1))
    if finite.all():
        return coordinates
    middle = np.median(coordinates[finite], axis=0) if finite.any() else np.zeros(2)
    placed = coordinates.copy()
    placed[~finite] = middle
    return placed
