"""Keeps the number of open subjects of review items right while decisions are written."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence

from django.db.models import Count, Exists, OuterRef

from clustering.models import Assignment, ReviewItem, ReviewSubject, Run

IDS_PER_QUERY = 10_000  # SQLite binds 32,766 values at most
ANSWERED_DIFFERENT = "different"


def refresh(run: Run, domain_ids: Sequence[int], cluster_ids: Collection[int]) -> None:
    """Recount the items that ask about these domains or clusters; five queries."""
    subjects = ReviewSubject.objects.filter(item__run=run).order_by()
    item_ids = set(subjects.filter(cluster__in=cluster_ids).values_list("item_id", flat=True))
    for start in range(0, len(domain_ids), IDS_PER_QUERY):
        part = domain_ids[start : start + IDS_PER_QUERY]
        item_ids |= set(subjects.filter(domain__in=part).values_list("item_id", flat=True))
    if item_ids:
        recount(run, item_ids)


def recount(run: Run, item_ids: Iterable[int]) -> None:
    """Set the number of open subjects of items from the rows."""
    items = list(ReviewItem.objects.filter(run=run, pk__in=item_ids))
    n_domains, n_clusters = _open_domains(run, items), _open_clusters(items)
    changed = []
    for item in items:
        n_left = n_domains[item.pk]
        if n_clusters[item.pk] > 1 and item.answer != ANSWERED_DIFFERENT:
            n_left += n_clusters[item.pk]
        if item.n_open != n_left:
            item.n_open = n_left
            changed.append(item)
    ReviewItem.objects.bulk_update(changed, ["n_open"], batch_size=500)


def _open_domains(run: Run, items: Collection[ReviewItem]) -> Counter[int]:
    undecided = Assignment.objects.filter(
        run=run, domain=OuterRef("domain"), reviewed_at__isnull=True
    )
    return _counted(items, Exists(undecided))


def _open_clusters(items: Collection[ReviewItem]) -> Counter[int]:
    return _counted(items, cluster__merged_into__isnull=True, cluster__n_members__gt=0)


def _counted(items: Collection[ReviewItem], *is_open: Exists, **fields: object) -> Counter[int]:
    subjects = ReviewSubject.objects.filter(item__in=items).filter(*is_open, **fields)
    rows = subjects.order_by().values_list("item_id").annotate(n=Count("pk"))
    return Counter(dict(rows))
