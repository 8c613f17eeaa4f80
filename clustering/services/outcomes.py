"""What looking at the sites gave: shares of a whole, as a bar and a table can show them."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.db.models import Count, Exists, OuterRef

from clustering.models import Capture, Dataset, Domain

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
class Outcome:
    """The domains that ended in one way."""

    name: str
    label: str
    n: int
    share: float
    """Of all domains, in [0, 1]."""
    start: float
    """Where its part of the bar begins, from 0 to ``BAR_UNITS``."""

    @property
    def width(self) -> float:
        """Of its part of the bar."""
        return BAR_UNITS * self.share


def outcomes(dataset: Dataset) -> list[Outcome]:
    """Return how the domains ended, in a fixed order, without what did not occur. One query."""
    counts = _counts(dataset)
    total = sum(counts.values())
    found, n_before = [], 0
    for name, label in LABELS.items():
        n = counts.get(name, 0)
        if n:
            start = BAR_UNITS * n_before / total
            found.append(Outcome(name, label, n, n / total, start))
        n_before += n
    return found


def _counts(dataset: Dataset) -> Mapping[str, int]:
    stand_in = Capture.objects.filter(
        domain=OuterRef("pk"),
        domain__decided_at__isnull=True,  # what a person chose is a logo
        is_primary=True,
        logo__is_placeholder=True,
    )
    rows = (
        dataset.domains.annotate(is_stand_in=Exists(stand_in))
        .values_list("status", "kind", "error_code", "is_stand_in")
        .annotate(n=Count("pk"))
    )
    counts: Counter[str] = Counter()
    for status, kind, error_code, is_stand_in, n in rows:
        counts[_name(status, kind, error_code, is_stand_in=is_stand_in)] += n
    return counts


def _name(status: str, kind: str, error_code: str, *, is_stand_in: bool) -> str:
    """Return how a domain ended; a placeholder is neither a logo nor the site's failure."""
    if is_stand_in or (status == Status.FAILED and error_code == "placeholder"):
        return "placeholder"
    if status == Status.FOUND:
        return "icon" if kind == "icon_only" else "logo"
    return status
