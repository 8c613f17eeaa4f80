"""Users at work on a planted data set while a run is computed: what they wait, what fails."""

from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass
class Waited:
    """Answers to one kind of request."""

    seconds: list[float] = field(default_factory=list)
    statuses: dict[str, int] = field(default_factory=dict)
    """Number of answers by status; "none" where the connection failed."""

    def p(self, share: float) -> float:
        """Return the seconds within which this share of the answers came."""
        ascending = sorted(self.seconds)
        return ascending[round(share * (len(ascending) - 1))] if ascending else 0.0

    @property
    def n_faults(self) -> int:
        """Answers that are the server's fault, or none at all."""
        return sum(n for status, n in self.statuses.items() if status == "none" or status >= "500")


def together(several: Iterable[Waited]) -> Waited:
    """Return the answers of several kinds as one."""
    total = Waited()
    for one in several:
        total.seconds += one.seconds
        for status, n in one.statuses.items():
            total.statuses[status] = total.statuses.get(status, 0) + n
    return total
