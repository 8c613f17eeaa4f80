"""Logos in use that the finished run of their data set does not hold."""

from django.db.models import Exists, OuterRef, QuerySet

from clustering.models import Capture, Dataset, Domain, Run


def run_to_extend(dataset: Dataset) -> Run | None:
    """Return the run that latecomers are placed into; None while another one will see them."""
    if dataset.runs.unfinished().exists():
        return None
    return dataset.runs.succeeded().first()


def unplaced(run: Run) -> QuerySet[Capture]:
    """Return the logos in use that the run does not hold: new domains, and changed logos."""
    held = run.assignments.filter(domain=OuterRef("domain"), logo=OuterRef("logo"))
    shown = Capture.objects.filter(
        domain__dataset=run.dataset_id, domain__status=Domain.Status.FOUND, is_primary=True
    )
    return shown.filter(~Exists(held))


def n_unplaced(dataset: Dataset) -> int:
    """Return how many logos the run that latecomers are placed into does not hold."""
    run = run_to_extend(dataset)
    return unplaced(run).count() if run else 0
