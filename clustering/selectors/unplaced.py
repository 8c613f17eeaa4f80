"""Primary logos without an assignment in the finished run of their data set."""

from django.db.models import Exists, OuterRef, QuerySet

from clustering.models import Capture, Dataset, Domain, Run


def run_to_extend(dataset: Dataset) -> Run | None:
    """Return the run for incremental assignment; None while another run is unfinished."""
    if dataset.runs.unfinished().exists():
        return None
    return dataset.runs.succeeded().first()


def unplaced(run: Run) -> QuerySet[Capture]:
    """Return primary captures without an assignment in the run: new domains, changed logos."""
    held = run.assignments.filter(domain=OuterRef("domain"), logo=OuterRef("logo"))
    shown = Capture.objects.filter(
        domain__dataset=run.dataset_id, domain__status=Domain.Status.FOUND, is_primary=True
    )
    return shown.filter(~Exists(held))


def n_unplaced(dataset: Dataset) -> int:
    """Return the number of unplaced logos of the run for incremental assignment."""
    run = run_to_extend(dataset)
    return unplaced(run).count() if run else 0
