"""Carry cluster identities, names and reviews over from the last run."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from itertools import chain
from typing import NamedTuple, Self, TypeVar
from uuid import UUID

from django.db.models import Exists, Max, OuterRef
from django.utils import timezone

from clustering.models import Assignment, Cluster, Run
from clustering.models.lookups import write_column, write_columns
from clustering.pipeline import alignment
from clustering.pipeline.alignment import Alignment, OldMember
from clustering.services.runs import last_assignment, locks, obey
from clustering.services.runs.last_assignment import clusters_of

ROWS_PER_UPDATE = 500
FEWEST_AT_ONCE = 50  # domains of one review that are worth an update of their own
PINNED_FIELDS = ("human_cluster", "reviewed_at", "reviewed_by", "is_ignored")
MOST_REASONS = 100  # listed of those that were not kept
NO_LOGO = "it has no logo in this run"
ELSEWHERE = "its cluster could not be made again"


Row = TypeVar("Row", Assignment, Cluster)


class _OldRow(NamedTuple):
    """An assignment of an earlier run, read without its model: there may be a million."""

    domain_id: int
    name: str
    cluster_id: int | None
    bound_cluster_id: int | None
    human_cluster_id: int | None
    reviewed_at: datetime | None
    reviewed_by_id: int | None
    is_ignored: bool

    @classmethod
    def of(cls, row: Assignment) -> Self:
        return cls(
            row.domain_id,
            row.domain.name,
            row.cluster_id,
            row.bound_cluster_id,
            row.human_cluster_id,
            row.reviewed_at,
            row.reviewed_by_id,
            row.is_ignored,
        )

    @property
    def pin(self) -> "_Pin":
        return _Pin(self.human_cluster_id, self.reviewed_at, self.reviewed_by_id, self.is_ignored)


class _Pin(NamedTuple):
    """A review as columns of an assignment."""

    human_cluster_id: int | None
    reviewed_at: datetime | None
    reviewed_by_id: int | None
    is_ignored: bool


OLD_COLUMNS = (
    "domain_id",
    "domain__name",
    "cluster_id",
    "bound_cluster_id",
    "human_cluster_id",
    "reviewed_at",
    "reviewed_by_id",
    "is_ignored",
)


def carry_over(run: Run) -> None:
    """Carry cluster identities, merges and reviews of the last run over to a new one.

    A group that continues a group of the last run keeps its uid and, where a person named
    it, its name; it belongs to the cluster into which people merged that group, see
    :mod:`clustering.pipeline.alignment`. Reviewed domains keep their human label; missing
    clusters of these are created again. A domain that was absent from the last run gets its
    last known assignment, by the decisions in force in the new run. Rules about pairs are taken
    over and obeyed. ``run.carried`` counts what was kept.
    """
    previous = run.dataset.runs.succeeded().exclude(pk=run.pk).first()
    if previous is None:
        return
    # Every decision locks its run. Those made while the new one was written are in its log only if
    # it ends after them: now that none can be made, it does.
    Run.objects.select_for_update().get(pk=previous.pk)
    run.finished_at = timezone.now()
    returned = _reentered(run, previous)
    clusters = _Clusters(run, previous, returned)
    held = previous.assignments.values_list(*OLD_COLUMNS)
    rows = [*map(_OldRow._make, held), *map(_OldRow.of, returned)]
    old = _old_members(rows, clusters.uid_of)
    new = _machine_groups(run, clusters)
    found = alignment.align(new, old)
    clusters.identify(found)
    _clusters_for(run, locks.locked_with_members(old, clusters.old.values()))
    _bind(run, clusters, found, old)
    _keep_names(run, clusters.old.values(), returned)
    _pin(run, rows, clusters.old)
    _keep_parts(run, previous, clusters.old)
    locks.keep(run, old, clusters.old.values())
    locks.take_over_notes(run, previous)
    rules = _obey_rules(run, previous)
    run.carried = kept_decisions(run, old) | rules
    run.save(update_fields=["finished_at", "carried"])


def restore_reviews(run: Run, domain_ids: Collection[int]) -> None:
    """Restore earlier reviews of domains that have just joined a finished run."""
    returned = last_assignment.last_assignments(run, run.assignments.filter(domain__in=domain_ids))
    known = {row.human_cluster.pk: row.human_cluster for row in returned if row.human_cluster}
    _pin(run, map(_OldRow.of, returned), known)


def _reentered(run: Run, previous: Run) -> list[Assignment]:
    """Return the last assignments of domains that ``previous`` lacks."""
    held = previous.assignments.filter(domain=OuterRef("domain"))
    return last_assignment.last_assignments(run, run.assignments.filter(~Exists(held)))


class _Clusters:
    """The clusters of a new run, and those of the last one by uid."""

    def __init__(self, run: Run, previous: Run, returned: Iterable[Assignment]) -> None:
        self.run = run
        self.by_number = dict(run.clusters.values_list("number", "pk"))
        given = chain.from_iterable(
            (row.cluster, row.bound_cluster, row.human_cluster) for row in returned
        )
        self.old = {one.pk: one for one in given if one is not None}
        self.old |= {one.pk: one for one in previous.clusters.defer("merged_from")}
        self.uid_of = {pk: str(cluster.uid) for pk, cluster in self.old.items()}

    def identify(self, found: Alignment) -> None:
        """Set the identity of each new group."""
        groups = {self.by_number[number]: match for number, match in found.groups.items()}
        kept = {pk: (UUID(one.continues).hex,) for pk, one in groups.items() if one.continues}
        write_columns(Cluster, ("uid",), kept)
        changed = [pk for pk, one in groups.items() if one.split_from or one.merged_from]
        clusters = list(self.run.clusters.filter(pk__among=changed))
        for cluster in clusters:
            match = groups[cluster.pk]
            cluster.split_from = UUID(match.split_from) if match.split_from else None
            cluster.merged_from = list(match.merged_from)
        _write(clusters, ["split_from", "merged_from"])


def _old_members(
    rows: Iterable[_OldRow], uid_of: Mapping[int, str]
) -> dict[str, alignment.OldMember]:
    def uid(pk: int | None) -> str | None:
        return None if pk is None else uid_of.get(pk)

    return {
        row.name: OldMember(
            machine=uid(row.cluster_id),
            bound=uid(row.bound_cluster_id),
            is_decided=row.reviewed_at is not None,
            human=uid(row.human_cluster_id),
        )
        for row in rows
    }


def _machine_groups(run: Run, clusters: _Clusters) -> dict[int, set[str]]:
    number_of = {pk: number for number, pk in clusters.by_number.items()}
    groups: dict[int, set[str]] = {}
    grouped = run.assignments.filter(cluster__isnull=False)
    for cluster_id, name in grouped.values_list("cluster_id", "domain__name"):
        groups.setdefault(number_of[cluster_id], set()).add(name)
    return groups


def _bind(run: Run, clusters: _Clusters, found: Alignment, old: Mapping[str, OldMember]) -> None:
    """Set the clusters of merged groups and of fragments of merged clusters."""
    homes = {n: UUID(one.belongs_to) for n, one in found.groups.items() if one.belongs_to}
    needed = {*homes.values(), *map(UUID, found.bound.values())}
    if not needed:
        return
    targets = _clusters_for(run, _newest(run, needed))
    homes_of = {clusters.by_number[number]: targets[uid] for number, uid in homes.items()}
    write_column(Cluster, "merged_into", homes_of)
    bound: dict[int, list[int]] = {}
    rows = run.assignments.filter(cluster__isnull=False)
    for pk, cluster_id, name in rows.values_list("pk", "cluster_id", "domain__name"):
        before = old.get(name)
        if name in found.bound:
            bound.setdefault(targets[UUID(found.bound[name])], []).append(pk)
        elif cluster_id in homes_of and (before is None or before.bound or not before.is_decided):
            bound.setdefault(homes_of[cluster_id], []).append(pk)
    for cluster_id, pks in bound.items():
        run.assignments.filter(pk__among=pks).update(bound_cluster=cluster_id)


def _keep_parts(run: Run, previous: Run, old: Mapping[int, Cluster]) -> None:
    """Create merged clusters that were made by hand again, so that they can be split back."""
    homes = {
        one.uid: home.uid
        for one in old.values()
        if one.run_id == previous.pk and one.is_handmade
        if (home := old.get(one.merged_into_id or 0))
    }
    targets = dict(run.clusters.filter(uid__in=homes.values()).values_list("uid", "pk"))
    parts = {one.uid: one for one in old.values() if homes.get(one.uid) in targets}
    if parts:
        keys = _clusters_for(run, parts.values())
        found = {keys[uid]: targets[homes[uid]] for uid in parts}
        write_column(Cluster, "merged_into", found)


def _newest(run: Run, uids: Collection[UUID]) -> Iterable[Cluster]:
    """Return the clusters of these uids, each from the newest earlier run that has it."""
    earlier = Cluster.objects.filter(run__dataset=run.dataset_id, uid__in=uids)
    found = earlier.exclude(run=run).order_by("run__finished_at", "run")
    return {cluster.uid: cluster for cluster in found}.values()


def kept_decisions(run: Run, old: Mapping[str, OldMember]) -> dict[str, object]:
    """Count the decisions and merges of the last run that hold in this one, with reasons.

    A merge is a group that belonged to another cluster; it holds where most of its domains
    that are left are in that cluster.
    """
    uid_of = {pk: str(uid) for pk, uid in run.clusters.values_list("pk", "uid")}
    now = {
        name: uid_of.get(pk) if pk else None
        for name, pk in run.assignments.values_list("domain__name", "corrected_cluster_id")
    }
    decided = {name: one.human for name, one in old.items() if one.is_decided}
    missing = [name for name in sorted(decided) if name not in now]
    moved = [n for n in sorted(decided) if n in now and now[n] != decided[n]]
    parts: dict[tuple[str, str], list[str]] = {}
    for name, one in old.items():
        if one.bound and one.machine and not one.is_decided:
            parts.setdefault((one.machine, one.bound), []).append(name)
    lost = [
        uid
        for (_, uid), names in parts.items()
        if 2 * sum(now.get(name) == uid for name in names) < len(names)
    ]
    if not decided and not parts:
        return {}
    reasons = [{"domain": name, "reason": NO_LOGO} for name in missing]
    reasons += [{"domain": name, "reason": ELSEWHERE} for name in moved]
    return {
        "n_decisions": len(decided),
        "n_decisions_kept": len(decided) - len(reasons),
        "n_merges": len(parts),
        "n_merges_kept": len(parts) - len(lost),
        "not_kept": reasons[:MOST_REASONS],
    }


def _obey_rules(run: Run, previous: Run) -> dict[str, int]:
    n_rules = obey.take_over(run, previous)
    if n_rules == 0:
        return {}
    return {"n_rules": n_rules, "n_rules_kept": n_rules - len(obey.obey(run))}


def _keep_names(run: Run, old: Iterable[Cluster], returned: Iterable[Assignment]) -> None:
    """Keep human names of the last run and of re-entered clusters."""
    known = {cluster.uid: cluster for cluster in clusters_of(returned)}
    known |= {cluster.uid: cluster for cluster in old}
    names = {
        uid: cluster.name
        for uid, cluster in known.items()
        if cluster.name_source == Cluster.NameSource.HUMAN
    }
    named = list(run.clusters.filter(uid__in=list(names)))
    for cluster in named:
        cluster.name, cluster.name_source = names[cluster.uid], Cluster.NameSource.HUMAN
    _write(named, ["name", "name_source"])


def _pin(run: Run, rows: Iterable[_OldRow], old: Mapping[int, Cluster]) -> None:
    """Write the reviews: one update for a review of many domains, few updates for small ones.

    Args:
        old: earlier clusters by primary key.
    """
    decided = [row for row in rows if row.reviewed_at is not None]
    needed = dict.fromkeys(row.human_cluster_id for row in decided if row.human_cluster_id)
    clusters = _clusters_for(run, (old[pk] for pk in needed))
    new_id = {pk: clusters[old[pk].uid] for pk in needed}
    pins: dict[_Pin, list[int]] = {}
    for row in decided:
        pin = row.pin._replace(human_cluster_id=new_id.get(row.human_cluster_id or 0))
        pins.setdefault(pin, []).append(row.domain_id)
    single: dict[int, _Pin] = {}
    for pin, domain_ids in pins.items():
        if len(domain_ids) < FEWEST_AT_ONCE:
            single |= dict.fromkeys(domain_ids, pin)
            continue
        run.assignments.filter(domain_id__among=domain_ids).update(**pin._asdict())
    _pin_single(run, single)


def _pin_single(run: Run, pins: Mapping[int, _Pin]) -> None:
    """Write reviews by domain id, ``ROWS_PER_UPDATE`` rows at once."""
    rows = list(run.assignments.filter(domain_id__among=pins))
    for row in rows:
        for name, value in pins[row.domain_id]._asdict().items():
            setattr(row, name, value)
    _write(rows, PINNED_FIELDS)


def _write(rows: Sequence[Row], fields: Sequence[str]) -> None:
    """Update fields of existing rows; ``bulk_update`` takes several times as long."""
    if rows:
        type(rows[0])._default_manager.bulk_create(
            rows,
            update_conflicts=True,
            unique_fields=["id"],
            update_fields=fields,
            batch_size=ROWS_PER_UPDATE,
        )


def _clusters_for(run: Run, old: Iterable[Cluster | None]) -> dict[UUID, int]:
    """Return the keys of the run's clusters by uid, with the missing ones of ``old`` recreated."""
    clusters = dict(run.clusters.values_list("uid", "pk"))
    last = run.clusters.aggregate(last=Max("number"))["last"]
    number = -1 if last is None else last
    for cluster in old:
        if cluster is None or cluster.uid in clusters:
            continue
        number += 1
        clusters[cluster.uid] = Cluster.objects.create(
            run=run,
            uid=cluster.uid,
            number=number,
            name=cluster.name,
            name_source=cluster.name_source,
            medoid_id=cluster.medoid_id,
            is_handmade=True,
            is_locked=cluster.is_locked,
        ).pk
    return clusters
