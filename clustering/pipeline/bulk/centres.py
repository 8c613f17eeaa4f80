"""The nearest centres of many rows, by an index of two levels."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from clustering.pipeline.membership import members_by_group
from clustering.pipeline.neighbours import most_similar

EXACT_CENTRES: Final = 1_024  # fewer are all compared
PROBED: Final = 8  # groups of centres that a row is compared with
SEED: Final = 20_061  # of the choice of heads


class Centres:
    """Centres in groups, each around one of them: its head.

    A row is compared with all heads and with the centres of its nearest groups. For n centres
    these are about 9 square roots of n comparisons, and nearly always the nearest centres are
    among them. Similar rows are compared with the same groups, so they miss the same centres.

    Args:
        vectors: shape (n, d), n >= 1, rows of L2 norm 1.
    """

    def __init__(self, vectors: NDArray[np.float32]) -> None:
        self.vectors = vectors
        n = len(vectors)
        n_heads = 1 if n <= EXACT_CENTRES else round(n**0.5)
        heads = np.sort(np.random.default_rng(SEED).choice(n, n_heads, replace=False))
        self._heads = vectors[heads]
        group = most_similar(vectors, self._heads, 1)[0][:, 0]
        group[heads] = np.arange(n_heads)  # also before exact copies, so that no group is empty
        self._groups = members_by_group(group)

    def nearest(self, rows: NDArray[np.float32], k: int) -> NDArray[np.int64]:
        """Return nearly always the ``k`` nearest centres of each row, best first.

        Shape (m, k), k at most 8, cut to the number of centres. ``rows``, shape (m, d), have L2
        norm 1.
        """
        width = min(k, len(self.vectors))
        probed = most_similar(rows, self._heads, PROBED)[0]
        found = np.zeros((len(rows), probed.shape[1], width), np.int64)
        similarity = np.full(found.shape, -np.inf, np.float32)
        for cells in members_by_group(probed.ravel()):
            row, place = np.divmod(cells, probed.shape[1])
            centres = self._groups[probed[row[0], place[0]]]
            best, cosines = most_similar(rows[row], self.vectors[centres], width)
            found[row, place, : best.shape[1]] = centres[best]
            similarity[row, place, : best.shape[1]] = cosines
        flat = len(rows), probed.shape[1] * width  # not -1, which no rows leave undecided
        order = np.argsort(-similarity.reshape(flat), axis=1, kind="stable")
        return np.take_along_axis(found.reshape(flat), order[:, :width], 1)
