"""Drift: fit of the domains that were placed into a run after it finished."""

from dataclasses import dataclass
from typing import Final

from django.db.models import Avg, Count, Q

from clustering.models import Run

MOST_PLACED: Final = 0.2  # of the run's own; placement was measured up to that (docs/quality.md)
MOST_OUT_MORE: Final = 0.2  # outliers among the placed, above the share in the run itself
MOST_FARTHER: Final = 1.5  # times the run's own mean distance to the medoid
FEWEST_TO_JUDGE: Final = 20  # placed domains; shares of fewer are noise


@dataclass(frozen=True)
class Part:
    """Size, outliers and cohesion of a part of the domains of a run."""

    n: int
    n_out: int
    distance: float | None
    """Mean cosine distance of clustered domains to their medoid; None if there are none."""

    @property
    def share_out(self) -> float:
        return self.n_out / self.n if self.n else 0.0


@dataclass(frozen=True)
class Drift:
    """The domains of a run itself and those placed into it later."""

    own: Part
    placed: Part

    @property
    def share_placed(self) -> float:
        """Placed domains per domain of the run itself."""
        return self.placed.n / self.own.n if self.own.n else 0.0

    @property
    def level(self) -> float:
        """In [0, 1], the share of the limit reached; at 1 a new run is due."""
        return min(1.0, max(self.share_placed / MOST_PLACED, *self._judged()))

    @property
    def reasons(self) -> list[str]:
        """Why a new run is due; empty while it is not."""
        more, farther = self._judged()
        out, own_out = f"{self.placed.share_out:.0%}", f"{self.own.share_out:.0%}"
        told = (
            (self.share_placed / MOST_PLACED, f"{self.share_placed:.0%} as many domains joined"),
            (more, f"{out} of those are outliers, and {own_out} of the run's own"),
            (farther, "they lie farther from the medoids than the run's own"),
        )
        return [text for level, text in told if level >= 1.0]

    def _judged(self) -> tuple[float, float]:
        """Outliers and distances as shares of their limits."""
        if self.placed.n < FEWEST_TO_JUDGE:
            return 0.0, 0.0
        more = (self.placed.share_out - self.own.share_out) / MOST_OUT_MORE
        farther = 0.0
        if self.own.distance and self.placed.distance is not None:
            farther = (self.placed.distance / self.own.distance - 1.0) / (MOST_FARTHER - 1.0)
        return more, farther


def drift(run: Run) -> Drift | None:
    """Compare placed domains with those of the run itself, by machine labels.

    None if there are none, after one look-up; else a second query reads all assignments.
    """
    if not run.assignments.filter(placed_at__isnull=False).exists():
        return None
    is_placed, is_in = Q(placed_at__isnull=False), Q(cluster__isnull=False)
    found = run.assignments.aggregate(
        n=Count("pk", filter=~is_placed),
        n_in=Count("pk", filter=~is_placed & is_in),
        distance=Avg("outlier_score", filter=~is_placed & is_in),
        n_placed=Count("pk", filter=is_placed),
        n_placed_in=Count("pk", filter=is_placed & is_in),
        distance_placed=Avg("outlier_score", filter=is_placed & is_in),
    )
    return Drift(
        own=Part(found["n"], found["n"] - found["n_in"], found["distance"]),
        placed=Part(
            found["n_placed"],
            found["n_placed"] - found["n_placed_in"],
            found["distance_placed"],
        ),
    )
