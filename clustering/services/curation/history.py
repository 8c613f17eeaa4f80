"""The history of a run's decisions, with those that can be undone by themselves."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db import transaction

from clustering.models import Cluster, Correction, Run, User
from clustering.pipeline.errors import InputError
from clustering.services.curation import undo
from clustering.services.curation.bindings import take_back
from clustering.services.curation.log import Verb, begin, decode, record, touched
from clustering.services.curation.reviews import Move, Restore, in_the_way

ENTRIES_PER_PAGE: Final = 50


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
    """Return a page of the history, newest first. Five queries.

    Args:
        before: the ``older`` of the page above.
    """
    log = undo.log(run)
    listed = log if before is None else log.filter(pk__lt=before)
    found = list(
        listed.select_related("actor", "target__target").order_by("-pk")[: ENTRIES_PER_PAGE + 1]
    )
    shown = found[:ENTRIES_PER_PAGE]
    held = {one.pk: one for one in undo.in_force(run).select_related("actor")}
    blocked = _blocked(list(held.values()), {one.pk for one in shown})
    parts = {str(one.uid): one for one in run.clusters.filter(merged_into__isnull=False)}
    entries = [
        Entry(
            correction=one,
            label=_label(one),
            is_in_force=one.pk in held,
            is_carried=one.run_id != run.pk,
            blocked_by=blocked.get(one.pk),
            obstacle=_obstacle(one, parts) if one.pk in held else "",
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


def _obstacle(correction: Correction, parts: Mapping[str, Cluster]) -> str:
    """Return why an undo would be refused: it puts logos into a part of another cluster.

    Args:
        parts: the run's merged clusters by uid.
    """
    change = None if correction.verb == Verb.UNDONE else decode(correction)
    if not isinstance(change, Move | Restore):
        return ""
    uids = {review.cluster_uid or "" for review in change.before.values()}
    found = [part for uid in sorted(uids) if (part := parts.get(uid))]
    return in_the_way(found[0]) if found else ""


def _blocked(held: list[Correction], shown: Collection[int]) -> dict[int, Correction]:
    """Return the next later decision about the same things, for each of ``shown``."""
    newest: dict[int | str, Correction] = {}
    found: dict[int, Correction] = {}
    for one in sorted(held, key=lambda held_one: -held_one.pk):
        if one.verb == Verb.UNDONE:
            continue
        about = touched(one)
        if one.pk in shown:
            later = [newest[key] for key in about if key in newest]
            if later:
                found[one.pk] = min(later, key=lambda late: late.pk)
        newest |= dict.fromkeys(about, one)
    return found
