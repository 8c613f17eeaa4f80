"""Each logo once, without placeholders and copies, and the one graph of all of them."""

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

N_COPIES: Final = 6  # of a logo, remembered among those most like it
N_COPIED: Final = 4  # nearest logos whose copies are remembered as well, itself among them


@dataclass(frozen=True)
class Deduplicated:
    """What clusterer and projector work on; m representatives of the logos among n rows."""

    logos: NDArray[np.int64]
    """Rows that are no placeholders, ascending."""
    home: NDArray[np.int64]
    """Of each of those, which representative stands for it."""
    kept: NDArray[np.int64]
    """Shape (m,): rows of the representatives."""
    vectors: NDArray[np.float32]
    """Shape (m, d): theirs."""
    graph: Neighbours
    """Of the representatives."""

    @property
    def n_copies(self) -> int:
        """Logos that another one stands for."""
        return len(self.logos) - len(self.kept)


def deduplicate(
    vectors: NDArray[np.float32],
    phashes: NDArray[np.uint64],
    is_placeholder: NDArray[np.bool_],
    copy_distance: float,
) -> Deduplicated:
    """Leave the placeholders out, collapse the copies, and find everyone's neighbours, once.

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
    kept = logos[collapsed.rows]
    return Deduplicated(
        logos, collapsed.home, kept, vectors[kept], nearest(vectors[kept], N_NEIGHBOURS)
    )


def nearest_rows(unique: Deduplicated, n_rows: int) -> NDArray[np.int64]:
    """Return rows most like each, shape (n, k), in no order, -1 for none.

    What the graph knows: the neighbours of the logo, and copies of the nearest of them. Nothing
    for placeholders.
    """
    found = np.full((n_rows, N_NEIGHBOURS + N_COPIED * N_COPIES), -1, dtype=np.int64)
    if len(unique.logos) == 0:
        return found
    copies = np.full((len(unique.kept) + 1, N_COPIES), -1, dtype=np.int64)  # the last: nobody's
    for home, places in enumerate(members_by_group(unique.home)):
        some = unique.logos[places][:N_COPIES]
        copies[home, : len(some)] = some
    near = unique.graph.indices
    named = np.where(near < 0, -1, unique.kept[near])
    more = copies[near[:, :N_COPIED]].reshape(len(near), -1)
    found[unique.logos, : named.shape[1]] = named[unique.home]
    found[unique.logos, N_NEIGHBOURS : N_NEIGHBOURS + more.shape[1]] = more[unique.home]
    found[found == np.arange(n_rows)[:, None]] = -1
    return found


def graph_recall(unique: Deduplicated) -> float:
    """Return the share of true neighbours that the graph lists: 1 where it is exact."""
    if len(unique.kept) <= EXACT_ROWS:
        return 1.0
    return measured_recall(unique.vectors, unique.graph)
