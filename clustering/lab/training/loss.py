"""The loss: two views of one look attract each other, all else that may repel does."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

Numbers = NDArray[np.int64]
NEAR_BITS = 3
"""Perceptual hashes that differ in so few bits show one drawing, whatever their names say."""


@dataclass(frozen=True)
class Marks:
    """What is known of n rows: equal looks attract; equal brands or families don't repel."""

    look: Numbers
    brand: Numbers
    family: Numbers
    phash: NDArray[np.uint64]

    def at(self, chosen: Numbers) -> "Marks":
        """Return some of the rows."""
        return Marks(
            self.look[chosen], self.brand[chosen], self.family[chosen], self.phash[chosen]
        )


def attracts(marks: Marks) -> NDArray[np.bool_]:
    """Tell for each pair of different rows whether both show one look, shape (n, n)."""
    alike = marks.look[:, None] == marks.look
    np.fill_diagonal(alike, val=False)
    return np.asarray(alike)


def repels(marks: Marks) -> NDArray[np.bool_]:
    """Tell for each pair of rows whether they surely show two different marks, shape (n, n)."""
    related = marks.brand[:, None] == marks.brand
    related |= marks.family[:, None] == marks.family
    bits = np.bitwise_count(marks.phash[:, None] ^ marks.phash)
    return np.asarray(~related & (bits > NEAR_BITS))


def contrastive(rows: Tensor, marks: Marks, temperature: float) -> Tensor:
    """Return the mean negative log-likelihood of each positive among the negatives.

    Args:
        rows: shape (n, d), of L2 norm 1; each look at least twice.

    Supervised contrastive loss (Khosla et al. 2020), but each positive competes with the
    negatives alone, so that many views of one look don't crowd each other out.

    Two extensions were tried and made held-out brands worse: a memory of earlier rows as further
    negatives (Wang et al. 2020), and batches of near neighbours; among thousands of small icons
    too many near neighbours are one mark under two names.
    """
    scores = rows @ rows.T / temperature
    repelled = torch.from_numpy(repels(marks)).to(rows.device)
    against = torch.logsumexp(scores.masked_fill(~repelled, -torch.inf), dim=1, keepdim=True)
    likelihood = scores - torch.logaddexp(scores, against)
    positive = attracts(marks)
    weight = torch.from_numpy(positive / np.maximum(positive.sum(axis=1, keepdims=True), 1))
    weight = weight.to(rows.device, torch.float32)
    return -(likelihood * weight).sum() / max(1, int(positive.any(axis=1).sum()))
