"""The k nearest neighbours of every row by cosine: computed once, reused by later steps."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Neighbours:
    """A k-nearest-neighbour graph; a row's first neighbour is itself at distance 0."""

    indices: NDArray[np.int64]
    """Shape (n, k)."""
    distances: NDArray[np.float32]
    """Shape (n, k), cosine distance in [0, 2], ascending along each row."""
