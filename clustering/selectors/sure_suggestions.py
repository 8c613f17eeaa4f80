"""Open items of the review queue whose first suggestion is likely enough, by a threshold."""

from dataclasses import dataclass
from typing import Final

from clustering.models import Assignment, Cluster, LabelSource, ReviewItem, ReviewSubject, Run
from clustering.selectors.pages import capped_count
from clustering.selectors.review_cards import N_CHOICES, ranked
from clustering.selectors.similarity import suggestions

MOST: Final = 500  # items that are accepted at once


@dataclass(frozen=True)
class SureItem:
    """Outliers and the cluster that they very likely belong to."""

    item: ReviewItem
    rows: tuple[Assignment, ...]
    cluster: Cluster
    probability: float

    @property
    def key(self) -> str:
        """What the page sends back, so that nothing else than counted is accepted."""
        return f"{self.item.pk}:{self.cluster.uid}"

    @property
    def pictures(self) -> list[Assignment]:
        """The rows of different logos."""
        return list({row.logo_id: row for row in reversed(self.rows)}.values())[::-1]


def n_stored(run: Run, least: float) -> int:
    """Count the items of probability ``least`` and more when they were asked; see capped_count."""
    return capped_count(run.review_items.acceptable(least), "score", "pk")


def sure_items(run: Run, least: float) -> list[SureItem]:
    """Return the ``MOST`` items nearest above a probability, ranked by the decisions so far.

    Twelve queries, twenty where an item asks about several logos.

    Args:
        least: that outliers and cluster are of one brand, both when asked and now.

    Returns:
        The least likely first.
    """
    items = list(run.review_items.acceptable(least)[:MOST])
    subjects = ReviewSubject.objects.filter(item__in=[item.pk for item in items])
    item_of = dict(subjects.order_by().values_list("domain_id", "item_id"))
    rows_of: dict[int, list[Assignment]] = {}
    undecided = run.assignments.filter(domain__in=subjects.values("domain"), reviewed_at=None)
    for row in undecided.select_related("logo", "domain").order_by("domain__name"):
        rows_of.setdefault(item_of[row.domain_id], []).append(row)
    logos_of = [{row.logo_id for row in rows} for rows in rows_of.values()]
    alone = {pk for logo_ids in logos_of for pk in logo_ids if len(logo_ids) == 1}
    together = {pk for logo_ids in logos_of for pk in logo_ids if len(logo_ids) > 1}
    found = suggestions(run, LabelSource.CORRECTED, sorted(alone), top=1)
    if together:
        found |= suggestions(run, LabelSource.CORRECTED, sorted(together), top=N_CHOICES + 1)
    sure = []
    for item in items:
        rows = rows_of.get(item.pk, [])
        own = {row.logo_id: found[row.logo_id] for row in rows if row.logo_id in found}
        for best, probability in ranked(own)[:1]:
            if probability >= least:
                sure.append(SureItem(item, tuple(rows), best.cluster, probability))
    return sorted(sure, key=lambda one: one.probability)
