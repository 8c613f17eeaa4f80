"""Vectors with known groups."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


def unit(rows: NDArray[np.floating]) -> Floats:
    """Scale rows to length 1."""
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)


def rotated(*degrees: float) -> Floats:
    """Unit rows in the plane: rows ``a`` apart have a cosine distance of 1 - cos(a)."""
    angles = np.radians(degrees)
    return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)


def groups(sizes: list[int], *, seed: int = 7, dim: int = 64) -> tuple[Floats, NDArray[np.int64]]:
    """Tight groups (within 0.05) around far-apart centres, and the group of each row."""
    generator = np.random.default_rng(seed)
    centres = unit(generator.normal(size=(len(sizes), dim)))
    truth = np.repeat(np.arange(len(sizes)), sizes)
    noise = generator.normal(scale=0.01, size=(len(truth), dim))
    return unit(centres[truth] + noise), truth.astype(np.int64)
