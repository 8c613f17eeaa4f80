"""What holds for every map: no place is lost, new rows find one, a new map lies like the old."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from clustering.pipeline.neighbours import most_similar

Floats = NDArray[np.float32]

N_HOSTS: Final = 5  # neighbours among which a new row is placed
CLOSEST: Final = 0.01  # cosine distance; nearer hosts weigh no more
GOLDEN_ANGLE: Final = np.pi * (3.0 - 5.0**0.5)  # parts a circle so that no two places overlap
STEP: Final = 0.002  # of the map's width, from a logo to its first copy
SHARED_ROWS: Final = 3  # that two maps need to be laid on each other
KEPT: Final = 0.75  # share of rows that fit best, by which a map is laid; islands may have moved
ROUNDS: Final = 20  # of laying the map on the rows that fit
SAME: Final = 1e-4  # of the map's width; less is no difference


def finite(coordinates: Floats) -> Floats:
    """Put rows whose place is not finite at the middle: UMAP gives none to lonely points."""
    known = np.asarray(np.isfinite(coordinates).all(axis=1))
    if known.all():
        return coordinates
    middle = np.median(coordinates[known], axis=0) if known.any() else np.zeros(2)
    placed = coordinates.copy()
    placed[~known] = middle
    return placed


def placed_among(new: Floats, vectors: Floats, coordinates: Floats) -> Floats:
    """Return where m new rows belong on a map: among the five rows most like each.

    Args:
        new: shape (m, d), rows of L2 norm 1.
        vectors: shape (n, d), n >= 1, rows of L2 norm 1.
        coordinates: shape (n, 2), where the map has them.

    The mean of the five places, weighted by the inverse squared cosine distance, so that a copy
    lies on its original. It is an estimate: a stranger to all lies between its hosts, where a
    fit would have made an island of it.
    """
    if len(new) == 0:
        return np.empty((0, 2), dtype=np.float32)
    rows, similarity = most_similar(new, vectors, N_HOSTS)
    weights = 1.0 / np.maximum(1.0 - similarity.astype(np.float64), CLOSEST) ** 2
    weights /= weights.sum(axis=1, keepdims=True)
    return np.asarray(np.einsum("mk,mkc->mc", weights, coordinates[rows]), dtype=np.float32)


def jitter(coordinates: Floats, homes: NDArray[np.int64]) -> Floats:
    """Return a place for each row beside the one it is a copy of, in a sunflower's order.

    ``homes``, shape (m,), holds the row of ``coordinates`` that stands for each of the m rows;
    the first of them has its very place. Coincident points would look like one.
    """
    order = np.argsort(homes, kind="stable")
    sizes = np.bincount(homes, minlength=len(coordinates))
    turn = np.empty(len(homes), dtype=np.int64)
    turn[order] = np.arange(len(homes)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    radius = STEP * _width(coordinates) * np.sqrt(turn)
    offsets = np.stack([np.cos(GOLDEN_ANGLE * turn), np.sin(GOLDEN_ANGLE * turn)], axis=1)
    placed = coordinates[homes].astype(np.float64) + radius[:, None] * offsets
    return np.asarray(placed, dtype=np.float32)


def procrustes_aligned(coordinates: Floats, earlier: Floats) -> Floats:
    """Return a map turned, mirrored, scaled and moved so that it lies like an earlier one.

    Args:
        coordinates: shape (n, 2).
        earlier: shape (n, 2), where an earlier map had the same rows; NaN where it had not.

    A similarity by orthogonal Procrustes analysis (Schoenemann, 1966), fitted again and again
    to the three quarters of the rows that fitted best, since whole islands may have moved.
    Shapes are kept: nothing but the frame changes. Fewer than three shared rows change nothing.
    """
    shared = np.isfinite(earlier).all(axis=1)
    source, target = coordinates[shared].astype(np.float64), earlier[shared].astype(np.float64)
    if len(source) < SHARED_ROWS or _width(source) == 0 or _width(target) == 0:
        return coordinates
    if np.abs(source - target).max() <= SAME * _width(target):
        return coordinates
    turned = _similarity(source, target)
    for _ in range(ROUNDS):
        misfit = np.linalg.norm(_moved(source, *turned) - target, axis=1)
        best = np.argsort(misfit, kind="stable")[: max(SHARED_ROWS, int(KEPT * len(source)))]
        if _width(source[best]) == 0 or _width(target[best]) == 0:
            break
        turned = _similarity(source[best], target[best])
    return np.asarray(_moved(coordinates.astype(np.float64), *turned), dtype=np.float32)


Similarity = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]


def _similarity(source: NDArray[np.float64], target: NDArray[np.float64]) -> Similarity:
    """Return (centre of the source, scaled rotation, centre of the target)."""
    here, there = source.mean(axis=0), target.mean(axis=0)
    left, _, right = np.linalg.svd((source - here).T @ (target - there))
    # The least-squares scale would shrink a map that fits badly; the ratio of sizes does not.
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
