"""What an operator sees: queues, leases, workers, slow data sets, failed work."""

import time
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, cast

from django.db import transaction
from django.db.models import Count, Max, Min, Q, Sum
from django.utils import timezone

from clustering.models import (
    Classification,
    Dataset,
    Delivery,
    Domain,
    DomainCount,
    Lookup,
    QualityReport,
    Run,
    Tuning,
)
from clustering.models.domain import LEASE
from clustering.models.work import LeasedWork, WorkQuerySet
from clustering.pipeline.errors import CODES
from clustering.selectors.failures import FailureGroup
from clustering.services.work import broker, due

QUEUES: Final = ("interactive", "io", "compute", "browser")
RETRIED: Final[dict[str, type[LeasedWork]]] = {
    "run": Run,
    "search": Tuning,
    "report": QualityReport,
}
LEASED: Final[dict[str, type[LeasedWork]]] = RETRIED | {
    "lookup": Lookup,
    "classification": Classification,
    "delivery": Delivery,
}
FAILED_SHOWN: Final = 20
FAILED_SINCE: Final = timedelta(days=14)
DATASETS_SHOWN: Final = 20
BEATS_KEY: Final = "logosite:workers"
BEAT_SECONDS: Final = 10
FORGOTTEN_SECONDS: Final = 86_400
RATE_WINDOW: Final = timedelta(seconds=60)


@dataclass(frozen=True)
class WorkerBeat:
    """When a worker was last seen."""

    name: str
    seconds_ago: int

    @property
    def is_late(self) -> bool:
        return self.seconds_ago > 3 * BEAT_SECONDS


@dataclass(frozen=True)
class FailedWork:
    """One run, search or report that ended with an error."""

    kind: str
    pk: int
    dataset: Dataset
    title: str
    error_code: str
    error_detail: str
    finished_at: datetime | None


def note_worker(name: str) -> None:
    """Record that a worker is alive; without a broker nothing happens."""
    try:
        broker.client().hset(BEATS_KEY, name, str(int(time.time())))
    except broker.UNREACHABLE:
        return


def workers() -> list[WorkerBeat]:
    """Return the workers seen within a day; none without a broker."""
    try:
        found = cast("dict[bytes, bytes]", broker.client().hgetall(BEATS_KEY))
    except broker.UNREACHABLE:
        return []
    at = int(time.time())
    beats = [WorkerBeat(name.decode(), at - int(seen)) for name, seen in found.items()]
    return sorted(
        (beat for beat in beats if beat.seconds_ago <= FORGOTTEN_SECONDS),
        key=lambda beat: beat.name,
    )


def queue_depths() -> dict[str, int]:
    """Return the number of messages in each queue; none without a broker."""
    try:
        return {name: int(broker.client().llen(name)) for name in QUEUES}
    except broker.UNREACHABLE:
        return {}


def due_seconds() -> dict[str, float]:
    """Return for how long the oldest due work of each kind has waited. One query a kind."""
    at = timezone.now()
    domains = Domain.objects.due(at).filter(
        lease_token=None, dataset__due_at__isnull=False, dataset__cancelled_at=None
    )
    oldest = {"domain": domains.aggregate(at=Min("next_try_at"))["at"]}
    for kind, model in LEASED.items():
        waiting = _rows(model).due().filter(lease_token=None).order_by()
        oldest[kind] = waiting.aggregate(at=Min("next_try_at"))["at"]
    return {kind: _seconds(at - first) if first else 0.0 for kind, first in oldest.items()}


def lease_seconds() -> dict[str, float]:
    """Return when the lease of each kind that is nearest to its end was last renewed."""
    at = timezone.now()
    domains = Domain.objects.pending().exclude(lease_token=None)
    first = {
        "domain": domains.filter(dataset__due_at__isnull=False).aggregate(at=Min("next_try_at"))
    }
    for kind, model in LEASED.items():
        held = _rows(model).unfinished().exclude(lease_token=None).order_by()
        first[kind] = held.aggregate(at=Min("next_try_at"))
    return {
        kind: _seconds(at + LEASE - found["at"]) if found["at"] else 0.0
        for kind, found in first.items()
    }


def domain_totals() -> list[tuple[str, str, int]]:
    """Return status, error code and number of all domains, from the kept counts. One query."""
    counted = DomainCount.objects.filter(dataset__deleted_at=None).values_list(
        "status", "error_code"
    )
    return [(status, code, n) for status, code, n in counted.annotate(n=Sum("n")) if n]


def failure_groups() -> list[FailureGroup]:
    """Return failed domains by code, the most frequent first. One query."""
    counted: Counter[str] = Counter()
    for status, code, n in domain_totals():
        if status == Domain.Status.FAILED:
            counted[code] += n
    return [FailureGroup(code, CODES.get(code, code), n) for code, n in counted.most_common()]


def stage_rates() -> dict[str, float]:
    """Return how many items per second each stage finished in the last minute."""
    since = timezone.now() - RATE_WINDOW
    ended = Domain.objects.filter(dataset__due_at__isnull=False, finished_at__gt=since)
    n_runs = Run.objects.succeeded().filter(finished_at__gt=since).count()
    seconds = RATE_WINDOW.total_seconds()
    return {"fetch": ended.count() / seconds, "run": n_runs / seconds}


def slow_datasets() -> list[Dataset]:
    """Return data sets with work, longest first, each with ``n_open`` domains. One query."""
    waiting = Dataset.objects.filter(due_at__isnull=False).select_related("owner")
    is_open = Q(domain_counts__status=Domain.Status.PENDING)
    counted = waiting.annotate(
        n_open=Sum("domain_counts__n", filter=is_open, default=0),
        n_all=Sum("domain_counts__n", default=0),
    )
    return list(counted.order_by("created_at")[:DATASETS_SHOWN])


def failed_work() -> list[FailedWork]:
    """Return the newest failed runs, searches and reports. Three queries."""
    since = timezone.now() - FAILED_SINCE
    found = []
    for kind, model in RETRIED.items():
        related = "dataset" if model is Run else "run__dataset"
        rows: WorkQuerySet[Any] = _rows(model).filter(
            status=LeasedWork.Status.FAILED, finished_at__gt=since
        )
        for work in rows.select_related(related).order_by("-finished_at")[:FAILED_SHOWN]:
            found.append(_described(kind, work))
    found.sort(key=lambda one: one.finished_at or since, reverse=True)
    return found[:FAILED_SHOWN]


@transaction.atomic
def retry(kind: str, pk: int) -> Dataset | None:
    """Queue failed work again; None if there is none, else its data set."""
    model = RETRIED.get(kind)
    if model is None:
        return None
    queued = _rows(model).filter(pk=pk, status=LeasedWork.Status.FAILED)
    if not queued.update(
        status=LeasedWork.Status.QUEUED,
        error_code="",
        error_detail="",
        attempts=0,
        lease_token=None,
        finished_at=None,
        next_try_at=timezone.now(),
    ):
        return None
    dataset = _dataset_of(_rows(model).get(pk=pk))
    due.mark(dataset.pk)
    return dataset


def embedded_total() -> int:
    """Return how many logos the unfinished and finished runs have embedded. One query."""
    return Run.objects.aggregate(n=Sum("n_embedded", default=0))["n"] or 0


def run_totals() -> dict[str, int]:
    """Return the number of runs by status. One query."""
    return dict(Run.objects.order_by().values_list("status").annotate(n=Count("pk")))


def last_run_at() -> datetime | None:
    """Return when a run last succeeded. One query."""
    found: datetime | None = (
        Run.objects.succeeded().order_by().aggregate(at=Max("finished_at"))["at"]
    )
    return found


def _described(kind: str, work: Any) -> FailedWork:
    run = work if kind == "run" else work.run
    return FailedWork(
        kind=kind,
        pk=work.pk,
        dataset=run.dataset,
        title=run.slug,
        error_code=work.error_code,
        error_detail=work.error_detail,
        finished_at=work.finished_at,
    )


def _dataset_of(work: Any) -> Dataset:
    dataset: Dataset = work.dataset if isinstance(work, Run) else work.run.dataset
    return dataset


def _rows(model: type[LeasedWork]) -> WorkQuerySet[Any]:
    return WorkQuerySet(model)


def _seconds(span: timedelta) -> float:
    return max(0.0, span.total_seconds())
