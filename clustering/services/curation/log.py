"""The log of corrections: what each one changed, and how to write the next."""

from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol, Self
from uuid import UUID

from clustering.models import Correction, Run, User
from clustering.services.curation.mark_changes import LockChange, NoteChange
from clustering.services.curation.merges import Merge, Rename, SplitBack
from clustering.services.curation.payloads import VERSION, Side
from clustering.services.curation.reviews import Acceptance, Move, Restore
from clustering.services.curation.rule_changes import RuleChange

Verb = Correction.Verb


class Change(Protocol):
    """What a correction changed, with the state before and after."""

    @classmethod
    def decode(cls, payload: Mapping[str, Any]) -> Self: ...

    def encode(self) -> dict[str, Any]: ...

    @property
    def label(self) -> str:
        """A few words: "move of 2 logos to acme"."""

    def touched(self) -> set[int | str]:
        """Return the ids of domains and uids of clusters that it is about."""

    def apply(self, run: Run, side: Side) -> None:
        """Write the state before or after, in this run or in one that it was carried into."""


KINDS: Final[Mapping[str, type[Change]]] = {
    Verb.ASSIGNED: Move,
    Verb.ACCEPTED: Acceptance,
    Verb.SPLIT: Move,
    Verb.IGNORED: Move,
    Verb.RESTORED: Restore,
    Verb.RENAMED: Rename,
    Verb.MERGED: Merge,
    Verb.UNMERGED: SplitBack,
    Verb.SAME: RuleChange,
    Verb.DIFFERENT: RuleChange,
    Verb.UNRULED: RuleChange,
    Verb.LOCKED: LockChange,
    Verb.UNLOCKED: LockChange,
    Verb.NOTED: NoteChange,
}


def decode(correction: Correction) -> Change:
    """Return the change of a correction; ``undone`` has no payload."""
    return KINDS[correction.verb].decode(correction.payload)


def touched(correction: Correction) -> set[int | str]:
    """Return the domains and clusters of a correction, or of its undo or redo."""
    if correction.target is not None:
        return touched(correction.target)
    return decode(correction).touched()


def hold(find: Callable[[], Run]) -> Run:
    """Lock the run that ``find`` returns, for the rest of the transaction.

    The lock is waited for while a new run is written. A decision that meant the newest run
    then belongs to the new one, so ``find`` is asked again.
    """
    run = find()
    while True:
        _lock(run)
        found = find()
        if found == run:
            return found
        run = found


def begin(run: Run, client_id: UUID) -> Correction | None:
    """Lock the run against concurrent decisions; return the decision if it was already made."""
    _lock(run)
    return Correction.objects.filter(client_id=client_id).first()


def _lock(run: Run) -> None:
    Run.objects.select_for_update().values_list("pk").get(pk=run.pk)


def record(
    run: Run,
    user: User,
    verb: Correction.Verb,
    change: Change | None,
    client_id: UUID,
    *,
    target: Correction | None = None,
    freed: Mapping[str, Any] | None = None,
) -> Correction:
    """Write a decision to the log; or the undo of ``target``, with the bindings that it freed."""
    return Correction.objects.create(
        dataset_id=run.dataset_id,
        run=run,
        actor=user,
        verb=verb,
        payload=change.encode() | {"version": VERSION} if change else dict(freed or {}),
        client_id=client_id,
        target=target,
    )
