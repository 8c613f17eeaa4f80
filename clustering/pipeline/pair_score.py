"""Probability that a logo and a cluster have one brand, from their look and their domains."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from math import exp
from typing import Final, Self

from clustering.pipeline.clusterers import calibration
from clustering.pipeline.domains.suffixes import registered_word

MIN_WORD: Final = 3  # letters; shorter beginnings are shared by chance
LONG_WORD: Final = 12  # more shared letters say nothing more
FAR: Final = 5.0  # times the distance threshold; logos further apart are equally different
COMPARED_WORDS: Final = 64  # on each side in the alphabet, where the longest beginnings are


class Reason(Enum):
    """Evidence for one brand; the value is what pages and exports name."""

    SAME_PICTURE = "same picture"
    SAME_WORD = "same domain word"


@dataclass(frozen=True)
class SharedWord:
    """The longest beginning that the registrable words of two domains share."""

    text: str = ""
    is_whole: bool = False
    """It is all of one of the words, or ends at a hyphen of one."""


@dataclass(frozen=True)
class Weights:
    """A logistic regression; see docs/quality.md for the data and the cross-validation."""

    intercept: float
    distance: float
    """Per distance threshold between the logo and the medoid."""
    letter: float
    """Per shared letter."""
    whole_word: float


# Fitted on the outliers of a labelled set of 1,900 logos and their candidate clusters, under
# logonet and the descriptor together.
WEIGHTS: Final = Weights(intercept=-7.38, distance=-0.64, letter=1.85, whole_word=4.35)


@dataclass(frozen=True)
class PairScore:
    """Scores pairs under one embedder, whose distance threshold is the unit of distance."""

    threshold: float

    @classmethod
    def of(cls, embedder: str) -> Self:
        """Return the score for an embedder's registry name."""
        return cls(float(calibration.default_for(embedder).params["distance_threshold"]))

    def probability(self, cosine: float, word: SharedWord) -> float:
        """Return the probability that a logo and the medoid of a cluster have one brand."""
        apart = min((1.0 - cosine) / self.threshold, FAR)
        letters = min(len(word.text), LONG_WORD)
        logit = WEIGHTS.intercept + WEIGHTS.distance * apart + WEIGHTS.letter * letters
        return 1.0 / (1.0 + exp(-logit - WEIGHTS.whole_word * word.is_whole))

    def reasons(self, cosine: float, word: str) -> tuple[Reason, ...]:
        """Return the evidence for one brand, the picture first."""
        is_same = 1.0 - cosine <= self.threshold
        looks = (Reason.SAME_PICTURE,) if is_same else ()
        return (*looks, Reason.SAME_WORD) if word else looks


@dataclass(frozen=True)
class ClusterWords:
    """The registrable words of the domains of each cluster, in the order of the alphabet."""

    words: Sequence[tuple[str, int]]
    """Word and place of the cluster."""

    @classmethod
    def of(cls, domains: Iterable[Iterable[str]]) -> Self:
        """Index the domains of each cluster."""
        every = (
            (registered_word(domain), place)
            for place, some in enumerate(domains)
            for domain in some
        )
        return cls(sorted(set(every)))

    def shared_with(self, domains: Iterable[str]) -> dict[int, SharedWord]:
        """Return the longest shared word by the place of the cluster.

        Words that share a long beginning are next to each other, so the work does not grow
        with the number of clusters.
        """
        found: dict[int, SharedWord] = {}
        for word in {registered_word(domain) for domain in domains}:
            middle = bisect_left(self.words, (word, -1))
            nearby = self.words[max(0, middle - COMPARED_WORDS) : middle + COMPARED_WORDS]
            for other, place in nearby:
                shared = shared_word(word, other)
                if _strength(shared) > _strength(found.get(place, SharedWord())):
                    found[place] = shared
        return found


def shared_word(first: str, second: str) -> SharedWord:
    """Return the beginning that two registrable words share; empty below ``MIN_WORD`` letters."""
    n_shared = 0
    for left, right in zip(first, second, strict=False):
        if left != right:
            break
        n_shared += 1
    text = first[:n_shared].rstrip("-")
    if len(text) < MIN_WORD:
        return SharedWord()
    ends = {word[len(text) : len(text) + 1] for word in (first, second)}
    return SharedWord(text, is_whole=bool(ends & {"", "-"}))


def _strength(word: SharedWord) -> tuple[int, bool]:
    return len(word.text), word.is_whole
