"""Open items of the review queue whose first suggestion is nearly sure."""

from dataclasses import dataclass
from typing import Final

from clustering.models import Assignment, Cluster, LabelSource, ReviewItem, ReviewSubject, Run
from clustering.models.review import SURE
from clustering.selectors.review_cards import DOUBTED, N_CHOICES, ranked
from clustering.selectors.similarity import suggestions

MOST: Final = 500  # items that are accepted at once
MOST_PICTURES: Final = 4  # of a card; larger groups are looked at one by one


@dataclass(frozen=True)
class SureItem:
    """Outliers and the cluster that they very likely belong to."""

    item: ReviewItem
    rows: tuple[Assignment, ...]
    cluster: Cluster
    probability: float

    @property
    def key(self) -> str:
        """What the page sends back, so that nothing else than shown is accepted."""
        return f"{self.item.pk}:{self.cluster.uid}"

    @property
    def pictures(self) -> list[Assignment]:
        """The rows of different logos."""
        return list({row.logo_id: row for row in reversed(self.rows)}.values())[::-1]


def sure_items(run: Run) -> list[SureItem]:
    """Return them in the order of the queue, ranked by the decisions so far. Ten queries."""
    kinds = (ReviewItem.Kind.GROUP, ReviewItem.Kind.SINGLE)
    waiting = run.review_items.open().filter(kind__in=kinds, score__gte=SURE)
    items = list(waiting.exclude(answer=DOUBTED)[:MOST])
    subjects = ReviewSubject.objects.filter(item__in=[item.pk for item in items])
    item_of = dict(subjects.order_by().values_list("domain_id", "item_id"))
    rows_of: dict[int, list[Assignment]] = {}
    undecided = run.assignments.filter(domain__in=subjects.values("domain"), reviewed_at=None)
    for row in undecided.select_related("logo", "domain").order_by("domain__name"):
        rows_of.setdefault(item_of[row.domain_id], []).append(row)
    logo_ids = {row.logo_id for rows in rows_of.values() for row in rows}
    found = suggestions(run, LabelSource.CORRECTED, sorted(logo_ids), top=N_CHOICES + 1)
    sure = []
    for item in items:
        rows = rows_of.get(item.pk, [])
        own = {row.logo_id: found[row.logo_id] for row in rows if row.logo_id in found}
        for best, probability in ranked(own)[:1]:
            if probability >= SURE and len(own) <= MOST_PICTURES:
                sure.append(SureItem(item, tuple(rows), best.cluster, probability))
    return sure
