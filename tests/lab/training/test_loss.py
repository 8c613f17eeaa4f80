"""The loss compared with a plain implementation."""

import numpy as np
import pytest
import torch

from clustering.lab.training.loss import contrastive
from clustering.lab.training.marks import Marks, negatives

LOOKS = np.array([0, 0, 1, 1, 2, 2])


def marks(looks: np.ndarray, brands: np.ndarray, families: np.ndarray) -> Marks:
    phash = (np.uint64(0xFF) << (brands.astype(np.uint64) * np.uint64(8))).astype(np.uint64)
    return Marks(looks, brands, families, phash)


def unit_rows(n: int, seed: int) -> torch.Tensor:
    rows = torch.randn((n, 8), generator=torch.Generator().manual_seed(seed))
    return torch.nn.functional.normalize(rows, dim=1)


def plain_loss(rows: torch.Tensor, temperature: float) -> float:
    """Each positive pair against all other looks, in plain loops."""
    total = 0.0
    for i in range(len(rows)):
        others = [j for j in range(len(rows)) if LOOKS[j] != LOOKS[i]]
        denominator = sum(np.exp(float(rows[i] @ rows[j]) / temperature) for j in others)
        (partner,) = [j for j in range(len(rows)) if LOOKS[j] == LOOKS[i] and j != i]
        positive = np.exp(float(rows[i] @ rows[partner]) / temperature)
        total -= np.log(positive / (positive + denominator))
    return total / len(rows)


def test_the_loss_equals_the_plain_implementation() -> None:
    rows = unit_rows(6, 1)

    found = contrastive(rows, marks(LOOKS, LOOKS, LOOKS), 0.2)

    assert float(found) == pytest.approx(plain_loss(rows, 0.2), rel=1e-5)


def test_same_brand_same_family_and_equal_drawings_are_no_negatives() -> None:
    looks = np.array([0, 1, 2, 3])
    known = marks(looks, np.array([0, 0, 2, 3]), np.array([0, 0, 2, 2]))
    known.phash[3] = known.phash[0] ^ np.uint64(0b101)

    assert negatives(known).tolist() == [
        [False, False, True, False],
        [False, False, True, False],
        [True, True, False, False],
        [False, False, False, False],
    ]


def test_a_batch_without_negatives_has_loss_zero() -> None:
    same = np.zeros(2, dtype=np.int64)

    assert float(contrastive(unit_rows(2, 3), marks(same, same, same), 0.1)) == 0.0
