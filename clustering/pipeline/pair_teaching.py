"""Fits the scale of the pair score to people's answers.

Answers are few and about what the score is unsure of, so only two numbers are fitted: the logit
becomes shift + scale * logit (Platt, 1999), with a normal prior around no change.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

FEWEST: Final = 20  # answers, as for the clusterer's threshold
FEWEST_OF_EACH: Final = 4  # same, and different
N_FOLDS: Final = 5
PRECISION: Final = 4.0  # of the prior: what it counts, in answers that are undecided
LEAST_SCALE: Final = 0.1  # more evidence is always more likely one brand
CLEARLY: Final = 0.9  # of the loss before, at most
STEPS: Final = 50  # of Newton's method
NEAREST_TO_SURE: Final = 1e-4

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Teaching:
    """What answers changed about the pair score."""

    shift: float
    scale: float
    n_answers: int
    loss_before: float
    """Mean logarithmic loss of the answers."""
    loss_after: float
    """The same, each answer by the fit without its fold."""


def logits(probabilities: Floats) -> Floats:
    """Return the log odds, bounded."""
    bounded = np.clip(probabilities, NEAREST_TO_SURE, 1.0 - NEAREST_TO_SURE)
    return np.asarray(np.log(bounded / (1.0 - bounded)))


def teach(given: Floats, is_same: NDArray[np.bool_]) -> Teaching | None:
    """Fit the scale; None for too few answers, or if held-out answers are not clearly better.

    Args:
        given: shape (n,), logits of the score as it comes, in the order of the answers.
        is_same: shape (n,), whether people found one brand.
    """
    n_same = int(is_same.sum())
    if len(given) < FEWEST or min(n_same, len(given) - n_same) < FEWEST_OF_EACH:
        return None
    before = _loss(given, is_same)
    after = before * 0
    for fold in range(N_FOLDS):
        own = np.arange(len(given)) % N_FOLDS == fold
        shift, scale = _fit(given[~own], is_same[~own])
        after[own] = _loss(shift + scale * given[own], is_same[own])
    if after.mean() > CLEARLY * before.mean():
        return None
    shift, scale = _fit(given, is_same)
    return Teaching(shift, scale, len(given), float(before.mean()), float(after.mean()))


def _fit(given: Floats, is_same: NDArray[np.bool_]) -> tuple[float, float]:
    inputs = np.stack([np.ones_like(given), given], axis=1)
    start = found = np.array([0.0, 1.0])
    for _ in range(STEPS):
        chances = 1.0 / (1.0 + np.exp(-np.clip(inputs @ found, -30.0, 30.0)))
        slope = inputs.T @ (chances - is_same) + PRECISION * (found - start)
        weights = chances * (1.0 - chances)
        curve = inputs.T @ (inputs * weights[:, None]) + PRECISION * np.eye(2)
        step = np.linalg.solve(curve, slope)
        found = found - step / max(1.0, float(np.linalg.norm(step)))  # or it overshoots
    return float(found[0]), max(LEAST_SCALE, float(found[1]))


def _loss(given: Floats, is_same: NDArray[np.bool_]) -> Floats:
    return np.asarray(np.logaddexp(0.0, np.where(is_same, -given, given)))
