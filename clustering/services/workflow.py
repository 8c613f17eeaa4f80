"""Next stage of a data set, from its rows, never from a counter or a queue."""

from enum import Enum

from django.db.models import QuerySet
from django.utils import timezone

from clustering.models import Dataset, Logo, Run
from clustering.selectors.progress import is_idle
from clustering.services.placement import incremental


class Work(Enum):
    """Next stage; the values are names of tasks."""

    READ = "read_upload"
    FETCH = "fetch_logos"
    EMBED = "embed_logos"
    RUN = "compute_run"
    PLACE = "place_logos"


def next_stage(dataset: Dataset) -> Work | None:
    """Return the stage that is due; None while all work waits, is leased or has ended."""
    if dataset.cancelled_at is not None:
        return None
    if dataset.intake in {Dataset.Intake.RECEIVED, Dataset.Intake.IMPORTING}:
        return Work.READ
    if dataset.domains.due().exists():
        return Work.FETCH
    if dataset.intake != Dataset.Intake.IMPORTED:
        return None
    if incremental.due_run(dataset) is not None:
        return Work.PLACE
    run = due_run(dataset)
    if run is None or dataset.domains.pending().exists():
        return None
    return Work.EMBED if logos_to_embed(run).exists() else Work.RUN


def due_run(dataset: Dataset) -> Run | None:
    """Return the oldest due run."""
    return dataset.runs.due().first()


def logos_to_embed(run: Run) -> QuerySet[Logo]:
    """Return the logos that lack a vector under the run's embedder."""
    return Logo.objects.of_dataset(run.dataset).without_embedding(run.embedder_key)


def active_datasets() -> list[Dataset]:
    """Return the data sets that may need a worker. One query and three per data set."""
    open_ones = Dataset.objects.filter(cancelled_at__isnull=True).exclude(
        intake__in=(Dataset.Intake.READY, Dataset.Intake.REFUSED)
    )
    return [dataset for dataset in open_ones if not is_idle(dataset)]


def cancel(dataset: Dataset) -> None:
    """Stop within one batch; finished work is kept."""
    Dataset.objects.filter(pk=dataset.pk).update(cancelled_at=timezone.now())


def resume(dataset: Dataset) -> None:
    """Continue after cancel()."""
    Dataset.objects.filter(pk=dataset.pk).update(cancelled_at=None)
