"""What a curation file would change in a run: decisions, and what cannot be decided."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID, uuid4

from clustering.models import Cluster, Run
from clustering.pipeline.alignment import KEEPS_IDENTITY
from clustering.pipeline.curation_file import CurationFile, FileLabels
from clustering.services.curation import decisions
from clustering.services.curation.decisions import MOST_DOMAINS, Command
from clustering.services.curation.payloads import counted

MOST_SHOWN: Final = 3  # names in a reason
NO_CLUSTER: Final = "no cluster of this run has its id or most of its members"
IS_PART: Final = "it is part of another cluster in this run"


@dataclass(frozen=True)
class Step:
    """One decision that the file leads to."""

    text: str
    command: Command


@dataclass(frozen=True)
class Problem:
    """Something in the file that cannot be decided in this run."""

    what: str
    reason: str


@dataclass
class Plan:
    """Decisions in the order in which they are made, and what is left out."""

    steps: list[Step] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    n_held: int = 0
    """Entries that hold in the run already."""


def plan(run: Run, file: CurationFile) -> Plan:
    """Return the decisions that make a run as the file says; nothing is written."""
    return _Planner(run, file).plan()


class _Planner:
    def __init__(self, run: Run, file: CurationFile) -> None:
        self.run, self.file, self.found = run, file, Plan()
        rows = run.assignments.values_list(
            "domain__name",
            "cluster_id",
            "human_cluster_id",
            "reviewed_at",
            "is_ignored",
        )
        self.group_of: dict[str, int | None] = {}
        self.human: dict[str, int | None] = {}
        self.ignored: set[str] = set()
        for name, group, human, reviewed_at, is_ignored in rows.iterator():
            self.group_of[name] = group
            if is_ignored:
                self.ignored.add(name)
            elif reviewed_at is not None:
                self.human[name] = human
        self.clusters = {str(one.uid): one for one in run.clusters.all()}
        self.by_id = {one.pk: one for one in self.clusters.values()}
        self.sizes = Counter(pk for pk in self.group_of.values() if pk is not None)
        self.named = {one.id: one.name for one in file.clusters}
        self.members = {one.id: one.members for one in file.clusters}
        self.made: dict[str, Cluster] = {}
        """Clusters that the plan makes, unsaved, by their id in the file."""

    def plan(self) -> Plan:
        for labels in (*self.file.splits, *self.file.labels):
            self._make(labels)
        self._locks()  # first: a part of another cluster cannot be locked
        self._merges()
        for labels in (*self.file.splits, *self.file.labels):
            self._place(labels)
        self._leave_out(self.file.removals, is_ignored=False)
        self._leave_out(self.file.ignored, is_ignored=True)
        self._names()
        self._notes()
        self._rules()
        return self.found

    def _cluster(self, key: str) -> Cluster | None:
        """Return the cluster of an id, else the group with most of its members."""
        known = self.made.get(key) or self.clusters.get(key)
        members = [name for name in self.members.get(key, ()) if name in self.group_of]
        if known is not None or not members:
            return known
        held = Counter(self.group_of[name] for name in members)
        pk, n_shared = max(
            ((pk, n) for pk, n in held.items() if pk is not None),
            key=lambda one: (one[1], -one[0]),
            default=(0, 0),
        )
        n_all = len(members) + self.sizes[pk] - n_shared
        return self.by_id[pk] if n_shared >= KEEPS_IDENTITY * n_all else None

    def _name(self, key: str) -> str:
        return self.named.get(key) or key

    def _add(self, text: str, command: Command) -> None:
        self.found.steps.append(Step(text, command))

    def _problem(self, what: str, reason: str) -> None:
        self.found.problems.append(Problem(what, reason))

    def _known(self, what: str, names: Sequence[str]) -> list[str]:
        missing = [name for name in names if name not in self.group_of]
        if missing:
            shown = ", ".join(missing[:MOST_SHOWN])
            more = f" and {len(missing) - MOST_SHOWN} more" if len(missing) > MOST_SHOWN else ""
            self._problem(what, f"this run has no logo of {shown}{more}")
        return [name for name in dict.fromkeys(names) if name in self.group_of]

    def _merges(self) -> None:
        home_of = {pk: one.uid for pk, one in self.by_id.items()}
        for merge in self.file.merges:
            text = f"merge into {self._name(merge.into)}"
            target = self._cluster(merge.into)
            if target is None or target.merged_into_id is not None:
                self._problem(text, NO_CLUSTER if target is None else IS_PART)
                continue
            parts: dict[UUID, Cluster] = {}
            for key in merge.clusters:
                part = self._cluster(key)
                if part is None:
                    self._problem(f"{text}: {self._name(key)}", NO_CLUSTER)
                elif target.uid in {part.uid, home_of.get(part.merged_into_id or 0)}:
                    self.found.n_held += 1
                elif part.merged_into_id is not None:
                    self._problem(f"{text}: {part.name}", IS_PART)
                else:
                    parts[part.uid] = part
            if parts:
                names = ", ".join(one.name for one in list(parts.values())[:MOST_SHOWN])
                command = decisions.MergeClusters(tuple(parts), target.uid)
                self._add(f"merge {names} into {target.name}", command)

    def _make(self, labels: FileLabels) -> None:
        """Make a cluster that is not found; its id is kept, so that the rest may refer to it."""
        if self._cluster(labels.cluster) is not None:
            return
        name = self._name(labels.cluster)
        known = self._known(f"move to {name}", labels.domains)
        if not known:
            return
        made = Cluster(uid=_uuid(labels.cluster), name=name)
        self.made[labels.cluster] = made
        first, *others = _parts(known)
        text = f"make a cluster {name} of {counted(len(first), 'logo')}"
        self._add(text, decisions.NewCluster(first, name, made.uid))
        for part in others:
            self._move(part, made)

    def _place(self, labels: FileLabels) -> None:
        target = self._cluster(labels.cluster)
        if target is None or labels.cluster in self.made:
            return
        target = self.by_id.get(target.merged_into_id or 0, target)
        known = self._known(f"move to {self._name(labels.cluster)}", labels.domains)
        left = [one for one in known if self.human.get(one, 0) != target.pk]
        self.found.n_held += len(known) - len(left)
        for part in _parts(left):
            self._move(part, target)

    def _move(self, names: Sequence[str], target: Cluster) -> None:
        text = f"move {counted(len(names), 'logo')} to {target.name}"
        self._add(text, decisions.Assign(names, target.uid))

    def _leave_out(self, names: Sequence[str], *, is_ignored: bool) -> None:
        what = "ignore" if is_ignored else "make outliers of"
        known = self._known(f"{what} logos", names)
        held = self.ignored if is_ignored else {n for n, pk in self.human.items() if pk is None}
        left = [one for one in known if one not in held]
        self.found.n_held += len(known) - len(left)
        for part in _parts(left):
            out = decisions.Ignore(part) if is_ignored else decisions.Assign(part, None)
            self._add(f"{what} {counted(len(part), 'logo')}", out)

    def _names(self) -> None:
        for one in self.file.names:
            cluster = self._cluster(one.cluster)
            if cluster is None:
                self._problem(f"name {one.name}", NO_CLUSTER)
            elif cluster.name == one.name:
                self.found.n_held += one.cluster not in self.made
            else:
                command = decisions.RenameCluster(cluster.uid, one.name)
                self._add(f"rename {cluster.name} to {one.name}", command)

    def _locks(self) -> None:
        for key in self.file.locks:
            cluster = self._cluster(key)
            if cluster is None:
                self._problem(f"lock {self._name(key)}", NO_CLUSTER)
            elif cluster.is_locked:
                self.found.n_held += 1
            elif cluster.merged_into_id is not None:
                self._problem(f"lock {cluster.name}", IS_PART)
            else:
                self._add(f"lock {cluster.name}", decisions.LockCluster(cluster.uid))

    def _notes(self) -> None:
        held = {(one.cluster_uid, one.domain_id): one.text for one in self.run.notes.all()}
        id_of = dict(self.run.dataset.domains.values_list("name", "pk")) if self.file.notes else {}
        for one in self.file.notes:
            what = f"note “{one.text[:40]}”"
            cluster = self._cluster(one.cluster) if one.cluster else None
            if cluster is not None:
                key: tuple[UUID | None, int | None] = (cluster.uid, None)
                command = decisions.Note(one.text, cluster=cluster.uid)
                name = cluster.name
            elif one.domain in self.group_of:
                key, name = (None, id_of[one.domain]), one.domain
                command = decisions.Note(one.text, domain=name)
            else:
                self._problem(what, "its cluster or domain is not in this run")
                continue
            if held.get(key) == one.text:
                self.found.n_held += 1
            else:
                self._add(f"{what} on {name}", command)

    def _rules(self) -> None:
        rows = self.run.pair_rules.values_list("kind", "first__name", "second__name")
        held = {(kind, frozenset(pair)) for kind, *pair in rows}
        by_kind: dict[str, list[tuple[str, str]]] = {}
        for one in self.file.rules:
            first, second = one.domains
            if (one.kind, frozenset((first, second))) in held:
                self.found.n_held += 1
            elif (
                len(self._known(f"rule {one.kind}", (first, second))) == len({first, second}) == 2
            ):
                by_kind.setdefault(one.kind, []).append((first, second))
        for kind, pairs in by_kind.items():
            text = f"rule “{kind}” for {counted(len(pairs), 'pair')}"
            self._add(text, decisions.SetRules(kind, tuple(pairs)))


def _uuid(key: str) -> UUID:
    try:
        return UUID(key)
    except ValueError:
        return uuid4()


def _parts(names: Sequence[str]) -> Iterator[tuple[str, ...]]:
    for start in range(0, len(names), MOST_DOMAINS):
        yield tuple(names[start : start + MOST_DOMAINS])
