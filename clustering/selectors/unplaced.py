"""Primary logos without an assignment in the finished run of their data set."""

from datetime import timedelta
from typing import Final

from django.db.models import Exists, OuterRef, Q, QuerySet

from clustering.models import Capture, Dataset, Domain, Run

LONGEST_TRANSACTION: Final = timedelta(minutes=5)  # a change may be committed after its time


def run_to_extend(dataset: Dataset) -> Run | None:
    """Return the run for incremental assignment; None while another run is unfinished.

    One query.
    """
    return dataset.runs.succeeded().filter(~Exists(dataset.runs.unfinished())).first()


def is_extended(run: Run) -> bool:
    """Whether a run is the one of ``run_to_extend``; one query, which is short to write."""
    if run.status != Run.Status.SUCCEEDED or run.finished_at is None:
        return False
    unfinished = Q(status__in=(Run.Status.QUEUED, Run.Status.RUNNING))
    later = Q(status=Run.Status.SUCCEEDED, finished_at__gte=run.finished_at)
    others = Run.objects.filter(unfinished | later, dataset=run.dataset_id)
    return not others.exclude(pk=run.pk).exists()


def changed_since(run: Run) -> QuerySet[Domain]:
    """Return the domains whose logo may have changed since the run read its input.

    Only these are compared with the run, so that the cost does not grow with the data set.
    """
    domains = run.dataset.domains.all()
    if run.started_at is None:
        return domains
    return domains.filter(logo_changed_at__gt=run.started_at - LONGEST_TRANSACTION)


def unplaced(run: Run) -> QuerySet[Capture]:
    """Return primary captures without an assignment in the run: new domains, changed logos."""
    held = run.assignments.filter(domain=OuterRef("domain"), logo=OuterRef("logo"))
    shown = Capture.objects.filter(
        domain__in=changed_since(run).filter(status=Domain.Status.FOUND), is_primary=True
    )
    return shown.filter(~Exists(held))


def n_unplaced(dataset: Dataset) -> int:
    """Return the number of unplaced logos of the run for incremental assignment."""
    run = run_to_extend(dataset)
    return unplaced(run).count() if run else 0
