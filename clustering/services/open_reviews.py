"""Keeps the number of open subjects of review items, and of items by state, right.

While decisions are written, and while items are.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager

from django.db import transaction
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet

from clustering.models import Assignment, ReviewCount, ReviewItem, ReviewSubject, Run
from clustering.models.lookups import write_column

ANSWERED_DIFFERENT = "different"


def refresh(run: Run, domain_ids: Sequence[int], cluster_ids: Collection[int]) -> None:
    """Recount the items that ask about these domains or clusters; five queries."""
    # An expression, since SQLite would otherwise begin with all items of the run.
    of_run = ReviewSubject.objects.alias(of_run=F("item__run_id") + 0).filter(of_run=run.pk)
    subjects = of_run.order_by()
    found = subjects.filter(Q(cluster_id__among=cluster_ids) | Q(domain_id__among=domain_ids))
    item_ids = set(found.values_list("item_id", flat=True))
    if item_ids:
        recount(run, item_ids)


@contextmanager
def kept(run_id: int, items: QuerySet[ReviewItem]) -> Iterator[QuerySet[ReviewItem]]:
    """Keep the counts of a run right while these of its items are written or deleted.

    Two reads, and a write for each kind of change.

    Yields:
        The same items, whatever is written to them.
    """
    with transaction.atomic(savepoint=False):
        ids = list(items.order_by("pk").select_for_update().values_list("pk", flat=True))
        rows = ReviewItem.objects.filter(pk__among=ids)
        before = _cells(rows)
        yield rows
        change = _cells(rows)
        change.subtract(before)
        _add(run_id, change)


def added(run_id: int, items: Iterable[ReviewItem]) -> None:
    """Count items that were just created, in the same transaction."""
    states = (
        (one.kind, ReviewCount.state_of(one.n_open, one.skipped_at, one.score)) for one in items
    )
    _add(run_id, Counter(states))


@transaction.atomic
def recount_items(run: Run) -> None:
    """Set the number of items of a run by kind and state from the rows."""
    stored = ReviewCount.objects.filter(run=run)
    list(stored.select_for_update().order_by("pk"))  # blocks concurrent updates
    stored.update(n=0)
    _add(run.pk, _cells(run.review_items.all()))


def miscounted(run: Run) -> dict[str, tuple[int, int]]:
    """Return the kept and the actual number, by kind and state, where they differ."""
    stored = {(row.kind, row.state): row.n for row in run.review_counts.all() if row.n}
    actual = _cells(run.review_items.all())
    return {
        f"{kind}/{state}": (stored.get((kind, state), 0), actual[kind, state])
        for kind, state in sorted({*stored, *actual})
        if stored.get((kind, state), 0) != actual[kind, state]
    }


def _cells(items: QuerySet[ReviewItem]) -> Counter[tuple[str, str]]:
    """Count items by kind and state. One query."""
    rows = items.order_by().values_list("kind", "n_open", "skipped_at", "score")
    return Counter(
        (kind, ReviewCount.state_of(n_open, skipped_at, score))
        for kind, n_open, skipped_at, score in rows.iterator()
    )


def _add(run_id: int, change: Counter[tuple[str, str]]) -> None:
    """Add to the counts, always in the same order to avoid deadlocks."""
    for (kind, state), n in sorted(change.items()):
        row = ReviewCount.objects.filter(run_id=run_id, kind=kind, state=state)
        if n and not row.update(n=F("n") + n):
            ReviewCount.objects.get_or_create(run_id=run_id, kind=kind, state=state)
            row.update(n=F("n") + n)


@transaction.atomic(savepoint=False)
def recount(run: Run, item_ids: Iterable[int]) -> None:
    """Set the number of open subjects of items from the rows."""
    chosen = ReviewItem.objects.filter(run=run, pk__among=item_ids).order_by("pk")
    items = list(chosen.select_for_update())
    n_domains, n_clusters = _open_domains(run, items), _open_clusters(items)
    changed: dict[int, int | float | None] = {}
    change: Counter[tuple[str, str]] = Counter()
    for item in items:
        n_left = n_domains[item.pk]
        if n_clusters[item.pk] > 1 and item.answer != ANSWERED_DIFFERENT:
            n_left += n_clusters[item.pk]
        if item.n_open != n_left:
            changed[item.pk] = n_left
            for n, sign in ((item.n_open, -1), (n_left, 1)):
                change[item.kind, ReviewCount.state_of(n, item.skipped_at, item.score)] += sign
    write_column(ReviewItem, "n_open", changed)
    _add(run.pk, change)


def _open_domains(run: Run, items: Collection[ReviewItem]) -> Counter[int]:
    undecided = Assignment.objects.filter(
        run=run, domain=OuterRef("domain"), reviewed_at__isnull=True
    )
    return _counted(items, Exists(undecided))


def _open_clusters(items: Collection[ReviewItem]) -> Counter[int]:
    return _counted(items, cluster__merged_into__isnull=True, cluster__n_members__gt=0)


def _counted(items: Collection[ReviewItem], *is_open: Exists, **fields: object) -> Counter[int]:
    subjects = ReviewSubject.objects.filter(item_id__among=[one.pk for one in items])
    subjects = subjects.filter(*is_open, **fields)
    rows = subjects.order_by().values_list("item_id").annotate(n=Count("pk"))
    return Counter(dict(rows))
