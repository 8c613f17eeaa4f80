"""95 % confidence intervals for figures over groups of rows."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

N_HALVES: Final = 100  # random halves; 400 change an interval's end by 3 %
WIDTH: Final = 1.96  # standard deviations on each side of 95 %


@dataclass(frozen=True)
class Figure:
    """A figure over ``n`` cases with its 95 % interval."""

    value: float
    low: float
    high: float
    n: int

    def over(self, n: int) -> "Figure":
        """Return the figure as one over ``n`` cases."""
        return replace(self, n=n)

    def as_json(self) -> dict[str, float | int]:
        """Return the parts by name, rounded for display."""
        rounded = {"value": self.value, "low": self.low, "high": self.high}
        return {name: round(part, 6) for name, part in rounded.items()} | {"n": self.n}


def half_sampled_intervals(
    statistic: Callable[[NDArray[np.int64]], Mapping[str, float]],
    blocks: NDArray[np.int64],
    *,
    bounds: tuple[float, float] = (0.0, 1.0),
    random_state: int = 0,
) -> dict[str, Figure]:
    """Return the figures of ``statistic`` over all rows, with intervals by half-sampling.

    Args:
        statistic: maps ascending row numbers to figures by name.
        blocks: shape (n,), the block of each row; blocks are sampled as a whole,
            because the logos of one brand are correlated.
        bounds: intervals are clipped to them.

    Delete-half jackknife (Shao & Wu, Annals of Statistics 17, 1989) over 100 random halves of the
    blocks. Unlike the bootstrap it repeats no row, which suits figures over pairs. With fewer
    than two blocks the interval is all of ``bounds``.
    """
    rows = np.arange(len(blocks))
    known = np.unique(blocks)
    whole = statistic(rows)
    spread = _spread(statistic, blocks, known, random_state) if len(known) > 1 else None
    low, high = bounds
    return {
        name: Figure(
            value=float(value),
            low=max(low, float(value) - WIDTH * spread[name]) if spread else low,
            high=min(high, float(value) + WIDTH * spread[name]) if spread else high,
            n=len(blocks),
        )
        for name, value in whole.items()
    }


def _spread(
    statistic: Callable[[NDArray[np.int64]], Mapping[str, float]],
    blocks: NDArray[np.int64],
    known: NDArray[np.int64],
    random_state: int,
) -> dict[str, float]:
    generator = np.random.default_rng(random_state)
    n_kept = len(known) // 2
    # Correction for an odd number of blocks: fewer than half of them are kept.
    scale = float(np.sqrt(n_kept / (len(known) - n_kept)))
    halves = []
    for _ in range(N_HALVES):
        kept = generator.permutation(known)[:n_kept]
        halves.append(statistic(np.flatnonzero(np.isin(blocks, kept))))
    return {name: scale * float(np.std([half[name] for half in halves])) for name in halves[0]}
