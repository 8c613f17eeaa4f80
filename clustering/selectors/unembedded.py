"""Logos without a vector under the embedder of a run, in order of arrival."""

from datetime import datetime

from django.db.models import Q, QuerySet

from clustering.models import Capture, Dataset, Run
from clustering.models.logo import tried_embedding
from clustering.selectors.unplaced import LONGEST_TRANSACTION


def unembedded(dataset: Dataset, embedder_key: str) -> QuerySet[Capture]:
    """Return the primary captures whose logo has no vector and no recorded failure."""
    shown = Capture.objects.filter(domain__dataset=dataset, is_primary=True)
    lacking = shown.alias(tried=tried_embedding("logo", embedder_key)).filter(tried__isnull=True)
    return lacking.order_by("domain__logo_changed_at", "domain_id")


def next_unembedded(run: Run) -> QuerySet[Capture]:
    """Return the logos after the last batch.

    Reads an index range of domains, so that the cost does not grow with the data set.
    """
    return after(unembedded(run.dataset, run.embedder_key), run.embedded_to, run.embedded_to_id)


def after(found: QuerySet[Capture], place: datetime | None, place_id: int) -> QuerySet[Capture]:
    """Return the captures after a place in the order of arrival; all where it is None.

    At the end also those before it that were committed late.
    """
    if place is None:
        return found
    behind = Q(domain__logo_changed_at__gt=place) | Q(domain__gt=place_id)
    rest = found.filter(behind, domain__logo_changed_at__gte=place)
    if rest.exists():
        return rest
    return found.filter(domain__logo_changed_at__gte=place - LONGEST_TRANSACTION)
