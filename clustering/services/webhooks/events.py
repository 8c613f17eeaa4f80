"""Events are found in the rows, so none is lost with a worker; each is queued once a webhook."""

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import uuid4

from django.db.models import Q, QuerySet, Sum
from django.utils import timezone

from clustering import conf
from clustering.models import Dataset, Delivery, ReviewCount, Run, Webhook
from clustering.models.work import LeasedWork

LOOK_BACK: Final = timedelta(days=1)
"""How long ago an event may be, after an outage of the workers."""
ENDED: Final = (LeasedWork.Status.SUCCEEDED, LeasedWork.Status.FAILED)
Event = Delivery.Event


@dataclass(frozen=True)
class Happened:
    """Something that happened to a data set."""

    event: Delivery.Event
    subject: str
    at: datetime
    dataset: Dataset
    values: dict[str, Any]


def collect() -> int:
    """Queue what happened since each webhook was made; return how much. Six queries at most.

    One query while there is no webhook.
    """
    hooks = list(Webhook.objects.in_force())
    if not hooks:
        return 0
    since = timezone.now() - LOOK_BACK
    known = set(
        Delivery.objects.filter(created_at__gt=since - LOOK_BACK).values_list(
            "webhook_id", "event", "subject"
        )
    )
    told = Dataset.objects.filter(
        Q(owner__in={hook.user_id for hook in hooks if hook.dataset_id is None})
        | Q(pk__in={hook.dataset_id for hook in hooks if hook.dataset_id})
    )
    happened: dict[tuple[str, int], list[Happened]] = defaultdict(list)
    for one in (*_runs(told, since), *_refused(told, since), *_reviews(told, since)):
        happened["dataset", one.dataset.pk].append(one)
        happened["owner", one.dataset.owner_id].append(one)
    fresh = [
        _delivery(hook, one)
        for hook in hooks
        for one in happened[_told_of(hook)]
        if one.at >= hook.created_at and (hook.pk, one.event, one.subject) not in known
    ]
    return len(Delivery.objects.bulk_create(fresh, ignore_conflicts=True))


def _told_of(hook: Webhook) -> tuple[str, int]:
    return ("dataset", hook.dataset_id) if hook.dataset_id else ("owner", hook.user_id)


def _runs(told: QuerySet[Dataset], since: datetime) -> Iterator[Happened]:
    runs = Run.objects.filter(
        dataset__in=told, status__in=ENDED, finished_at__gt=since
    ).select_related("dataset")
    for run in runs:
        values: dict[str, Any] = {
            "run": run.slug,
            "status": run.status,
            "error_code": run.error_code,
        }
        values |= {"n_clusters": run.n_clusters, "n_outliers": run.n_outliers}
        yield _happened(Event.RUN_FINISHED, f"run {run.pk}", run.dataset, run.finished_at, values)


def _refused(told: QuerySet[Dataset], since: datetime) -> Iterator[Happened]:
    refused = told.filter(intake=Dataset.Intake.REFUSED, created_at__gt=since, deleted_at=None)
    for dataset in refused:
        values = {"error_code": dataset.error_code, "detail": dataset.error_detail}
        subject = f"data set {dataset.pk}"
        yield _happened(Event.DATASET_FAILED, subject, dataset, dataset.created_at, values)


def _reviews(told: QuerySet[Dataset], since: datetime) -> Iterator[Happened]:
    """Yield runs whose last question was answered within the time."""
    decided = Run.objects.filter(
        dataset__in=told,
        corrections__created_at__gt=since,
        status=LeasedWork.Status.SUCCEEDED,
    )
    is_open = Q(review_counts__state__in=ReviewCount.OPEN)
    counted = Run.objects.filter(pk__in=decided.values("pk")).annotate(
        n_items=Sum("review_counts__n", default=0),
        n_open_items=Sum("review_counts__n", filter=is_open, default=0),
    )
    for run in counted.filter(n_items__gt=0, n_open_items=0).select_related("dataset"):
        values = {"run": run.slug}
        yield _happened(Event.REVIEW_EMPTIED, f"run {run.pk}", run.dataset, timezone.now(), values)


def _happened(
    event: Delivery.Event,
    subject: str,
    dataset: Dataset,
    at: datetime | None,
    values: dict[str, Any],
) -> Happened:
    place = {"data_set": dataset.slug, "url": f"{conf.site_url()}/d/{dataset.slug}/"}
    return Happened(event, subject, at or timezone.now(), dataset, place | values)


def _delivery(hook: Webhook, happened: Happened) -> Delivery:
    uuid = uuid4()
    envelope = {"id": str(uuid), "event": happened.event, "at": happened.at.isoformat()}
    body = json.dumps({**envelope, **happened.values})
    return Delivery(
        webhook=hook, uuid=uuid, event=happened.event, subject=happened.subject, body=body
    )
