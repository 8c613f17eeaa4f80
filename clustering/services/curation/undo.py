"""Undo and redo: both are appended to the log; nothing is removed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from clustering.models import Correction, Run, User
from clustering.pipeline.errors import InputError
from clustering.services.curation.log import Verb, begin, decode, record, touched

MOST_CARRIED = 20  # runs back whose decisions can be undone
MOST_RUNS = 400  # runs back whose decisions count at all; SQLite nests 1,000 expressions


@dataclass(frozen=True)
class CurationState:
    """What undo and redo would do now, and how many decisions are in force."""

    undo_label: str
    redo_label: str
    n_decisions: int
    version: int = field(default=0, compare=False)
    """Of the last correction that counts in the run; 0 if there is none."""


class _Newest(NamedTuple):
    decision: Correction | None
    redoable: Correction | None
    n_decisions: int
    version: int


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
    held = in_force(run)
    mine = _newest(run, user).decision
    if mine is None:
        return None
    refuse_if_superseded(mine, held.exclude(verb=Verb.UNDONE))
    decode(mine).apply(run, "before")
    return record(run, user, Verb.UNDONE, None, client_id, target=mine)


@transaction.atomic
def redo_last(run: Run, user: User, *, client_id: UUID) -> Correction | None:
    """Reverse the user's latest undo, unless a newer decision of theirs followed it.

    Raises:
        UndoBlocked: if another user has since corrected the same logos.
    """
    known = begin(run, client_id)
    if known:
        return known
    held = in_force(run)
    last = _newest(run, user).redoable
    if last is None or last.target is None:
        return None
    refuse_if_superseded(last, held.exclude(actor=user))
    decode(last.target).apply(run, "after")
    return record(run, user, Verb.UNDONE, None, client_id, target=last)


def state(run: Run, user: User | None = None) -> CurationState:
    """Return what undo and redo would do (for ``user``, or for the last user)."""
    newest = _newest(run, user)
    decision, undone = newest.decision, newest.redoable
    return CurationState(
        undo_label=describe(decision) if decision else "",
        redo_label=describe(undone.target) if undone and undone.target else "",
        n_decisions=newest.n_decisions,
        version=newest.version,
    )


def describe(correction: Correction) -> str:
    """Return the decision in a few words."""
    return decode(correction).label


def decisions_in_force(run: Run) -> list[Correction]:
    """Return all decisions in force in the run, oldest first."""
    return list(in_force(run, MOST_RUNS).exclude(verb=Verb.UNDONE))


def in_force(run: Run, n_back: int = MOST_CARRIED) -> QuerySet[Correction]:
    """Return the corrections that hold in the run, oldest first.

    One holds unless a later one that holds reverses it. No record reverses a redo.
    """
    found = log(run, n_back)
    undone = found.filter(verb=Verb.UNDONE, target__isnull=False)
    reversed_ = _reversed({pk: target or 0 for pk, target in undone.values_list("pk", "target")})
    left = found.exclude(pk__in=reversed_)
    return left.select_related("target", "actor").order_by("pk")


def _reversed(target_of: Mapping[int, int]) -> set[int]:
    """Return what is undone, by undo -> its target: an undo holds unless it was redone."""
    redone = set(target_of.values())
    return {target for pk, target in target_of.items() if pk not in redone}


def log(run: Run, n_back: int = MOST_CARRIED) -> QuerySet[Correction]:
    """Return the corrections of the run and those carried into it.

    A run takes over the corrections of the last run when it ends; later ones are not.
    """
    counted = Q(run=run)
    for pk, end in _ends(run, n_back).items():
        counted |= Q(run=pk, created_at__lte=end)
    return Correction.objects.filter(counted).order_by()


def _ends(run: Run, n_back: int) -> dict[int, datetime]:
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


def _newest(run: Run, user: User | None) -> _Newest:
    """Return what undo and redo would reverse. Three queries.

    The log is read as numbers and evaluated here: databases plan the nested form badly.
    """
    rows = list(log(run).values_list("pk", "verb", "target", "actor"))
    target_of = {pk: target for pk, verb, target, _ in rows if verb == Verb.UNDONE and target}
    reversed_ = _reversed(target_of)
    held = [row for row in rows if row[0] not in reversed_]
    decisions = [row for row in held if row[1] != Verb.UNDONE]
    # An undo of a decision, not of another undo, which is a redo.
    undos = [row for row in held if row[0] in target_of and row[2] not in target_of]

    def last(listed: Iterable[tuple[int, str, int | None, int | None]]) -> int:
        mine = (pk for pk, _, _, actor in listed if user is None or actor == user.pk)
        return max(mine, default=0)

    decision, undo = last(decisions), last(undos)
    wanted = [pk for pk in (decision, undo) if pk]
    both = Correction.objects.select_related("target", "actor").in_bulk(wanted)
    # A decision that was made after an undo ends redo.
    redoable = both.get(undo) if undo > decision else None
    version = max((row[0] for row in held), default=0)
    return _Newest(both.get(decision), redoable, len(decisions), version)


def refuse_if_superseded(decision: Correction, in_force: QuerySet[Correction]) -> None:
    about = touched(decision)
    for later in in_force.filter(pk__gt=decision.pk):
        if about & touched(later):
            raise UndoBlocked(
                f"{later.actor} has since decided about the same logos; undo theirs first"
            )
