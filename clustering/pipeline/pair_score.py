"""Probability that two groups of logos have one brand, from their looks and their domains.

A group is a cluster or an outlier; it looks like its medoid.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from math import exp
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from clustering.pipeline.clusterers import calibration
from clustering.pipeline.domain_words import SharedWord

LONG_WORD: Final = 12  # more shared letters say nothing more
FAR: Final = 5.0  # times the distance threshold; logos further apart are equally different


class Reason(Enum):
    """Evidence for one brand; the value is what pages and exports name."""

    SAME_PICTURE = "same picture"
    SAME_WORD = "same domain word"
    SAME_OWNER_WORD = "same owner's word"


@dataclass(frozen=True)
class Weights:
    """A logistic regression: the intercept, and what each piece of evidence adds to the logit."""

    intercept: float
    distance: float
    """Per distance threshold between the medoids."""
    letter: float
    """Per shared letter."""
    whole_word: float
    equal_word: float

    def scaled(self, shift: float, scale: float) -> "Weights":
        """Return the weights whose logit is shift + scale * logit."""
        return Weights(
            shift + scale * self.intercept,
            scale * self.distance,
            scale * self.letter,
            scale * self.whole_word,
            scale * self.equal_word,
        )


# `manage.py evaluate_pairs` on logos-dev, both embedders together; see docs/quality.md.
WEIGHTS: Final = Weights(
    intercept=-5.853, distance=-0.905, letter=1.788, whole_word=3.017, equal_word=1.792
)


@dataclass(frozen=True)
class PairScore:
    """Scores pairs under one embedder, whose distance threshold is the unit of distance."""

    threshold: float
    weights: Weights = WEIGHTS

    @classmethod
    def of(cls, embedder: str) -> Self:
        """Return the score for an embedder's registry name."""
        return cls(float(calibration.default_for(embedder).params["distance_threshold"]))

    def apart(self, cosine: float) -> float:
        """Return the distance in thresholds, at most ``FAR``."""
        return min((1.0 - cosine) / self.threshold, FAR)

    def evidence(self, cosine: float, word: SharedWord) -> tuple[float, float, float, float]:
        """Return the inputs of the regression, in the order of ``Weights``."""
        letters = min(len(word.text), LONG_WORD)
        return self.apart(cosine), float(letters), float(word.is_whole), float(word.is_equal)

    def probability(self, cosine: float, word: SharedWord) -> float:
        """Return the probability that two groups with this cosine and word have one brand."""
        weights = self.weights
        factors = (weights.distance, weights.letter, weights.whole_word, weights.equal_word)
        evidence = self.evidence(cosine, word)
        added = sum(factor * value for factor, value in zip(factors, evidence, strict=True))
        return 1.0 / (1.0 + exp(-weights.intercept - added))

    def probabilities(
        self, cosines: NDArray[np.floating[Any]], words: Mapping[int, SharedWord]
    ) -> NDArray[np.float64]:
        """Return the probability for each of many groups.

        Args:
            cosines: shape (n,).
            words: by place in ``cosines``; absent where no word is shared.
        """
        weights = self.weights
        apart = np.minimum((1.0 - cosines.astype(np.float64)) / self.threshold, FAR)
        logits = weights.intercept + weights.distance * apart
        for place, word in words.items():
            _, letters, is_whole, is_equal = self.evidence(0.0, word)
            logits[place] += weights.letter * letters
            logits[place] += weights.whole_word * is_whole + weights.equal_word * is_equal
        found: NDArray[np.float64] = 1.0 / (1.0 + np.exp(-logits))
        return found

    def reasons(self, cosine: float, word: str, *, is_equal: bool = False) -> tuple[Reason, ...]:
        """Return the evidence for one brand, the picture first."""
        looks = (Reason.SAME_PICTURE,) if 1.0 - cosine <= self.threshold else ()
        if not word:
            return looks
        return (*looks, Reason.SAME_OWNER_WORD if is_equal else Reason.SAME_WORD)
