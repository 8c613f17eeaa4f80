"""What people's answers about sampled pairs say of all pairs: precision and recall."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from clustering.pipeline.evaluation.pair_sampling import Stratum

N_DRAWS: Final = 4_000  # an interval's end moves by less than 0.01 with the seed
ENDS: Final = (2.5, 97.5)  # percent, of a 95 % interval

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class JudgementCounts:
    """The answers in one stratum of ``n_pairs`` pairs."""

    n_pairs: int
    same: int = 0
    different: int = 0
    unsure: int = 0

    @property
    def n_judged(self) -> int:
        """Answers, unsure ones included."""
        return self.same + self.different + self.unsure


@dataclass(frozen=True)
class Estimate:
    """A share of pairs from ``n`` answers; None where nobody has said anything of use.

    ``value`` leaves "not sure" out; the interval counts it both ways.
    """

    value: float | None
    low: float
    high: float
    n: int
    n_unsure: int


@dataclass(frozen=True)
class PairEstimate:
    """Of the pairs in one cluster, how many belong together; of those that do, how many are."""

    precision: Estimate
    recall: Estimate


def weigh(tallies: Mapping[Stratum, JudgementCounts], *, random_state: int = 0) -> PairEstimate:
    """Return pairwise precision and recall with 95 % intervals.

    A stratum's share of "same" is drawn from what its answers leave possible, low and high as
    by Clopper & Pearson (1934), and each draw is weighed by the stratum's pairs; the interval
    runs from the 2.5th percentile of the low draws, with "not sure" against the clustering, to
    the 97.5th of the high ones, with "not sure" in its favour. It is on the safe side: it covers
    the truth at least 19 times of 20. A stratum that is judged whole leaves nothing open, one
    that nobody has judged leaves all open.
    """
    generator = np.random.default_rng(random_state)
    inside = _possible([one for stratum, one in tallies.items() if stratum.is_inside], generator)
    outside = _possible(
        [one for stratum, one in tallies.items() if not stratum.is_inside], generator
    )
    every = list(tallies.values())
    return PairEstimate(
        precision=_estimate(
            _ratio(inside.value, inside.n_pairs),
            _ratios(inside.low, inside.n_pairs - inside.low, empty=0.0),
            _ratios(inside.high, inside.n_pairs - inside.high, empty=1.0),
            [one for stratum, one in tallies.items() if stratum.is_inside],
        ),
        recall=_estimate(
            _ratio(inside.value, _sum(inside.value, outside.value)),
            _ratios(inside.low, outside.high, empty=0.0),
            _ratios(inside.high, outside.low, empty=1.0),
            every,
        ),
    )


@dataclass(frozen=True)
class _Possible:
    """How many pairs of some strata belong together: the plain estimate, and draws."""

    value: float | None
    low: Floats
    high: Floats
    n_pairs: int


def _possible(tallies: Sequence[JudgementCounts], generator: np.random.Generator) -> _Possible:
    low, high = np.zeros(N_DRAWS), np.zeros(N_DRAWS)
    for tally in tallies:
        low += tally.n_pairs * _low_shares(tally, generator)
        high += tally.n_pairs * _high_shares(tally, generator)
    shares = [_ratio(tally.same, tally.same + tally.different) for tally in tallies]
    values = [
        None if share is None else tally.n_pairs * share
        for tally, share in zip(tallies, shares, strict=True)
    ]
    return _Possible(_sum(*values), low, high, sum(tally.n_pairs for tally in tallies))


def _low_shares(tally: JudgementCounts, generator: np.random.Generator) -> Floats:
    """Draw shares of "same", as few as the answers allow; "not sure" counts as different."""
    if tally.same == 0:
        return np.zeros(N_DRAWS)
    if tally.n_judged >= tally.n_pairs:
        return np.full(N_DRAWS, tally.same / tally.n_judged)
    return generator.beta(tally.same, tally.n_judged - tally.same + 1, N_DRAWS)


def _high_shares(tally: JudgementCounts, generator: np.random.Generator) -> Floats:
    """Draw shares of "same", as many as the answers allow; "not sure" counts as same."""
    if tally.different == 0:
        return np.ones(N_DRAWS)
    if tally.n_judged >= tally.n_pairs:
        return np.full(N_DRAWS, 1 - tally.different / tally.n_judged)
    return generator.beta(tally.n_judged - tally.different + 1, tally.different, N_DRAWS)


def _estimate(
    value: float | None, low: Floats, high: Floats, tallies: Sequence[JudgementCounts]
) -> Estimate:
    return Estimate(
        value=value,
        low=float(np.percentile(low, ENDS[0])),
        high=float(np.percentile(high, ENDS[1])),
        n=sum(tally.n_judged for tally in tallies),
        n_unsure=sum(tally.unsure for tally in tallies),
    )


def _ratios(part: Floats, rest: Floats, *, empty: float) -> Floats:
    """Return part / (part + rest), ``empty`` where both are 0."""
    whole = part + rest
    return np.asarray(np.divide(part, whole, out=np.full(len(part), empty), where=whole > 0))


def _ratio(part: float | None, whole: float | None) -> float | None:
    return part / whole if part is not None and whole else None


def _sum(*parts: float | None) -> float | None:
    """Return the sum; None if a part is unknown."""
    return None if None in parts else sum(part for part in parts if part is not None)
