"""Progress of a data set, stage by stage."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import sqrt
from typing import Any, Final

from django.db.models import Count, Min, QuerySet
from django.utils import timezone

from clustering.models import Dataset, Domain, Run
from clustering.pipeline.naming.reading import is_installed
from clustering.selectors.domain_totals import totals
from clustering.selectors.unplaced import changed_since, is_extended, run_to_extend, unplaced
from clustering.selectors.words import asked_reading, due_reading

RATE_WINDOW: Final = timedelta(seconds=30)
MIN_RATE_ERROR, MAX_RATE_ERROR = 0.1, 0.6  # sites differ more than chance alone explains


@dataclass(frozen=True)
class StageProgress:
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
    rate_error: float = 0.0
    """Relative, with 95 % confidence: domains end at random, so 2 / sqrt(n) of n of them."""

    @property
    def eta_range(self) -> tuple[float, float] | None:
        """Remaining seconds at the highest and at the lowest likely rate."""
        if self.eta_seconds is None:
            return None
        return self.eta_seconds / (1 + self.rate_error), self.eta_seconds / (1 - self.rate_error)


def stages(dataset: Dataset) -> list[StageProgress]:
    """Return the stages of a data set with their counts. About twelve queries."""
    listed = [_intake_stage(dataset), _fetch_stage(dataset), *_run_stages(dataset)]
    return [*listed, *_word_stages(dataset)]


def n_by_status(dataset: Dataset) -> dict[str, int]:
    """Return the kept number of domains by status. One query at most."""
    return totals(dataset.domain_counts.all(), "status")


def _intake_stage(dataset: Dataset) -> StageProgress:
    is_done = dataset.intake == Dataset.Intake.IMPORTED
    states = {Dataset.Intake.IMPORTED: "done", Dataset.Intake.REFUSED: "blocked"}
    is_importing = dataset.intake == Dataset.Intake.IMPORTING
    is_stopped = is_importing and dataset.cancelled_at is not None
    return StageProgress(
        name="intake",
        label="Import",
        done=dataset.n_rows if is_done else dataset.n_imported,
        total=dataset.n_rows if is_done else int(dataset.preview.get("n_domains", 0)),
        failed=dataset.n_rejected,
        rate_per_second=None,
        eta_seconds=None,
        state="stopped" if is_stopped else states.get(Dataset.Intake(dataset.intake), "working"),
        note=dataset.error_detail,
    )


def _fetch_stage(dataset: Dataset) -> StageProgress:
    by_status = n_by_status(dataset)
    total, pending = sum(by_status.values()), by_status.get(Domain.Status.PENDING, 0)
    recent = dataset.domains.filter(finished_at__gt=timezone.now() - RATE_WINDOW)
    n_recent, since = _counted(recent, "finished_at")
    rate = _rate(n_recent, since)
    label = "Fetch logos" if dataset.kind == Dataset.Kind.DOMAINS else "Read images"
    return StageProgress(
        name="fetch",
        label=label,
        done=total - pending,
        total=total,
        failed=by_status.get(Domain.Status.FAILED, 0),
        rate_per_second=rate if pending else None,
        eta_seconds=pending / rate if pending and rate else None,
        state=_state(dataset, n_left=pending, total=total),
        note=_waiting_note(dataset) if pending else "",
        rate_error=_rate_error(n_recent),
    )


def _waiting_note(dataset: Dataset) -> str:
    """Note that the remaining domains wait for a retry."""
    if dataset.domains.due().exists():
        return ""
    backing_off = dataset.domains.pending().filter(lease_token__isnull=True)
    n, first = _counted(backing_off, "next_try_at")
    if first is None:
        return ""
    seconds = max(0, round((first - timezone.now()).total_seconds()))
    return f"{n} slow or broken sites are tried again, the next in {seconds} s"


def _run_stages(dataset: Dataset) -> list[StageProgress]:
    run = dataset.runs.order_by("-pk").first()
    if run is None:
        return []
    placed = _place_stages(dataset, run) if not run.is_unfinished else []
    return [_embed_stage(dataset, run), _cluster_stage(dataset, run), *placed]


def _embed_stage(dataset: Dataset, run: Run) -> StageProgress:
    if run.status == Run.Status.SUCCEEDED:  # a succeeded run was embedded completely
        total = int(run.metrics.get("n_unique_images", 0))
        return _done_stage("embed", "Embed", total)
    found = n_by_status(dataset).get(Domain.Status.FOUND, 0)
    if run.status == Run.Status.RUNNING:  # computing, which starts when all are embedded
        return _done_stage("embed", "Embed", run.n_to_embed or found)
    total = found if run.n_to_embed is None else max(run.n_to_embed, run.n_embedded)
    left = total - run.n_embedded
    rate = _rate(run.n_embedded - run.n_embedded_before, run.embed_started_at)
    is_blocked = bool(run.error_code) and run.status == Run.Status.QUEUED
    return StageProgress(
        name="embed",
        label="Embed",
        done=total - left,
        total=total,
        failed=run.n_embed_failed,
        rate_per_second=rate if left else None,
        eta_seconds=left / rate if left and rate else None,
        state="blocked" if is_blocked else _state(dataset, n_left=left, total=total),
        note=run.error_detail if is_blocked else "",
        rate_error=_rate_error(run.n_embedded - run.n_embedded_before),
    )


def _done_stage(name: str, label: str, total: int) -> StageProgress:
    return StageProgress(
        name=name,
        label=label,
        done=total,
        total=total,
        failed=0,
        rate_per_second=None,
        eta_seconds=None,
        state="done",
    )


def _cluster_stage(dataset: Dataset, run: Run) -> StageProgress:
    states = {
        Run.Status.QUEUED: "waiting",
        Run.Status.RUNNING: "working",
        Run.Status.SUCCEEDED: "done",
        Run.Status.FAILED: "blocked",
        Run.Status.CANCELLED: "stopped",
    }
    is_open = run.status in {Run.Status.QUEUED, Run.Status.RUNNING}
    is_stopped = is_open and dataset.cancelled_at is not None
    return StageProgress(
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


def _place_stages(dataset: Dataset, newest: Run) -> list[StageProgress]:
    """The line for incremental assignment, while logos are unplaced."""
    run = newest if is_extended(newest) else run_to_extend(dataset)
    # Mostly no logo changed, which a short query tells.
    left = unplaced(run).count() if run and changed_since(run).exists() else 0
    if run is None or not left:
        return []
    placed = run.assignments.filter(placed_at__isnull=False).count()
    state = "blocked" if run.error_code else _state(dataset, n_left=left, total=left)
    return [
        StageProgress(
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


def _word_stages(dataset: Dataset) -> list[StageProgress]:
    """The line for the words in logos, where members asked for them."""
    asked = asked_reading(dataset)
    if asked is None:
        return []
    is_due = due_reading(dataset) is not None
    done, total = (asked.n_read, asked.n_total) if is_due else (asked.n_total, asked.n_total)
    is_waiting = (is_due or not asked.n_total) and not is_idle(dataset)
    state = "waiting" if is_waiting else _state(dataset, n_left=int(is_due), total=1)
    if asked.error_code or not is_installed():
        state = "blocked"
    return [
        StageProgress(
            name="words",
            label="Read words",
            done=done,
            total=total,
            failed=0,
            rate_per_second=None,
            eta_seconds=None,
            state=state,
            note=asked.error_detail if is_installed() else "No reader is installed: see Settings",
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


def _rate_error(n_recent: int) -> float:
    return min(MAX_RATE_ERROR, max(MIN_RATE_ERROR, 2 / sqrt(max(1, n_recent))))


def _counted(rows: "QuerySet[Any]", column: str) -> tuple[int, datetime | None]:
    """Return the number of rows and the earliest time in ``column``. One query."""
    found = rows.aggregate(n=Count("pk"), first=Min(column))
    return found["n"], found["first"]


def is_idle(dataset: Dataset) -> bool:
    """Whether no work is due or running."""
    if dataset.cancelled_at is not None:
        return True
    if dataset.intake != Dataset.Intake.IMPORTED:
        return dataset.intake in {Dataset.Intake.READY, Dataset.Intake.REFUSED}
    if n_by_status(dataset).get(Domain.Status.PENDING) or dataset.runs.unfinished().exists():
        return False
    run = run_to_extend(dataset)
    return run is None or not unplaced(run).exists()
