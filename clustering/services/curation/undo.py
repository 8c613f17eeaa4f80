"""Undo and redo: both are appended to the log; nothing is removed."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain, islice, tee
from typing import NamedTuple
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from clustering.models import Correction, Run, User
from clustering.pipeline.errors import InputError
from clustering.services.curation.bindings import make_again, take_back
from clustering.services.curation.log import Verb, begin, decode, record, touched

MOST_CARRIED = 20  # earlier runs whose decisions can be undone
FEWEST_ROWS = 50  # rows of the log that are read first; each further page is four times as large
MOST_RUNS = 400  # earlier runs whose decisions count at all; SQLite nests 1,000 expressions


@dataclass(frozen=True)
class CurationState:
    """What undo and redo would do now."""

    undo_label: str
    redo_label: str
    version: int = field(default=0, compare=False)
    """Of the last correction that counts in the run; 0 if there is none."""


class _Newest(NamedTuple):
    decision: Correction | None
    redoable: Correction | None
    version: int


class _LogRow(NamedTuple):
    pk: int
    verb: str
    target_id: int | None
    target_verb: str | None
    """``undone`` if the row is a redo."""
    actor_id: int | None


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
    freed = take_back(run, mine)
    return record(run, user, Verb.UNDONE, None, client_id, target=mine, freed=freed)


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
    make_again(run, last.target, last)
    return record(run, user, Verb.UNDONE, None, client_id, target=last)


def state(run: Run, user: User | None = None) -> CurationState:
    """Return what undo and redo would do (for ``user``, or for the last user)."""
    newest = _newest(run, user)
    decision, undone = newest.decision, newest.redoable
    return CurationState(
        undo_label=describe(decision) if decision else "",
        redo_label=describe(undone.target) if undone and undone.target else "",
        version=newest.version,
    )


def n_decisions(run: Run) -> int:
    """Return how many decisions are in force in the run. Three queries."""
    return in_force(run).exclude(verb=Verb.UNDONE).count()


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
    left = found.exclude(pk__in=reversed_in(found))
    return left.select_related("target", "actor").order_by("pk")


def reversed_in(counted: QuerySet[Correction]) -> set[int]:
    """Return the corrections of a log that do not hold; a redone undo does not hold either."""
    undone = counted.filter(verb=Verb.UNDONE, target__isnull=False)
    target_of = {pk: target or 0 for pk, target in undone.values_list("pk", "target")}
    redone = set(target_of.values())
    return {target for pk, target in target_of.items() if pk not in redone}


def log(run: Run, n_back: int = MOST_CARRIED) -> QuerySet[Correction]:
    """Return the corrections of the run and those carried into it.

    When a run ends, it takes over the corrections of the run before it; those made there later
    stay there.
    """
    return _of_runs({run.pk: None, **_ends(run, n_back)})


def _of_runs(ends: Mapping[int, datetime | None]) -> QuerySet[Correction]:
    counted = Q(pk__in=())
    for pk, end in ends.items():
        counted |= Q(run=pk) if end is None else Q(run=pk, created_at__lte=end)
    return Correction.objects.filter(counted).order_by()


def _logs(run: Run) -> Iterator[QuerySet[Correction]]:
    """Yield the log in parts, newest first: of the run, of the one before, of 2, 4, ... before."""
    yield Correction.objects.filter(run=run).order_by()
    ends = list(_ends(run, MOST_CARRIED).items())
    first, size = 0, 1
    while first < len(ends):
        yield _of_runs(dict(ends[first : first + size]))
        first, size = first + size, 2 * size


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
    """Return what undo and redo would reverse.

    The log is read backwards, as later rows alone decide whether one holds. The newest
    decision in force ends the search: an undo before it can no longer be redone. So one query
    is enough where the user decided last, and three where the user decided in this run, however
    long the log is.
    """
    last = Correction.objects.filter(run=run).order_by("-pk").first()
    if last and last.verb != Verb.UNDONE and (user is None or last.actor_id == user.pk):
        return _Newest(last, None, last.pk)
    decision = redoable = 0
    reversed_: set[int] = set()
    parts, again = tee(islice(_logs(run), 0 if last else 1, None))
    for row in chain.from_iterable(_backwards(part, user) for part in parts):
        if row.pk in reversed_:
            continue
        is_mine = user is None or row.actor_id == user.pk
        if row.verb != Verb.UNDONE:
            decision = row.pk
            break
        reversed_.add(row.target_id or 0)
        if is_mine and not redoable and row.target_verb != Verb.UNDONE:  # else it is a redo
            redoable = row.pk
    wanted = [pk for pk in (decision, redoable) if pk]
    found = Correction.objects.select_related("target").in_bulk(wanted)
    version = last.pk if last else _version(again)
    return _Newest(found.get(decision), found.get(redoable), version)


def _version(parts: Iterable[QuerySet[Correction]]) -> int:
    newest = (part.order_by("-pk").values_list("pk", flat=True).first() for part in parts)
    return next(filter(None, newest), 0)


def _backwards(counted: QuerySet[Correction], user: User | None) -> Iterator[_LogRow]:
    """Yield the decisions of a user, or of all, and all undos, newest first."""
    if user is not None:
        counted = counted.filter(Q(actor=user) | Q(verb=Verb.UNDONE))
    rows = counted.order_by("-pk").values_list("pk", "verb", "target", "target__verb", "actor")
    size = FEWEST_ROWS
    page = list(rows[:size])
    while page:
        yield from map(_LogRow._make, page)
        size *= 4
        page = list(rows.filter(pk__lt=page[-1][0])[:size]) if len(page) >= FEWEST_ROWS else []


def refuse_if_superseded(decision: Correction, in_force: QuerySet[Correction]) -> None:
    about = touched(decision)
    for later in in_force.filter(pk__gt=decision.pk):
        if about & touched(later):
            raise UndoBlocked(
                f"{later.actor or 'a deleted user'} has since decided about the same logos;"
                " undo theirs first"
            )
