"""Supervised contrastive loss over views of looks."""

import numpy as np
import torch
from torch import Tensor

from clustering.lab.training.marks import Marks, negatives, positives


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
