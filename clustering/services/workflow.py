"""Next stage of a data set, from its rows, never from a counter or a queue."""

from enum import Enum
from typing import Any

from django.utils import timezone

from clustering.models import (
    Classification,
    Dataset,
    Lookup,
    QualityReport,
    Run,
    Tuning,
    WordReading,
)
from clustering.models.work import WorkQuerySet
from clustering.selectors.progress import is_idle
from clustering.selectors.unembedded import next_unembedded
from clustering.selectors.words import due_reading
from clustering.services.placement import incremental


class Work(Enum):
    """Next stage; the values are names of tasks."""

    READ = "read_upload"
    FETCH = "fetch_logos"
    EMBED = "embed_logos"
    RUN = "compute_run"
    PLACE = "place_logos"
    WORDS = "read_words"
    DELETE = "delete_dataset"


def next_stage(dataset: Dataset) -> Work | None:
    """Return the stage that is due; None while all work waits, is leased or has ended."""
    if dataset.deleted_at is not None:
        return Work.DELETE
    if dataset.cancelled_at is not None:
        return None
    if dataset.intake in {Dataset.Intake.RECEIVED, Dataset.Intake.IMPORTING} and (
        dataset.read_until is None or dataset.read_until < timezone.now()
    ):
        return Work.READ
    if dataset.domains.due().exists():
        return Work.FETCH
    if dataset.intake != Dataset.Intake.IMPORTED:
        return None
    return _stage_of_logos(dataset)


def _stage_of_logos(dataset: Dataset) -> Work | None:
    if incremental.due_run(dataset) is not None:
        return Work.PLACE
    run = due_run(dataset)
    if run is None:
        return Work.WORDS if due_words(dataset) is not None else None
    if dataset.domains.pending().exists():
        return None
    return Work.EMBED if next_unembedded(run).exists() else Work.RUN


def due_words(dataset: Dataset) -> WordReading | None:
    """Return the reading of words that is due after all runs, unless a worker has it."""
    if dataset.runs.unfinished().exists():
        return None
    asked = due_reading(dataset)
    return asked if asked is not None and asked.next_try_at <= timezone.now() else None


def due_run(dataset: Dataset) -> Run | None:
    """Return the oldest due run."""
    return dataset.runs.due().first()


def is_done(dataset: Dataset) -> bool:
    """Whether no work waits, runs or backs off. At most eleven queries.

    Work that has ended is asked for before the work that it may leave behind.
    """
    if not is_idle(dataset) or due_reading(dataset) is not None:
        return False
    kinds: tuple[WorkQuerySet[Any], ...] = (
        Lookup.objects.filter(domain__dataset=dataset),
        Tuning.objects.filter(run__dataset=dataset),
        QualityReport.objects.filter(run__dataset=dataset),
        Classification.objects.filter(dataset=dataset),
    )
    return not any(works.unfinished().exists() for works in kinds)


def cancel(dataset: Dataset) -> None:
    """Stop within one batch; finished work is kept."""
    Dataset.objects.filter(pk=dataset.pk).update(cancelled_at=timezone.now())


def resume(dataset: Dataset) -> None:
    """Continue after cancel()."""
    Dataset.objects.filter(pk=dataset.pk).update(cancelled_at=None, due_at=timezone.now())
