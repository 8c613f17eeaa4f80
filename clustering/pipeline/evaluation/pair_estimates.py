"""Pairwise precision and recall, estimated from judgements of sampled pairs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from clustering.pipeline.evaluation.pair_sampling import Stratum

N_SAMPLES: Final = (
    4_000  # Monte Carlo samples; the seed changes an interval's end by less than 0.01
)
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
    """A share of pairs, estimated from ``n`` answers; None without usable answers.

    ``value`` ignores "not sure"; the interval counts it both ways.
    """

    value: float | None
    low: float
    high: float
    n: int
    n_unsure: int


@dataclass(frozen=True)
class PairEstimate:
    """Pairwise precision and recall of a clustering."""

    precision: Estimate
    recall: Estimate


def estimate_from_judgements(
    counts: Mapping[Stratum, JudgementCounts], *, random_state: int = 0
) -> PairEstimate:
    """Return pairwise precision and recall with 95 % intervals.

    Stratified estimate. Each stratum's share of "same" is sampled from the beta distributions of
    the Clopper-Pearson (1934) bounds and weighted by the stratum's pairs. The interval runs from
    the 2.5th percentile of the lower samples ("not sure" counts against the clustering) to the
    97.5th of the upper ones (in its favour), so coverage is at least 95 %. A fully judged
    stratum is exact; one without judgements is anywhere in [0, 1].
    """
    generator = np.random.default_rng(random_state)
    inside = _possible([one for stratum, one in counts.items() if stratum.is_inside], generator)
    outside = _possible(
        [one for stratum, one in counts.items() if not stratum.is_inside], generator
    )
    every = list(counts.values())
    return PairEstimate(
        precision=_estimate(
            _ratio(inside.value, inside.n_pairs),
            _ratios(inside.low, inside.n_pairs - inside.low, empty=0.0),
            _ratios(inside.high, inside.n_pairs - inside.high, empty=1.0),
            [one for stratum, one in counts.items() if stratum.is_inside],
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
    """Number of matching pairs of some strata: point estimate and samples."""

    value: float | None
    low: Floats
    high: Floats
    n_pairs: int


def _possible(counts: Sequence[JudgementCounts], generator: np.random.Generator) -> _Possible:
    low, high = np.zeros(N_SAMPLES), np.zeros(N_SAMPLES)
    for stratum_counts in counts:
        low += stratum_counts.n_pairs * _low_shares(stratum_counts, generator)
        high += stratum_counts.n_pairs * _high_shares(stratum_counts, generator)
    shares = [
        _ratio(stratum_counts.same, stratum_counts.same + stratum_counts.different)
        for stratum_counts in counts
    ]
    values = [
        None if share is None else stratum_counts.n_pairs * share
        for stratum_counts, share in zip(counts, shares, strict=True)
    ]
    return _Possible(
        _sum(*values), low, high, sum(stratum_counts.n_pairs for stratum_counts in counts)
    )


def _low_shares(stratum_counts: JudgementCounts, generator: np.random.Generator) -> Floats:
    """Sample lower shares of "same"; "not sure" counts as different."""
    if stratum_counts.same == 0:
        return np.zeros(N_SAMPLES)
    if stratum_counts.n_judged >= stratum_counts.n_pairs:
        return np.full(N_SAMPLES, stratum_counts.same / stratum_counts.n_judged)
    return generator.beta(
        stratum_counts.same, stratum_counts.n_judged - stratum_counts.same + 1, N_SAMPLES
    )


def _high_shares(stratum_counts: JudgementCounts, generator: np.random.Generator) -> Floats:
    """Sample upper shares of "same"; "not sure" counts as same."""
    if stratum_counts.different == 0:
        return np.ones(N_SAMPLES)
    if stratum_counts.n_judged >= stratum_counts.n_pairs:
        return np.full(N_SAMPLES, 1 - stratum_counts.different / stratum_counts.n_judged)
    return generator.beta(
        stratum_counts.n_judged - stratum_counts.different + 1, stratum_counts.different, N_SAMPLES
    )


def _estimate(
    value: float | None, low: Floats, high: Floats, counts: Sequence[JudgementCounts]
) -> Estimate:
    return Estimate(
        value=value,
        low=float(np.percentile(low, ENDS[0])),
        high=float(np.percentile(high, ENDS[1])),
        n=sum(stratum_counts.n_judged for stratum_counts in counts),
        n_unsure=sum(stratum_counts.unsure for stratum_counts in counts),
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
