"""Operations on 2-d maps: missing positions, new rows, jitter, alignment."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from clustering.pipeline.neighbours import most_similar

Floats = NDArray[np.float32]

N_NEIGHBOURS_USED: Final = 5  # neighbours from which a new row is interpolated
CLOSEST: Final = 0.01  # lower bound of the cosine distance in weights
GOLDEN_ANGLE: Final = np.pi * (3.0 - 5.0**0.5)  # sunflower arrangement without overlaps
STEP: Final = 0.002  # of the map's width, between a logo and its first copy
MIN_SHARED_ROWS: Final = 3  # needed to align two maps
FITTED_SHARE: Final = (
    0.75  # share of best-fitting rows used for the alignment; islands may have moved
)
ROUNDS: Final = 20  # of refitting
SAME: Final = 1e-4  # of the map's width; smaller differences are ignored


def replace_non_finite(coordinates: Floats) -> Floats:
    """Replace non-finite positions by the median; UMAP gives none to isolated points."""
    known = np.asarray(np.isfinite(coordinates).all(axis=1))
    if known.all():
        return coordinates
    middle = np.median(coordinates[known], axis=0) if known.any() else np.zeros(2)
    placed = coordinates.copy()
    placed[~known] = middle
    return placed


def interpolate_from_neighbours(new: Floats, vectors: Floats, coordinates: Floats) -> Floats:
    """Return positions of m new rows, interpolated from their five nearest rows.

    Args:
        new: shape (m, d), rows of L2 norm 1.
        vectors: shape (n, d), n >= 1, rows of L2 norm 1.
        coordinates: shape (n, 2), their positions.

    Mean of the five positions, weighted by inverse squared cosine distance. An estimate: a row
    that is similar to none lies between its neighbours, where a fit would give it an island.
    """
    if len(new) == 0:
        return np.empty((0, 2), dtype=np.float32)
    rows, similarity = most_similar(new, vectors, N_NEIGHBOURS_USED)
    weights = 1.0 / np.maximum(1.0 - similarity.astype(np.float64), CLOSEST) ** 2
    weights /= weights.sum(axis=1, keepdims=True)
    return np.asarray(np.einsum("mk,mkc->mc", weights, coordinates[rows]), dtype=np.float32)


def jitter(coordinates: Floats, representatives: NDArray[np.int64]) -> Floats:
    """Spread near copies around their representative in a sunflower arrangement.

    ``representatives``, shape (m,), holds the row of ``coordinates`` for each of the m rows; the
    first row of each keeps its position. Coincident points would look like one.
    """
    order = np.argsort(representatives, kind="stable")
    sizes = np.bincount(representatives, minlength=len(coordinates))
    turn = np.empty(len(representatives), dtype=np.int64)
    turn[order] = np.arange(len(representatives)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    radius = STEP * _width(coordinates) * np.sqrt(turn)
    offsets = np.stack([np.cos(GOLDEN_ANGLE * turn), np.sin(GOLDEN_ANGLE * turn)], axis=1)
    placed = coordinates[representatives].astype(np.float64) + radius[:, None] * offsets
    return np.asarray(placed, dtype=np.float32)


def procrustes_aligned(coordinates: Floats, earlier: Floats) -> Floats:
    """Align a map with an earlier one by rotation, reflection, scaling and translation.

    Args:
        coordinates: shape (n, 2).
        earlier: shape (n, 2), positions of the same rows on the earlier map; NaN if absent.

    Orthogonal Procrustes analysis (Schoenemann, 1966), refitted iteratively to the best-fitting
    three quarters of the rows, since whole islands may have moved. With fewer than three shared
    rows the map is returned unchanged.
    """
    shared = np.isfinite(earlier).all(axis=1)
    source, target = coordinates[shared].astype(np.float64), earlier[shared].astype(np.float64)
    if len(source) < MIN_SHARED_ROWS or _width(source) == 0 or _width(target) == 0:
        return coordinates
    if np.abs(source - target).max() <= SAME * _width(target):
        return coordinates
    turned = _similarity(source, target)
    for _ in range(ROUNDS):
        misfit = np.linalg.norm(_moved(source, *turned) - target, axis=1)
        best = np.argsort(misfit, kind="stable")[
            : max(MIN_SHARED_ROWS, int(FITTED_SHARE * len(source)))
        ]
        if _width(source[best]) == 0 or _width(target[best]) == 0:
            break
        turned = _similarity(source[best], target[best])
    return np.asarray(_moved(coordinates.astype(np.float64), *turned), dtype=np.float32)


Similarity = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]


def _similarity(source: NDArray[np.float64], target: NDArray[np.float64]) -> Similarity:
    """Return (centre of the source, scaled rotation, centre of the target)."""
    here, there = source.mean(axis=0), target.mean(axis=0)
    left, _, right = np.linalg.svd((source - here).T @ (target - there))
    # Ratio of norms: the least-squares scale would shrink a map that fits badly.
    scale = np.linalg.norm(target - there) / np.linalg.norm(source - here)
    return here, np.asarray(scale * (left @ right)), there


def _moved(
    places: NDArray[np.float64],
    here: NDArray[np.float64],
    rotation: NDArray[np.float64],
    there: NDArray[np.float64],
) -> NDArray[np.float64]:
    return np.asarray((places - here) @ rotation + there)


def _width(coordinates: NDArray[np.floating]) -> float:
    return float(np.ptp(coordinates, axis=0).max()) if len(coordinates) else 0.0
