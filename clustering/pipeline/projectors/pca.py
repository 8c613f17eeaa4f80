"""PCA projector, and randomised SVD for the other projectors' starts."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from clustering.pipeline.neighbours import Neighbours

Floats = NDArray[np.float32]

MAP_RADIUS: Final = 10.0  # about the extent of UMAP's maps
FULL_ROWS: Final = 20_000  # more rows are sampled
DENSE_ROWS: Final = 64  # up to here exact SVD
N_POWERS: Final = 7  # power iterations of the randomised SVD


@dataclass(frozen=True)
class Pca:
    """Principal components; Pearson (1901)."""

    random_state: int = 42
    """Seeds the sample and the randomised SVD."""

    def fit_transform(self, vectors: Floats, neighbours: Neighbours) -> Floats:
        """Return the first two principal components, shape (n, 2)."""
        return main_axes(vectors, random_state=self.random_state)

    def transform(self, new: Floats, vectors: Floats, coordinates: Floats) -> Floats:
        """Return the new rows on the same axes, shape (m, 2).

        The affine map from components to coordinates is refitted, because the map may have been
        aligned since the fit.
        """
        if len(new) == 0:
            return np.empty((0, 2), dtype=np.float32)
        axes = main_directions(vectors, 2, random_state=self.random_state)
        known, wanted = _affine(vectors @ axes.T), _affine(new @ axes.T)
        solved, *_ = np.linalg.lstsq(known, coordinates.astype(np.float64), rcond=None)
        return np.asarray(wanted @ solved, dtype=np.float32)


def main_axes(vectors: Floats, *, random_state: int = 0) -> Floats:
    """Return the first two principal components, shape (n, 2), scaled to a common radius."""
    placed = reduced(vectors, 2, random_state=random_state)
    radius = np.abs(placed).max(initial=0.0)
    return placed * np.float32(MAP_RADIUS / radius) if radius > 1e-6 else np.zeros_like(placed)


def reduced(vectors: Floats, n_axes: int, *, random_state: int = 0) -> Floats:
    """Return the first ``n_axes`` principal components, shape (n, n_axes)."""
    centre = vectors.mean(axis=0, dtype=np.float64).astype(np.float32)
    axes = main_directions(vectors, n_axes, random_state=random_state)
    return np.asarray((vectors - centre) @ axes.T, dtype=np.float32)


def main_directions(vectors: Floats, n_axes: int, *, random_state: int = 0) -> Floats:
    """Return the principal axes, shape (n_axes, d); zeros where the rows have fewer.

    Signs are fixed by the largest entry. Randomised SVD
    (Halko, Martinsson & Tropp, 2011), of a sample where there are more than 20,000 rows.
    """
    chosen = vectors
    if len(vectors) > FULL_ROWS:
        generator = np.random.default_rng(random_state)
        chosen = vectors[np.sort(generator.choice(len(vectors), FULL_ROWS, replace=False))]
    centred = chosen - chosen.mean(axis=0, dtype=np.float64).astype(np.float32)
    axes = _right_vectors(centred, n_axes, random_state)
    padded = np.zeros((n_axes, vectors.shape[1]), dtype=np.float32)
    padded[: len(axes)] = axes
    strongest = padded[np.arange(n_axes), np.abs(padded).argmax(axis=1)]
    return np.asarray(padded * np.where(strongest < 0, -1.0, 1.0)[:, None], dtype=np.float32)


def _right_vectors(centred: Floats, n_axes: int, random_state: int) -> Floats:
    if min(centred.shape) <= max(n_axes, DENSE_ROWS):
        _, _, axes = np.linalg.svd(centred.astype(np.float64), full_matrices=False)
        return np.asarray(axes[:n_axes], dtype=np.float32)
    from sklearn.utils.extmath import randomized_svd

    _, _, axes = randomized_svd(centred, n_axes, n_iter=N_POWERS, random_state=random_state)
    return np.asarray(axes, dtype=np.float32)


def _affine(places: Floats) -> NDArray[np.float64]:
    ones = np.ones((len(places), 1))
    return np.hstack([places.astype(np.float64), ones])
