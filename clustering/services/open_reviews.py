"""Keeps the number of open subjects of review items right while decisions are written."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence

from django.db.models import Count, Exists, OuterRef, Q

from clustering.models import Assignment, ReviewItem, ReviewSubject, Run
from clustering.models.lookups import write_column

ANSWERED_DIFFERENT = "different"


def refresh(run: Run, domain_ids: Sequence[int], cluster_ids: Collection[int]) -> None:
    """Recount the items that ask about these domains or clusters; five queries."""
    subjects = ReviewSubject.objects.filter(item__run=run).order_by()
    found = subjects.filter(Q(cluster_id__among=cluster_ids) | Q(domain_id__among=domain_ids))
    item_ids = set(found.values_list("item_id", flat=True))
    if item_ids:
        recount(run, item_ids)


def recount(run: Run, item_ids: Iterable[int]) -> None:
    """Set the number of open subjects of items from the rows."""
    items = list(ReviewItem.objects.filter(run=run, pk__among=item_ids))
    n_domains, n_clusters = _open_domains(run, items), _open_clusters(items)
    changed: dict[int, int | float | None] = {}
    for item in items:
        n_left = n_domains[item.pk]
        if n_clusters[item.pk] > 1 and item.answer != ANSWERED_DIFFERENT:
            n_left += n_clusters[item.pk]
        if item.n_open != n_left:
            changed[item.pk] = n_left
    write_column(ReviewItem, "n_open", changed)


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
