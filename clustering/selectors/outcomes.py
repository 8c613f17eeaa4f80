"""Outcomes of fetching: share and domains of each."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.db.models import QuerySet, Sum

from clustering.models import Dataset, Domain

LABELS: Final = {
    "logo": "Logo",
    "icon": "Icon only",
    "placeholder": "Placeholder",
    "ignored": "Left out",
    "failed": "Failed",
    "pending": "To come",
}
BAR_UNITS: Final = 1000  # width of the whole bar
Status = Domain.Status


@dataclass(frozen=True)
class OutcomeCount:
    """The domains with one outcome."""

    name: str
    label: str
    n: int
    share: float
    """Of all domains, in [0, 1]."""
    start: float
    """Start of its segment of the bar, from 0 to ``BAR_UNITS``."""

    @property
    def width(self) -> float:
        """Of its segment of the bar."""
        return BAR_UNITS * self.share


def outcomes(dataset: Dataset) -> list[OutcomeCount]:
    """Return the outcomes that occur, in a fixed order. One query."""
    counts = _counts(dataset)
    total = sum(counts.values())
    found, n_before = [], 0
    for name, label in LABELS.items():
        n = counts.get(name, 0)
        if n:
            start = BAR_UNITS * n_before / total
            found.append(OutcomeCount(name, label, n, n / total, start))
        n_before += n
    return found


def domains(
    dataset: Dataset, *, outcome: str = "", code: str = "", finder: str = ""
) -> QuerySet[Domain]:
    """Return the domains by outcome, error code and finder.

    By name; what is not asked for does not count.
    """
    found = dataset.domains.all()
    if outcome:
        found = found.filter(outcome=outcome)
    if code:
        found = found.filter(status=Status.FAILED, error_code=code)
    if finder:
        found = found.filter(finder=finder, has_placeholder=False)
    return found.order_by("name")


def _counts(dataset: Dataset) -> Mapping[str, int]:
    return dict(dataset.domain_counts.values_list("outcome").annotate(total=Sum("n")))
