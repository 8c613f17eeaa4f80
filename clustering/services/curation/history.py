"""The history of a run's decisions, with those that can be undone by themselves."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from clustering.models import Correction, Run, User
from clustering.pipeline.errors import InputError
from clustering.services.curation import undo
from clustering.services.curation.bindings import take_back
from clustering.services.curation.log import Verb, begin, decode, record, touched
from clustering.services.curation.reviews import Move, Restore, in_the_way

ENTRIES_PER_PAGE: Final = 50
NEWER_FIELDS: Final = ("verb", "payload", "created_at", "target", "actor__username")
LISTED_FIELDS: Final = (
    *("run", "verb", "payload", "created_at", "actor__username"),
    *("target__verb", "target__payload", "target__target__verb", "target__target__payload"),
)


@dataclass(frozen=True)
class Entry:
    """One decision, or the undo or redo of one."""

    correction: Correction
    label: str
    is_in_force: bool
    """No later correction reversed it; an undo is in force until it is redone."""
    is_carried: bool
    """It was made in an earlier run."""
    blocked_by: Correction | None
    """The next later decision in force about the same logos or clusters."""
    obstacle: str
    """Why it cannot be undone now, if no later decision is about the same; empty if it can."""

    @property
    def may_be_undone(self) -> bool:
        is_decision = self.correction.verb != Verb.UNDONE
        is_free = self.blocked_by is None and not self.obstacle
        return is_decision and self.is_in_force and is_free


@dataclass(frozen=True)
class HistoryPage:
    """Some entries, newest first."""

    entries: list[Entry]
    n_all: int
    older: int | None
    """Version before which the next page begins; None at the end."""


def page(run: Run, before: int | None = None) -> HistoryPage:
    """Return a page of the history, newest first. Six queries at most.

    Payloads may name many logos, so those of older and of reversed decisions are not read.

    Args:
        before: the ``older`` of the page above.
    """
    log = undo.log(run)
    listed = log if before is None else log.filter(pk__lt=before)
    related = listed.select_related("actor", "target__target").only(*LISTED_FIELDS)
    found = list(related.order_by("-pk")[: ENTRIES_PER_PAGE + 1])
    shown = found[:ENTRIES_PER_PAGE]
    reversed_ = undo.reversed_in(log)
    held = [one for one in shown if one.pk not in reversed_]
    newer = [] if before is None else _newer(log, shown, reversed_)
    blocked = _blocked(chain(newer, held), {one.pk for one in held})
    obstacles = _obstacles(run, held)
    entries = [
        Entry(
            correction=one,
            label=_label(one),
            is_in_force=one.pk not in reversed_,
            is_carried=one.run_id != run.pk,
            blocked_by=blocked.get(one.pk),
            obstacle=obstacles.get(one.pk, ""),
        )
        for one in shown
    ]
    older = shown[-1].pk if len(found) > len(shown) else None
    return HistoryPage(entries, log.count(), older)


@transaction.atomic
def undo_decision(run: Run, user: User, *, correction: Correction, client_id: UUID) -> Correction:
    """Reverse one decision of any user in this run; later ones about other logos stay.

    Raises:
        InputError: if it is not in force in the run.
        UndoBlocked: if a later decision in force is about the same logos or clusters.
    """
    known = begin(run, client_id)
    if known:
        return known
    decisions = undo.in_force(run).exclude(verb=Verb.UNDONE)
    mine = decisions.filter(pk=correction.pk).first()
    if mine is None:
        raise InputError("this decision was undone already; reload the page")
    undo.refuse_if_superseded(mine, decisions)
    freed = take_back(run, mine)
    return record(run, user, Verb.UNDONE, None, client_id, target=mine, freed=freed)


def _label(correction: Correction) -> str:
    if correction.target is None:
        return undo.describe(correction)
    if correction.target.target is None:
        return f"undo of the {undo.describe(correction.target)}"
    return f"redo of the {undo.describe(correction.target.target)}"


def _newer(
    log: QuerySet[Correction], shown: Sequence[Correction], reversed_: Collection[int]
) -> Iterable[Correction]:
    """Return the decisions in force that are newer than a page, newest first. One query."""
    if not shown:
        return ()
    newer = log.filter(pk__gt=shown[0].pk).exclude(pk__in=reversed_).exclude(verb=Verb.UNDONE)
    return newer.select_related("actor").only(*NEWER_FIELDS).order_by("-pk")


def _obstacles(run: Run, held: Iterable[Correction]) -> dict[int, str]:
    """Return why undos would be refused: they put logos into a part of another cluster."""
    sources = {one.pk: _sources(one) for one in held}
    wanted = set(chain.from_iterable(sources.values()))
    merged = run.clusters.filter(merged_into__isnull=False, uid__in=wanted)
    parts = {str(one.uid): one for one in merged}
    found = {pk: next(filter(None, map(parts.get, uids)), None) for pk, uids in sources.items()}
    return {pk: in_the_way(part) for pk, part in found.items() if part}


def _sources(correction: Correction) -> list[str]:
    """Return the clusters that an undo would put logos into."""
    change = None if correction.verb == Verb.UNDONE else decode(correction)
    if not isinstance(change, Move | Restore):
        return []
    return sorted({review.cluster_uid for review in change.before.values() if review.cluster_uid})


def _blocked(decided: Iterable[Correction], wanted: Collection[int]) -> dict[int, Correction]:
    """Return the next later decision about the same things, for each of ``wanted``.

    Args:
        decided: corrections in force, newest first.
    """
    newest: dict[int | str, Correction] = {}
    found: dict[int, Correction] = {}
    for one in decided:
        if one.verb == Verb.UNDONE:
            continue
        about = touched(one)
        if one.pk in wanted:
            later = [newest[key] for key in about if key in newest]
            if later:
                found[one.pk] = min(later, key=lambda late: late.pk)
        newest |= dict.fromkeys(about, one)
    return found
