"""Labels of rows, and which pairs of rows show the same mark or different ones.

Without torch, which takes a rendering process seconds to import.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.int64]
NEAR_BITS = 3
"""Perceptual hashes that differ in at most so many bits show the same drawing."""


@dataclass(frozen=True)
class Marks:
    """Labels of n rows: equal looks are positives; brands, families exclude negatives."""

    look: Numbers
    brand: Numbers
    family: Numbers
    phash: NDArray[np.uint64]

    def at(self, chosen: Numbers) -> "Marks":
        """Return the labels of the chosen rows."""
        return Marks(
            self.look[chosen], self.brand[chosen], self.family[chosen], self.phash[chosen]
        )


def positives(marks: Marks) -> NDArray[np.bool_]:
    """Return which pairs of different rows show the same look, shape (n, n)."""
    same = marks.look[:, None] == marks.look
    np.fill_diagonal(same, val=False)
    return np.asarray(same)


def negatives(marks: Marks) -> NDArray[np.bool_]:
    """Return which pairs of rows certainly show different marks, shape (n, n)."""
    related = marks.brand[:, None] == marks.brand
    related |= marks.family[:, None] == marks.family
    bits = np.bitwise_count(marks.phash[:, None] ^ marks.phash)
    return np.asarray(~related & (bits > NEAR_BITS))
