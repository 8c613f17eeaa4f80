"""Supervised contrastive loss over views of looks."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

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


def contrastive(rows: Tensor, marks: Marks, temperature: float) -> Tensor:
    """Return the mean negative log-likelihood of each positive among the negatives.

    Args:
        rows: shape (n, d), of L2 norm 1; each look at least twice.

    Supervised contrastive loss (Khosla et al. 2020), but each positive competes with the
    negatives alone, so that many views of one look do not compete with each other.

    Two extensions lowered held-out metrics: a memory bank of negatives (Wang et al. 2020) and
    hard-negative batches (many near neighbours are one mark under two names).
    """
    scores = rows @ rows.T / temperature
    negative = torch.from_numpy(negatives(marks)).to(rows.device)
    against = torch.logsumexp(scores.masked_fill(~negative, -torch.inf), dim=1, keepdim=True)
    likelihood = scores - torch.logaddexp(scores, against)
    positive = positives(marks)
    weight = torch.from_numpy(positive / np.maximum(positive.sum(axis=1, keepdims=True), 1))
    weight = weight.to(rows.device, torch.float32)
    return -(likelihood * weight).sum() / max(1, int(positive.any(axis=1).sum()))
