"""Decisions as values, for programs: names and uids in, one correction out, or a dry run."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol
from uuid import UUID

from django.db import transaction

from clustering.models import Cluster, Correction, Run, User
from clustering.pipeline.errors import InputError
from clustering.services.curation import edits, history, marks, rules, undo
from clustering.services.curation.conflicts import refuse_stale
from clustering.services.curation.rule_changes import Pair

MOST_DOMAINS: Final = 10_000  # of one decision
MOST_CLUSTERS: Final = 500
MOST_NAMED: Final = 3  # unknown names in a message
NAMES_PER_QUERY: Final = 500


class Unknown(InputError):
    """A domain or a cluster that the run does not have."""

    code = "unknown_member"


class Command(Protocol):
    """One decision that a user may make about a run."""

    def about(self, run: Run) -> set[int | str]:
        """Return the ids of the domains and the uids of the clusters that it changes."""

    def apply(self, run: Run, user: User, client_id: UUID) -> Correction:
        """Make the decision."""


@dataclass(frozen=True)
class Decision:
    """A decision that was made, or that a dry run would make."""

    correction: Correction
    text: str
    version: int
    """Of the run after it; see ``CurationState.version``."""
    is_dry_run: bool


def decide(
    run: Run,
    user: User,
    command: Command,
    *,
    client_id: UUID,
    seen: int | None = None,
    is_dry_run: bool = False,
) -> Decision:
    """Make a decision once per ``client_id``; a dry run is rolled back.

    Args:
        seen: version of the run that the decision is based on; None decides in any case.

    Raises:
        Conflict: if newer decisions are about the same domains or clusters.
        InputError: if the decision is not possible.
    """
    with transaction.atomic():
        if seen is not None:
            refuse_stale(run, seen=seen, about=command.about(run), client_id=client_id)
        before = undo.state(run, user).version
        correction = command.apply(run, user, client_id)
        decision = Decision(
            correction,
            told(correction),
            before if is_dry_run else undo.state(run, user).version,
            is_dry_run,
        )
        if is_dry_run:
            transaction.set_rollback(True)
    return decision


def told(correction: Correction) -> str:
    """Return a correction, or what it undid, in a few words."""
    target = correction.target
    if target is None:
        return undo.describe(correction)
    if target.target is None:
        return f"undo of the {undo.describe(target)}"
    return f"redo of the {undo.describe(target.target)}"


@dataclass(frozen=True)
class _OfDomains:
    domains: Sequence[str]

    def about(self, run: Run) -> set[int | str]:
        return set(_domain_ids(run, self.domains))


@dataclass(frozen=True)
class Assign(_OfDomains):
    """Move domains to a cluster, or out as outliers."""

    cluster: UUID | None

    def apply(self, run: Run, user: User, client_id: UUID) -> Correction:
        cluster = None if self.cluster is None else _cluster(run, self.cluster)
        ids = _domain_ids(run, self.domains)
        return edits.assign(run, user, domain_ids=ids, cluster=cluster, client_id=client_id)


@dataclass(frozen=True)
class Ignore(_OfDomains):
    """Leave domains out of clusters and outliers."""

    def apply(self, run: Run, user: User, client_id: UUID) -> Correction:
        ids = _domain_ids(run, self.domains)
        return edits.ignore(run, user, domain_ids=ids, client_id=client_id)


@dataclass(frozen=True)
class Restore(_OfDomains):
    """Take ignored domains back to where they were."""

    def apply(self, run: Run, user: User, client_id: UUID) -> Correction:
        ids = _domain_ids(run, self.domains)
        return edits.restore(run, user, domain_ids=ids, client_id=client_id)


@dataclass(frozen=True)
class NewCluster(_OfDomains):
    """Make a cluster of domains."""

    name: str
    uid: UUID | None = None

    def apply(self, run: Run, user: User, client_id: UUID) -> Correction:
        ids = _domain_ids(run, self.domains)
        return edits.new_cluster(
            run, user, domain_ids=ids, name=self.name, client_id=client_id, uid=self.uid
        )


@dataclass(frozen=True)
class Same(_OfDomains):
    """Bind domains into one brand, for all later runs."""

    def about(self, run: Run) -> set[int | str]:
        return {pair.key for pair in rules.star(_domain_ids(run, self.domains))}

    def apply(self, run: Run, user: User, client_id: UUID) -> Correction:
        ids = _domain_ids(run, self.domains)
        return rules.same(run, user, domain_ids=ids, client_id=client_id)


@dataclass(frozen=True)
class Different(_OfDomains):
    """Keep domains apart from each other, or from ``others``, in all later runs."""

    others: Sequence[str] = ()

    def about(self, run: Run) -> set[int | str]:
        return {pair.key for pair in rules.pairs_of(run, *self._ids(run))}

    def apply(self, run: Run, user: User, client_id: UUID) -> Correction:
        ids, others = self._ids(run)
        return rules.different(run, user, domain_ids=ids, others=others, client_id=client_id)

    def _ids(self, run: Run) -> tuple[list[int], list[int]]:
        others = _domain_ids(run, self.others) if self.others else []
        return _domain_ids(run, self.domains), others


@dataclass(frozen=True)
class MergeClusters:
    """Merge clusters, into the one of ``into`` or the largest."""

    clusters: Sequence[UUID]
    into: UUID | None = None
    name: str = ""

    def about(self, run: Run) -> set[int | str]:
        return {str(uid) for uid in (*self.clusters, self.into) if uid}

    def apply(self, run: Run, user: User, client_id: UUID) -> Correction:
        return edits.merge(
            run,
            user,
            clusters=_clusters(run, set(self.clusters)),
            target=None if self.into is None else _cluster(run, self.into),
            name=self.name,
            client_id=client_id,
        )


@dataclass(frozen=True)
class SplitBackCluster:
    """Take a merged cluster apart again."""

    cluster: UUID

    def about(self, _run: Run) -> set[int | str]:
        return {str(self.cluster)}

    def apply(self, run: Run, user: User, client_id: UUID) -> Correction:
        return edits.split_back(_cluster(run, self.cluster), user, client_id=client_id)


@dataclass(frozen=True)
class RenameCluster:
    """Give a cluster another name."""

    cluster: UUID
    name: str

    def about(self, _run: Run) -> set[int | str]:
        return {str(self.cluster)}

    def apply(self, run: Run, user: User, client_id: UUID) -> Correction:
        return edits.rename(_cluster(run, self.cluster), user, name=self.name, client_id=client_id)


@dataclass(frozen=True)
class LockCluster:
    """Lock a cluster as complete, or unlock it."""

    cluster: UUID
    is_locked: bool = True

    def about(self, _run: Run) -> set[int | str]:
        return {f"lock {self.cluster}"}

    def apply(self, run: Run, user: User, client_id: UUID) -> Correction:
        cluster = _cluster(run, self.cluster)
        return marks.lock(cluster, user, is_locked=self.is_locked, client_id=client_id)


@dataclass(frozen=True)
class Note:
    """Write a note on a cluster, or on the logo of a domain."""

    text: str
    cluster: UUID | None = None
    domain: str = ""

    def about(self, run: Run) -> set[int | str]:
        subject = self.cluster or _domain_ids(run, [self.domain])[0]
        return {f"note {subject}"}

    def apply(self, run: Run, user: User, client_id: UUID) -> Correction:
        if self.cluster is not None:
            cluster = _cluster(run, self.cluster)
            return marks.note_on_cluster(cluster, user, text=self.text, client_id=client_id)
        (domain_id,) = _domain_ids(run, [self.domain])
        return marks.note_on_domain(
            run, user, domain_id=domain_id, text=self.text, client_id=client_id
        )


@dataclass(frozen=True)
class SetRules:
    """Set rules about pairs of domains: same, or different."""

    kind: str
    pairs: Sequence[tuple[str, str]]

    def about(self, run: Run) -> set[int | str]:
        return {pair.key for pair in _pairs(run, self.pairs)}

    def apply(self, run: Run, user: User, client_id: UUID) -> Correction:
        kind, pairs = rules.Kind(self.kind), _pairs(run, self.pairs)
        return rules.decide(run, user, kind=kind, pairs=pairs, client_id=client_id)


@dataclass(frozen=True)
class RemoveRules:
    """Remove the rules about pairs of domains."""

    pairs: Sequence[tuple[str, str]]

    def about(self, run: Run) -> set[int | str]:
        return {pair.key for pair in _pairs(run, self.pairs)}

    def apply(self, run: Run, user: User, client_id: UUID) -> Correction:
        pairs = _pairs(run, self.pairs)
        return rules.remove(run, user, pairs=pairs, client_id=client_id)


@dataclass(frozen=True)
class Undo:
    """Reverse the user's latest decision."""

    def about(self, _run: Run) -> set[int | str]:
        return set()

    def apply(self, run: Run, user: User, client_id: UUID) -> Correction:
        done = undo.undo_last(run, user, client_id=client_id)
        if done is None:
            raise InputError("there is nothing to undo")
        return done


@dataclass(frozen=True)
class UndoOne:
    """Reverse one decision of any user; later ones about other logos stay."""

    correction: int

    def about(self, _run: Run) -> set[int | str]:
        return set()

    def apply(self, run: Run, user: User, client_id: UUID) -> Correction:
        wanted = run.dataset.corrections.filter(pk=self.correction).first()
        if wanted is None:
            raise Unknown(f"the data set has no correction {self.correction}")
        return history.undo_decision(run, user, correction=wanted, client_id=client_id)


@dataclass(frozen=True)
class Redo:
    """Make the decision again that the user undid last."""

    def about(self, _run: Run) -> set[int | str]:
        return set()

    def apply(self, run: Run, user: User, client_id: UUID) -> Correction:
        done = undo.redo_last(run, user, client_id=client_id)
        if done is None:
            raise InputError("there is nothing to redo")
        return done


def _pairs(run: Run, named: Sequence[tuple[str, str]]) -> list[Pair]:
    names = sorted({name for pair in named for name in pair})
    id_of: dict[str, int] = {}
    for start in range(0, len(names), NAMES_PER_QUERY):
        part = run.assignments.filter(domain__name__in=names[start : start + NAMES_PER_QUERY])
        id_of.update(part.values_list("domain__name", "domain_id"))
    missing = [name for name in names if name not in id_of]
    if missing:
        raise Unknown(f"the run has no logo of {missing[0]}")
    return [Pair.of(id_of[one], id_of[other]) for one, other in named]


def _cluster(run: Run, uid: UUID) -> Cluster:
    return _clusters(run, {uid})[0]


def _clusters(run: Run, uids: set[UUID]) -> list[Cluster]:
    if len(uids) > MOST_CLUSTERS:
        raise InputError(f"name at most {MOST_CLUSTERS} clusters, not {len(uids)}")
    found = list(run.clusters.filter(uid__in=uids))
    missing = uids - {one.uid for one in found}
    if missing:
        raise Unknown(f"the run has no cluster {min(map(str, missing))}")
    return found


def _domain_ids(run: Run, names: Sequence[str]) -> list[int]:
    """Return the ids of domains that have a logo in the run."""
    wanted = list(dict.fromkeys(names))
    if not 0 < len(wanted) <= MOST_DOMAINS:
        raise InputError(f"name 1 to {MOST_DOMAINS} domains, not {len(wanted)}")
    found: dict[str, int] = {}
    for start in range(0, len(wanted), NAMES_PER_QUERY):
        part = run.assignments.filter(domain__name__in=wanted[start : start + NAMES_PER_QUERY])
        found.update(part.values_list("domain__name", "domain_id"))
    missing = [name for name in wanted if name not in found]
    if missing:
        named = ", ".join(missing[:MOST_NAMED])
        more = f" and {len(missing) - MOST_NAMED} more" if len(missing) > MOST_NAMED else ""
        raise Unknown(f"the run has no logo of {named}{more}")
    return [found[name] for name in wanted]
