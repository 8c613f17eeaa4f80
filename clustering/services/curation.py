"""People's decisions: each is one Correction, beside the machine's answer and never over it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from django.db import transaction
from django.db.models import Max, Q, QuerySet
from django.utils import timezone

from clustering.models import Assignment, Cluster, Correction, Run, User
from clustering.pipeline.errors import InputError

MAX_NAME = 120
MOST_CARRIED = 20  # runs back whose decisions can be undone
Side = Literal["before", "after"]
Verb = Correction.Verb


@dataclass(frozen=True)
class CurationState:
    """What undo and redo would do now, and how many decisions are in force."""

    undo_label: str
    redo_label: str
    n_decisions: int


@dataclass(frozen=True)
class _Place:
    """Where a domain is by a person's decision; ``at`` None means that none was made."""

    uid: str | None
    at: str | None
    by: int | None


class UndoBlocked(InputError):
    """Somebody else has since decided about the same logos."""

    code = "undo_blocked"


@transaction.atomic
def assign(
    run: Run, user: User, *, domain_ids: Sequence[int], cluster: Cluster | None, client_id: UUID
) -> Correction:
    """Move the domains, and only them, to ``cluster``, or out as outliers (None)."""
    known = _begin(run, client_id)
    if known:
        return known
    payload = _move(run, user, domain_ids, cluster)
    return _record(run, user, Verb.ASSIGNED, payload, client_id)


@transaction.atomic
def new_cluster(
    run: Run, user: User, *, domain_ids: Sequence[int], name: str, client_id: UUID
) -> Correction:
    """Make a cluster of the domains."""
    known = _begin(run, client_id)
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
    return _record(run, user, Verb.SPLIT, payload, client_id)


@transaction.atomic
def rename(cluster: Cluster, user: User, *, name: str, client_id: UUID) -> Correction:
    """Give the cluster a human name, which no later run overwrites."""
    known = _begin(cluster.run, client_id)
    if known:
        return known
    cluster.refresh_from_db()
    payload = {
        "cluster": str(cluster.uid),
        "before": {"name": cluster.name, "name_source": cluster.name_source},
        "after": {"name": _checked_name(name), "name_source": Cluster.NameSource.HUMAN.value},
    }
    _apply_name(cluster.run, payload, "after")
    return _record(cluster.run, user, Verb.RENAMED, payload, client_id)


@transaction.atomic
def undo(run: Run, user: User, *, client_id: UUID) -> Correction | None:
    """Reverse the user's latest decision in force; None if there is none.

    One that was made in an earlier run and carried into this one is reversed in this one
    only: the earlier run stays as it was left.

    Raises:
        UndoBlocked: if somebody else has since decided about the same logos.
    """
    known = _begin(run, client_id)
    if known:
        return known
    in_force = _decisions(_in_force(run))
    mine = [item for item in in_force if item.actor_id == user.pk]
    if not mine:
        return None
    _refuse_if_superseded(mine[-1], in_force)
    _apply(run, mine[-1], "before")
    return _record(run, user, Verb.UNDONE, {}, client_id, target=mine[-1])


@transaction.atomic
def redo(run: Run, user: User, *, client_id: UUID) -> Correction | None:
    """Reverse the user's latest undo, unless a newer decision of theirs followed it.

    Raises:
        UndoBlocked: if somebody else has since decided about the same logos.
    """
    known = _begin(run, client_id)
    if known:
        return known
    in_force = _in_force(run)
    last = _redoable(in_force, user)
    if last is None or last.target is None:
        return None
    others = [item for item in in_force if item.actor_id != user.pk]
    _refuse_if_superseded(last, others)
    _apply(run, last.target, "after")
    return _record(run, user, Verb.UNDONE, {}, client_id, target=last)


def state(run: Run, user: User | None = None) -> CurationState:
    """Return what undo and redo would do (for ``user``, or for whoever decided last)."""
    in_force = _in_force(run)
    decisions = _decisions(in_force)
    mine = [item for item in decisions if user is None or item.actor_id == user.pk]
    undone = _redoable(in_force, user)
    return CurationState(
        undo_label=label(mine[-1]) if mine else "",
        redo_label=label(undone.target) if undone and undone.target else "",
        n_decisions=len(decisions),
    )


def history(run: Run) -> QuerySet[Correction]:
    """Return every correction of the run, newest first."""
    return run.corrections.select_related("actor", "target").order_by("-pk")


def label(correction: Correction) -> str:
    """Return the decision in a few words."""
    payload = correction.payload
    if correction.verb == Verb.RENAMED:
        return f"rename to {payload['after']['name']}"
    n_moved = len(payload.get("before", {}))
    noun = "logo" if n_moved == 1 else "logos"
    return f"move of {n_moved} {noun} to {payload.get('name') or 'outliers'}"


def _begin(run: Run, client_id: UUID) -> Correction | None:
    """Wait for rival decisions on the run; return the decision if it was already made."""
    Run.objects.select_for_update().get(pk=run.pk)
    return Correction.objects.filter(client_id=client_id).first()


def _record(
    run: Run,
    user: User,
    verb: Correction.Verb,
    payload: dict[str, Any],
    client_id: UUID,
    *,
    target: Correction | None = None,
) -> Correction:
    return Correction.objects.create(
        dataset_id=run.dataset_id,
        run=run,
        actor=user,
        verb=verb,
        payload=payload,
        client_id=client_id,
        target=target,
    )


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
    _apply_move(run, payload, "after")
    return payload


def _place(row: Assignment) -> list[Any]:
    uid = str(row.human_cluster.uid) if row.human_cluster else None
    return [uid, row.reviewed_at.isoformat() if row.reviewed_at else None, row.reviewed_by_id]


def _apply(run: Run, correction: Correction, side: Side) -> None:
    if correction.verb == Verb.RENAMED:
        _apply_name(run, correction.payload, side)
    else:
        _apply_move(run, correction.payload, side)


def _apply_name(run: Run, payload: dict[str, Any], side: Side) -> None:
    run.clusters.filter(uid=payload["cluster"]).update(**payload[side])


def _apply_move(run: Run, payload: dict[str, Any], side: Side) -> None:
    """Put every domain of the payload where it was before or after; one write per place."""
    groups: dict[_Place, list[int]] = {}
    after = _Place(payload["after"], payload["at"], payload["by"])
    clusters = {str(cluster.uid): cluster for cluster in run.clusters.all()}
    for domain_id, before in payload["before"].items():
        place = after if side == "after" else _Place(*before)
        if place.uid and place.uid not in clusters:  # of an earlier run, and not carried over
            place = _Place(None, None, None)
        groups.setdefault(place, []).append(int(domain_id))
    users = set(
        User.objects.filter(pk__in=[p.by for p in groups if p.by]).values_list("pk", flat=True)
    )
    for place, domain_ids in groups.items():
        run.assignments.filter(domain_id__in=domain_ids).update(
            human_cluster=clusters.get(place.uid) if place.uid else None,
            reviewed_at=datetime.fromisoformat(place.at) if place.at else None,
            reviewed_by_id=place.by if place.by in users else None,
        )


def _decisions(in_force: Sequence[Correction]) -> list[Correction]:
    """Return the decisions that no undo in force reverses, oldest first."""
    return [item for item in in_force if item.verb != Verb.UNDONE]


def _in_force(run: Run) -> list[Correction]:
    """Walk the log backwards: a record holds unless a later one that holds targets it.

    Two queries: the runs before, and the log.
    """
    holding, reversed_ids = [], set()
    for item in _log(run).select_related("target").order_by("-pk"):
        if item.pk in reversed_ids:
            continue
        holding.append(item)
        if item.target_id:
            reversed_ids.add(item.target_id)
    return holding[::-1]


def _log(run: Run) -> QuerySet[Correction]:
    """Return the run's corrections, and those of earlier runs that were carried into it.

    A run takes over what is decided in the last one when it ends; what is decided there
    afterwards stays there.
    """
    told = Q(run=run)
    if run.finished_at is not None:
        before = Run.objects.succeeded().filter(
            dataset=run.dataset_id, finished_at__lt=run.finished_at
        )
        successor = run.finished_at
        for pk, finished_at in before.values_list("pk", "finished_at")[:MOST_CARRIED]:
            told |= Q(run=pk, created_at__lte=successor)
            successor = finished_at or successor
    return Correction.objects.filter(told)


def _redoable(in_force: Sequence[Correction], user: User | None) -> Correction | None:
    """Return the latest undo in force, if no decision was made after it."""
    mine = [item for item in in_force if user is None or item.actor_id == user.pk]
    newest = max((item.pk for item in mine if item.verb != Verb.UNDONE), default=0)
    undone = [item for item in mine if item.verb == Verb.UNDONE and _is_undo(item)]
    if not undone or undone[-1].pk < newest:
        return None
    return undone[-1]


def _is_undo(item: Correction) -> bool:
    """Say whether an ``undone`` reverses a decision (an undo), not another undo (a redo)."""
    return item.target is not None and item.target.verb != Verb.UNDONE


def _refuse_if_superseded(decision: Correction, in_force: Sequence[Correction]) -> None:
    touched = _touched(decision)
    for later in in_force:
        if later.pk > decision.pk and touched & _touched(later):
            raise UndoBlocked(
                f"{later.actor} has since decided about the same logos; undo theirs first"
            )


def _touched(correction: Correction) -> set[str]:
    """Return what a decision, or the undo or redo of one, is about."""
    if correction.target is not None:
        return _touched(correction.target)
    if correction.verb == Verb.RENAMED:
        return {f"cluster {correction.payload['cluster']}"}
    return set(correction.payload["before"])
