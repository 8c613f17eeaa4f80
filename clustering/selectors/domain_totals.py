"""Kept numbers of domains, added up by a column."""

from collections import Counter
from collections.abc import Callable, Iterable

from django.db.models import prefetch_related_objects

from clustering.models import Dataset, DomainCount


def read_once(dataset: Dataset) -> None:
    """Read the kept counts now, for all that adds up ``dataset.domain_counts.all()`` later."""
    prefetch_related_objects([dataset], "domain_counts")


def totals(
    counts: Iterable[DomainCount],
    column: str,
    wanted: Callable[[DomainCount], bool] = lambda _: True,
) -> Counter[str]:
    """Return the number of domains by the values of ``column``, of the wanted counts."""
    found: Counter[str] = Counter()
    for row in counts:
        if wanted(row):
            found[getattr(row, column)] += row.n
    return found
