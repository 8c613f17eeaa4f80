"""Fits the chances of answers: a logistic regression over the signs of ``finders.chances``.

Too few pages are answered wrongly to learn from them alone, so each page is also judged with one
kind of hint removed or with another brand's logo inserted (``finder_ablation``); these count less.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from clustering.lab.evaluation.finder_ablation import ABLATIONS
from clustering.lab.evaluation.finders import measure
from clustering.lab.evaluation.recorded_pages import RecordedPage
from clustering.pipeline.finders.chances import SIGNS, Answer

CHANGED_WEIGHT: Final = 0.25
PENALTY: Final = 1.0  # of squared weights; the constant has a hundredth
MAX_STEPS: Final = 50
N_FOLDS: Final = 10
Vector = NDArray[np.float64]
BANDS: Final = (0.0, 0.5, 0.8, 0.9, 0.95, 0.98, 0.99)


@dataclass(frozen=True)
class Example:
    """One judged answer."""

    site: str
    signs: tuple[float, ...]
    is_right: bool
    weight: float


@dataclass(frozen=True)
class Band:
    """Answers whose estimated chance lies in one range."""

    low: float
    n: int
    n_right: int
    predicted: float
    """Mean chance, estimated without the answer's site."""


def example(site: str, answer: Answer, *, is_right: bool, weight: float = 1.0) -> Example:
    """Return the example of one judged answer."""
    signs = tuple(float(sign(answer)) for sign in SIGNS.values())
    return Example(site, signs, is_right, weight)


def examples(pages: Sequence[RecordedPage]) -> list[Example]:
    """Return the judged answers of ``pages`` as they are and with each change.

    A page that reads differently once it was written anew is left out of the changed ones.
    """
    as_they_are = measure(pages)
    rewritten = measure(pages, lambda _: None)
    kept = [
        page
        for page, one, other in zip(pages, as_they_are, rewritten, strict=True)
        if one.verdict == other.verdict
    ]
    found = [(one, 1.0) for one in as_they_are]
    for change in ABLATIONS.values():
        found += [(one, CHANGED_WEIGHT) for one in measure(kept, change)]
    return [
        example(one.site, one.answer, is_right=one.is_strict, weight=weight)
        for one, weight in found
        if one.answer is not None
    ]


def fit(found: Sequence[Example]) -> Vector:
    """Return one weight for each sign, by Newton's method with an L2 penalty."""
    signs, right, weight = _arrays(found)
    weights = np.zeros(signs.shape[1])
    penalty = np.full(signs.shape[1], PENALTY)
    penalty[0] = PENALTY / 100
    for _ in range(MAX_STEPS):
        chance = _chance(signs, weights)
        slope = signs.T @ (weight * (right - chance)) - penalty * weights
        bend = (signs * (weight * chance * (1 - chance))[:, None]).T @ signs + np.diag(penalty)
        step = np.linalg.solve(bend, slope)
        weights += step
        if np.abs(step).max() < 1e-8:
            break
    return weights


def cross_validated(found: Sequence[Example]) -> Vector:
    """Return the chance of each example, estimated without the pages of its site's fold."""
    sites = {one.site for one in found}
    folds = {site: place % N_FOLDS for place, site in enumerate(sorted(sites))}
    chances = np.zeros(len(found))
    for fold in range(N_FOLDS):
        rest = [one for one in found if folds[one.site] != fold]
        places = [place for place, one in enumerate(found) if folds[one.site] == fold]
        if rest and places:
            signs, _, _ = _arrays([found[place] for place in places])
            chances[places] = _chance(signs, fit(rest))
    return chances


def reliability(found: Sequence[Example], chances: Vector) -> list[Band]:
    """Return the share of right answers by range of their estimated chance."""
    place_of = np.searchsorted(BANDS, chances, side="right") - 1
    bands = []
    for place, low in enumerate(BANDS):
        inside = np.flatnonzero(place_of == place)
        if inside.size:
            n_right = sum(found[int(one)].is_right for one in inside)
            bands.append(Band(low, inside.size, n_right, float(chances[inside].mean())))
    return bands


def _arrays(found: Iterable[Example]) -> tuple[Vector, Vector, Vector]:
    every = list(found)
    return (
        np.array([one.signs for one in every]),
        np.array([float(one.is_right) for one in every]),
        np.array([one.weight for one in every]),
    )


def _chance(signs: Vector, weights: Vector) -> Vector:
    result: Vector = 1.0 / (1.0 + np.exp(-(signs @ weights)))
    return result
