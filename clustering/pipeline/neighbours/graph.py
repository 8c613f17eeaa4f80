"""A k-nearest-neighbour graph, pairs of close rows, and their connected components."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

NO_ROW = -1
"""Marks a neighbour that was not found; its distance is infinite."""


@dataclass(frozen=True)
class Neighbours:
    """A k-nearest-neighbour graph; a row's first neighbour is itself at distance 0."""

    indices: NDArray[np.int64]
    """Shape (n, k); -1 where an approximate search found fewer than k."""
    distances: NDArray[np.float32]
    """Shape (n, k), cosine distance in [0, 2], ascending along each row; infinite beside -1."""

    @property
    def is_complete(self) -> bool:
        """Whether every row lists all others."""
        return bool(self.indices.shape[1] >= len(self.indices))


@dataclass(frozen=True)
class Pairs:
    """Pairs of rows and their cosine distances, each once; ``left[i] < right[i]``."""

    left: NDArray[np.int64]
    right: NDArray[np.int64]
    distances: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.left)

    def chosen(self, mask: NDArray[np.bool_]) -> "Pairs":
        """Return the pairs where ``mask`` is true."""
        return Pairs(self.left[mask], self.right[mask], self.distances[mask])


def joined(parts: list[Pairs]) -> Pairs:
    """Concatenate ``parts``."""
    return Pairs(
        np.concatenate([np.empty(0, np.int64), *(part.left for part in parts)]),
        np.concatenate([np.empty(0, np.int64), *(part.right for part in parts)]),
        np.concatenate([np.empty(0, np.float32), *(part.distances for part in parts)]),
    )


def components(n_rows: int, pairs: Pairs) -> NDArray[np.int64]:
    """Return the connected component of each row, shape (n,), of the graph of ``pairs``."""
    present = np.ones(len(pairs), dtype=np.int8)
    graph = coo_array((present, (pairs.left, pairs.right)), shape=(n_rows, n_rows))
    return np.asarray(connected_components(graph, directed=False)[1], dtype=np.int64)
