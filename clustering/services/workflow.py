"""Where a data set stands: asked of the rows, never of a counter or a queue."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any, Final

from django.db.models import QuerySet
from django.utils import timezone

from clustering.models import Dataset, Embedding, Logo, Run
from clustering.services import latecomers

RATE_WINDOW: Final = timedelta(seconds=30)


class Work(Enum):
    """What a data set needs next; the values are names of tasks."""

    READ = "read_upload"
    FETCH = "fetch_logos"
    EMBED = "embed_logos"
    RUN = "compute_run"
    PLACE = "place_logos"


@dataclass(frozen=True)
class Stage:
    """One line of the progress table."""

    name: str
    label: str
    done: int
    total: int
    failed: int
    rate_per_second: float | None
    eta_seconds: float | None
    state: str
    """``waiting``, ``working``, ``done``, ``stopped`` (cancelled) or ``blocked`` (see note)."""
    note: str = ""


def next_stage(dataset: Dataset) -> Work | None:
    """Return what can be worked on now; None while all waits, is leased or has ended."""
    if dataset.cancelled_at is not None:
        return None
    if dataset.intake in {Dataset.Intake.RECEIVED, Dataset.Intake.IMPORTING}:
        return Work.READ
    if dataset.domains.due().exists():
        return Work.FETCH
    if dataset.intake != Dataset.Intake.IMPORTED:
        return None
    if latecomers.due_run(dataset) is not None:
        return Work.PLACE
    run = due_run(dataset)
    if run is None or dataset.domains.pending().exists():
        return None
    return Work.EMBED if logos_to_embed(run).exists() else Work.RUN


def due_run(dataset: Dataset) -> Run | None:
    """Return the oldest unfinished run that no worker holds."""
    return dataset.runs.due().first()


def logos_to_embed(run: Run) -> QuerySet[Logo]:
    """Return the logos that lack a vector under the run's embedder."""
    return Logo.objects.of_dataset(run.dataset).without_embedding(run.embedder_key)


def is_idle(dataset: Dataset) -> bool:
    """Say whether nothing will change without a person."""
    if dataset.cancelled_at is not None:
        return True
    if dataset.intake != Dataset.Intake.IMPORTED:
        return dataset.intake in {Dataset.Intake.READY, Dataset.Intake.REFUSED}
    if dataset.domains.pending().exists() or dataset.runs.unfinished().exists():
        return False
    return latecomers.n_unplaced(dataset) == 0


def active_datasets() -> list[Dataset]:
    """Return the data sets that may need a worker. One query and three per data set."""
    open_ones = Dataset.objects.filter(cancelled_at__isnull=True).exclude(
        intake__in=(Dataset.Intake.READY, Dataset.Intake.REFUSED)
    )
    return [dataset for dataset in open_ones if not is_idle(dataset)]


def cancel(dataset: Dataset) -> None:
    """Stop within one batch; finished work is kept, and resume() goes on from it."""
    Dataset.objects.filter(pk=dataset.pk).update(cancelled_at=timezone.now())


def resume(dataset: Dataset) -> None:
    """Go on where cancel() stopped."""
    Dataset.objects.filter(pk=dataset.pk).update(cancelled_at=None)


def stages(dataset: Dataset) -> list[Stage]:
    """Return the stages of a data set with their counts. About eight queries."""
    return [_intake_stage(dataset), _fetch_stage(dataset), *_run_stages(dataset)]


def _intake_stage(dataset: Dataset) -> Stage:
    is_done = dataset.intake == Dataset.Intake.IMPORTED
    states = {Dataset.Intake.IMPORTED: "done", Dataset.Intake.REFUSED: "blocked"}
    return Stage(
        name="intake",
        label="Import",
        done=dataset.n_rows if is_done else 0,
        total=dataset.n_rows if is_done else int(dataset.preview.get("n_rows", 0)),
        failed=dataset.n_rejected,
        rate_per_second=None,
        eta_seconds=None,
        state=states.get(Dataset.Intake(dataset.intake), "working"),
        note=dataset.error_detail,
    )


def _fetch_stage(dataset: Dataset) -> Stage:
    total, pending = dataset.domains.count(), dataset.domains.pending().count()
    recent = dataset.domains.filter(finished_at__gt=timezone.now() - RATE_WINDOW)
    rate = _rate(recent.count(), _first(recent.order_by("finished_at"), "finished_at"))
    label = "Fetch logos" if dataset.kind == Dataset.Kind.DOMAINS else "Read images"
    return Stage(
        name="fetch",
        label=label,
        done=total - pending,
        total=total,
        failed=dataset.domains.failed().count(),
        rate_per_second=rate if pending else None,
        eta_seconds=pending / rate if pending and rate else None,
        state=_state(dataset, n_left=pending, total=total),
        note=_waiting_note(dataset) if pending else "",
    )


def _waiting_note(dataset: Dataset) -> str:
    """Say so when what is left waits for another try."""
    if dataset.domains.due().exists():
        return ""
    backing_off = dataset.domains.pending().filter(lease_token__isnull=True)
    first = _first(backing_off.order_by("next_try_at"), "next_try_at")
    if first is None:
        return ""
    seconds = max(0, round((first - timezone.now()).total_seconds()))
    return f"{backing_off.count()} slow or broken sites are tried again, the next in {seconds} s"


def _run_stages(dataset: Dataset) -> list[Stage]:
    run = dataset.runs.order_by("-pk").first()
    if run is None:
        return []
    return [_embed_stage(dataset, run), _cluster_stage(dataset, run), *_place_stages(dataset)]


def _embed_stage(dataset: Dataset, run: Run) -> Stage:
    logos = Logo.objects.of_dataset(dataset)
    # In this order, since logos arrive between the two queries.
    left, total = logos.without_embedding(run.embedder_key).count(), logos.count()
    made = Embedding.objects.filter(logo__in=logos, embedder_key=run.embedder_key)
    recent = made.filter(created_at__gt=timezone.now() - RATE_WINDOW)
    rate = _rate(recent.count(), _first(recent.order_by("created_at"), "created_at"))
    is_blocked = bool(run.error_code) and run.status == Run.Status.QUEUED
    return Stage(
        name="embed",
        label="Embed",
        done=total - left,
        total=total,
        failed=made.exclude(error_code="").count(),
        rate_per_second=rate if left else None,
        eta_seconds=left / rate if left and rate else None,
        state="blocked" if is_blocked else _state(dataset, n_left=left, total=total),
        note=run.error_detail if is_blocked else "",
    )


def _cluster_stage(dataset: Dataset, run: Run) -> Stage:
    states = {
        Run.Status.QUEUED: "waiting",
        Run.Status.RUNNING: "working",
        Run.Status.SUCCEEDED: "done",
        Run.Status.FAILED: "blocked",
        Run.Status.CANCELLED: "stopped",
    }
    is_open = run.status in {Run.Status.QUEUED, Run.Status.RUNNING}
    is_stopped = is_open and dataset.cancelled_at is not None
    return Stage(
        name="run",
        label="Cluster and map",
        done=int(run.status == Run.Status.SUCCEEDED),
        total=1,
        failed=int(run.status == Run.Status.FAILED),
        rate_per_second=None,
        eta_seconds=None,
        state="stopped" if is_stopped else states[Run.Status(run.status)],
        note=run.step if run.status == Run.Status.RUNNING else _failure(run),
    )


def _place_stages(dataset: Dataset) -> list[Stage]:
    """The line of what came after the finished run, while there is something to place."""
    run, left = latecomers.run_to_extend(dataset), latecomers.n_unplaced(dataset)
    if run is None or not left:
        return []
    placed = run.assignments.filter(placed_at__isnull=False).count()
    state = "blocked" if run.error_code else _state(dataset, n_left=left, total=left)
    return [
        Stage(
            name="place",
            label="Place",
            done=placed,
            total=placed + left,
            failed=0,
            rate_per_second=None,
            eta_seconds=None,
            state=state,
            note=run.error_detail,
        )
    ]


def _failure(run: Run) -> str:
    return run.error_detail if run.status == Run.Status.FAILED else ""


def _state(dataset: Dataset, *, n_left: int, total: int) -> str:
    if dataset.cancelled_at is not None and n_left:
        return "stopped"
    if total == 0:
        return "waiting" if not is_idle(dataset) else "done"
    return "working" if n_left else "done"


def _rate(n_recent: int, first: datetime | None) -> float | None:
    if first is None or n_recent < 2:
        return None
    seconds = (timezone.now() - first).total_seconds()
    return n_recent / max(seconds, 1.0)


def _first(rows: "QuerySet[Any]", column: str) -> datetime | None:
    value: datetime | None = rows.values_list(column, flat=True).first()
    return value
