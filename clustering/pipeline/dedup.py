"""Deduplication before clustering, and the neighbour graph of the representatives."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from clustering.pipeline.duplicates import collapse
from clustering.pipeline.membership import members_by_group
from clustering.pipeline.neighbours import (
    EXACT_ROWS,
    N_NEIGHBOURS,
    Neighbours,
    measured_recall,
    nearest,
)

N_COPIES: Final = 6  # duplicates of one logo that its list of nearest rows may hold
N_COPIED: Final = 4  # nearest representatives, the own one included, whose duplicates are listed


@dataclass(frozen=True)
class Deduplicated:
    """Input of the clusterer and the projector: m representatives of the logos among n rows."""

    logo_rows: NDArray[np.int64]
    """Shape (l,): rows that are not placeholders, ascending."""
    representative_index: NDArray[np.int64]
    """Shape (l,): the representative of each logo row, an index below m."""
    representative_rows: NDArray[np.int64]
    """Shape (m,): rows of the representatives, ascending."""
    vectors: NDArray[np.float32]
    """Shape (m, d): vectors of the representatives."""
    graph: Neighbours
    """Neighbours among the representatives."""

    @property
    def n_copies(self) -> int:
        """Number of logo rows that are represented by another row."""
        return len(self.logo_rows) - len(self.representative_rows)


def deduplicate(
    vectors: NDArray[np.float32],
    phashes: NDArray[np.uint64],
    is_placeholder: NDArray[np.bool_],
    copy_distance: float,
) -> Deduplicated:
    """Leave out placeholders, collapse near-duplicates, and find the nearest neighbours.

    Args:
        vectors: shape (n, d), rows of L2 norm 1.
        phashes: shape (n,), 64-bit perceptual hashes.
        is_placeholder: shape (n,).
        copy_distance: cosine; see ``near_duplicates``.
    """
    logos = np.flatnonzero(~is_placeholder)
    if len(logos) == 0:
        none = Neighbours(np.empty((0, 1), np.int64), np.empty((0, 1), np.float32))
        return Deduplicated(logos, logos, logos, vectors[:0], none)
    collapsed = collapse(vectors[logos], phashes[logos], copy_distance)
    rows = logos[collapsed.representative_rows]
    graph = nearest(vectors[rows], N_NEIGHBOURS)
    return Deduplicated(logos, collapsed.representative_index, rows, vectors[rows], graph)


def nearest_rows(unique: Deduplicated, n_rows: int) -> NDArray[np.int64]:
    """Return approximate nearest rows of each row, shape (n, k), unordered, padded with -1.

    These are the neighbours of the row's representative in the graph, and duplicates of the
    nearest of them. Placeholders have none.
    """
    found = np.full((n_rows, N_NEIGHBOURS + N_COPIED * N_COPIES), -1, dtype=np.int64)
    if len(unique.logo_rows) == 0:
        return found
    logo_rows, index = unique.logo_rows, unique.representative_index
    # Missing neighbours are -1 and so read the last row of ``copies``, which stays empty.
    copies = np.full((len(unique.representative_rows) + 1, N_COPIES), -1, dtype=np.int64)
    for representative, members in enumerate(members_by_group(index)):
        some = logo_rows[members][:N_COPIES]
        copies[representative, : len(some)] = some
    near = unique.graph.indices
    rows = np.where(near < 0, -1, unique.representative_rows[near])
    more = copies[near[:, :N_COPIED]].reshape(len(near), -1)
    found[logo_rows, : rows.shape[1]] = rows[index]
    found[logo_rows, N_NEIGHBOURS : N_NEIGHBOURS + more.shape[1]] = more[index]
    found[found == np.arange(n_rows)[:, None]] = -1
    return found


def graph_recall(unique: Deduplicated) -> float:
    """Return the recall of the neighbour graph; 1 where it is exact."""
    if len(unique.representative_rows) <= EXACT_ROWS:
        return 1.0
    return measured_recall(unique.vectors, unique.graph)
