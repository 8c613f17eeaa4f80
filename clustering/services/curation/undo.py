"""Undo and redo: both are appended to the log; nothing is removed."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import transaction

from clustering.models import Correction, Run, User
from clustering.pipeline.errors import InputError
from clustering.services.curation.log import (
    Merge,
    Rename,
    SplitBack,
    Verb,
    begin,
    decode,
    record,
    touched,
)

MOST_CARRIED = 20  # runs back whose decisions can be undone


@dataclass(frozen=True)
class CurationState:
    """What undo and redo would do now, and how many decisions are in force."""

    undo_label: str
    redo_label: str
    n_decisions: int
    version: int = field(default=0, compare=False)
    """Of the last correction that counts in the run; 0 if there is none."""


class UndoBlocked(InputError):
    """Another user has since corrected the same logos."""

    code = "undo_blocked"


@transaction.atomic
def undo_last(run: Run, user: User, *, client_id: UUID) -> Correction | None:
    """Reverse the user's latest decision in force; None if there is none.

    A correction that was carried over from an earlier run is reversed in this run only.

    Raises:
        UndoBlocked: if another user has since corrected the same logos.
    """
    known = begin(run, client_id)
    if known:
        return known
    in_force = _decisions(_in_force(run))
    mine = [item for item in in_force if item.actor_id == user.pk]
    if not mine:
        return None
    _refuse_if_superseded(mine[-1], in_force)
    decode(mine[-1]).apply(run, "before")
    return record(run, user, Verb.UNDONE, None, client_id, target=mine[-1])


@transaction.atomic
def redo_last(run: Run, user: User, *, client_id: UUID) -> Correction | None:
    """Reverse the user's latest undo, unless a newer decision of theirs followed it.

    Raises:
        UndoBlocked: if another user has since corrected the same logos.
    """
    known = begin(run, client_id)
    if known:
        return known
    in_force = _in_force(run)
    last = _redoable(in_force, user)
    if last is None or last.target is None:
        return None
    others = [item for item in in_force if item.actor_id != user.pk]
    _refuse_if_superseded(last, others)
    decode(last.target).apply(run, "after")
    return record(run, user, Verb.UNDONE, None, client_id, target=last)


def state(run: Run, user: User | None = None) -> CurationState:
    """Return what undo and redo would do (for ``user``, or for the last user)."""
    in_force = _in_force(run)
    decisions = _decisions(in_force)
    mine = [item for item in decisions if user is None or item.actor_id == user.pk]
    undone = _redoable(in_force, user)
    return CurationState(
        undo_label=describe(mine[-1]) if mine else "",
        redo_label=describe(undone.target) if undone and undone.target else "",
        n_decisions=len(decisions),
        version=max((item.pk for item in in_force), default=0),
    )


def describe(correction: Correction) -> str:
    """Return the decision in a few words."""
    change = decode(correction)
    if isinstance(change, Rename):
        return f"rename to {change.after.name}"
    if isinstance(change, Merge):
        return f"merge of {change.n_clusters} clusters into {change.name_after.name}"
    if isinstance(change, SplitBack):
        return f"split of {change.merge.name_after.name} into {change.merge.n_clusters} clusters"
    noun = "logo" if len(change.before) == 1 else "logos"
    return f"move of {len(change.before)} {noun} to {change.cluster_name or 'outliers'}"


def decisions_in_force(run: Run) -> list[Correction]:
    """Return all decisions in force in the run, oldest first."""
    return _decisions(_in_force(run, n_back=None))


def _decisions(in_force: Sequence[Correction]) -> list[Correction]:
    """Return the decisions that no undo in force reverses, oldest first."""
    return [item for item in in_force if item.verb != Verb.UNDONE]


def _in_force(run: Run, n_back: int | None = MOST_CARRIED) -> list[Correction]:
    """Walk the log backwards: a record holds unless a later one that holds targets it.

    Two queries: the runs before, and the log.
    """
    holding, reversed_ids = [], set()
    for item in _log(run, n_back):
        if item.pk in reversed_ids:
            continue
        holding.append(item)
        if item.target_id:
            reversed_ids.add(item.target_id)
    return holding[::-1]


def _log(run: Run, n_back: int | None) -> list[Correction]:
    """Return the corrections of the run and those carried into it, the newest first.

    A run takes over the corrections of the last run when it ends; later ones are not.
    """
    until = _ends(run, n_back)
    told = Correction.objects.filter(run__in=[run.pk, *until]).select_related("target")
    return [
        item
        for item in told.order_by("-pk")
        if item.run_id == run.pk or item.created_at <= until[item.run_id]
    ]


def _ends(run: Run, n_back: int | None) -> dict[int, datetime]:
    """Return when each of up to ``n_back`` earlier runs was followed by the next one."""
    if run.finished_at is None:
        return {}
    before = Run.objects.succeeded().filter(
        dataset=run.dataset_id, finished_at__lt=run.finished_at
    )
    ends, successor = {}, run.finished_at
    for pk, finished_at in before.values_list("pk", "finished_at")[:n_back]:
        ends[pk] = successor
        successor = finished_at or successor
    return ends


def _redoable(in_force: Sequence[Correction], user: User | None) -> Correction | None:
    """Return the latest undo in force, if no decision was made after it."""
    mine = [item for item in in_force if user is None or item.actor_id == user.pk]
    newest = max((item.pk for item in mine if item.verb != Verb.UNDONE), default=0)
    undone = [item for item in mine if item.verb == Verb.UNDONE and _is_undo(item)]
    if not undone or undone[-1].pk < newest:
        return None
    return undone[-1]


def _is_undo(item: Correction) -> bool:
    """Whether an ``undone`` reverses a decision (an undo), not another undo (a redo)."""
    return item.target is not None and item.target.verb != Verb.UNDONE


def _refuse_if_superseded(decision: Correction, in_force: Sequence[Correction]) -> None:
    about = touched(decision)
    for later in in_force:
        if later.pk > decision.pk and about & touched(later):
            raise UndoBlocked(
                f"{later.actor} has since decided about the same logos; undo theirs first"
            )
