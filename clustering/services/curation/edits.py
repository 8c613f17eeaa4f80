"""People's decisions: each is one Correction, beside the machine's answer and never over it."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max, QuerySet
from django.utils import timezone

from clustering.models import Assignment, Cluster, Correction, Run, User
from clustering.pipeline.errors import InputError
from clustering.services.curation.log import Verb, apply_move, apply_name, begin, record

MAX_NAME = 120


@transaction.atomic
def assign(
    run: Run, user: User, *, domain_ids: Sequence[int], cluster: Cluster | None, client_id: UUID
) -> Correction:
    """Move the domains, and only them, to ``cluster``, or out as outliers (None)."""
    known = begin(run, client_id)
    if known:
        return known
    payload = _move(run, user, domain_ids, cluster)
    return record(run, user, Verb.ASSIGNED, payload, client_id)


@transaction.atomic
def new_cluster(
    run: Run, user: User, *, domain_ids: Sequence[int], name: str, client_id: UUID
) -> Correction:
    """Make a cluster of the domains."""
    known = begin(run, client_id)
    if known:
        return known
    first = _chosen(run, domain_ids).order_by("domain__name").first()
    number = run.clusters.aggregate(last=Max("number"))["last"]
    cluster = Cluster.objects.create(
        run=run,
        number=0 if number is None else number + 1,
        name=_checked_name(name),
        name_source=Cluster.NameSource.HUMAN,
        medoid=first.logo if first else None,
        is_handmade=True,
    )
    payload = _move(run, user, domain_ids, cluster)
    return record(run, user, Verb.SPLIT, payload, client_id)


@transaction.atomic
def rename(cluster: Cluster, user: User, *, name: str, client_id: UUID) -> Correction:
    """Give the cluster a human name, which no later run overwrites."""
    known = begin(cluster.run, client_id)
    if known:
        return known
    cluster.refresh_from_db()
    payload = {
        "cluster": str(cluster.uid),
        "before": {"name": cluster.name, "name_source": cluster.name_source},
        "after": {"name": _checked_name(name), "name_source": Cluster.NameSource.HUMAN.value},
    }
    apply_name(cluster.run, payload, "after")
    return record(cluster.run, user, Verb.RENAMED, payload, client_id)


def _checked_name(name: str) -> str:
    cleaned = " ".join(name.replace("\0", " ").split())  # PostgreSQL stores no NUL
    if not cleaned or len(cleaned) > MAX_NAME:
        raise InputError(f"a cluster's name has 1 to {MAX_NAME} characters, got {len(cleaned)}")
    return cleaned


def _chosen(run: Run, domain_ids: Sequence[int]) -> QuerySet[Assignment]:
    return run.assignments.filter(domain_id__in=domain_ids).select_related("human_cluster", "logo")


def _move(
    run: Run, user: User, domain_ids: Sequence[int], cluster: Cluster | None
) -> dict[str, Any]:
    chosen = list(_chosen(run, domain_ids))
    if not chosen:
        raise InputError("none of the selected logos is in this run; select some and try again")
    payload = {
        "before": {str(row.domain_id): _place(row) for row in chosen},
        "after": str(cluster.uid) if cluster else None,
        "at": timezone.now().isoformat(),
        "by": user.pk,
        "name": cluster.name if cluster else "",
    }
    apply_move(run, payload, "after")
    return payload


def _place(row: Assignment) -> list[Any]:
    uid = str(row.human_cluster.uid) if row.human_cluster else None
    return [uid, row.reviewed_at.isoformat() if row.reviewed_at else None, row.reviewed_by_id]
