"""Carry cluster identities, names and reviews over from the last run."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from itertools import chain
from typing import NamedTuple, Self, TypeVar
from uuid import UUID

from django.utils import timezone

from clustering.models import Assignment, Cluster, Run
from clustering.models.lookups import write_column, write_columns
from clustering.pipeline import alignment
from clustering.pipeline.alignment import AbsentPart, Alignment, OldMember
from clustering.services.curation.clusters import newest, recreate
from clustering.services.runs import kept, last_assignment, locks, obey
from clustering.services.runs.last_assignment import clusters_of

ROWS_PER_UPDATE = 500
FEWEST_AT_ONCE = 50  # domains of one review that are worth an update of their own
PINNED_FIELDS = ("human_cluster", "reviewed_at", "reviewed_by", "is_ignored")

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
    held = list(map(_OldRow._make, previous.assignments.values_list(*OLD_COLUMNS)))
    returned = _reentered(run, {row.domain_id for row in held})
    clusters = _Clusters(run, previous, returned)
    rows = [*held, *map(_OldRow.of, returned)]
    old = _old_members(rows, clusters.old, previous)
    new, outliers = _machine_groups(run, clusters)
    found = alignment.align(new, old, outliers, _absent_parts(clusters, previous))
    clusters.identify(found)
    recreate(run, locks.locked_with_members(old, clusters.old.values()))
    _bind(run, clusters, found, old)
    _keep_names(run, clusters.old.values(), returned)
    _pin(run, rows, clusters.old)
    _keep_parts(run, previous, clusters.old)
    locks.keep(run, old, clusters.old.values())
    locks.take_over_notes(run, previous)
    n_rules = obey.take_over(run, previous)
    absent = last_assignment.of_absent(run, {row.domain_id for row in rows})
    met = _clusters_in(absent) | clusters.old
    counted = old | _old_members(map(_OldRow.of, absent), met, previous)
    run.carried = kept.counted(
        run, counted, met.values(), n_rules=n_rules, broken=obey.obey(run) if n_rules else {}
    )
    run.save(update_fields=["finished_at", "carried"])


def restore_reviews(run: Run, domain_ids: Collection[int]) -> None:
    """Restore earlier reviews of domains that have just joined a finished run."""
    returned = last_assignment.last_assignments(run, run.assignments.filter(domain__in=domain_ids))
    known = {row.human_cluster.pk: row.human_cluster for row in returned if row.human_cluster}
    _pin(run, map(_OldRow.of, returned), known)


def _reentered(run: Run, held: Collection[int]) -> list[Assignment]:
    """Return the last assignments of the domains that are not among those of the last run.

    Compared here, not in SQL: no statistics know the rows that this transaction has written, and
    PostgreSQL compared each of 92,000 with all others.
    """
    ids = set(run.assignments.values_list("domain_id", flat=True)).difference(held)
    return last_assignment.last_assignments(run, run.assignments.filter(domain_id__among=ids))


def _clusters_in(rows: Iterable[Assignment]) -> dict[int, Cluster]:
    given = chain.from_iterable(
        (row.cluster, row.bound_cluster, row.human_cluster) for row in rows
    )
    return {one.pk: one for one in given if one is not None}


class _Clusters:
    """The clusters of a new run, and those of the last one by uid."""

    def __init__(self, run: Run, previous: Run, returned: Iterable[Assignment]) -> None:
        self.run = run
        self.by_number = dict(run.clusters.values_list("number", "pk"))
        self.old = _clusters_in(returned)
        self.old |= {one.pk: one for one in previous.clusters.defer("merged_from")}

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
    rows: Iterable[_OldRow], clusters: Mapping[int, Cluster], previous: Run
) -> dict[str, alignment.OldMember]:
    uid_of = {pk: str(one.uid) for pk, one in clusters.items()}
    there = {pk for pk, one in clusters.items() if one.run_id == previous.pk}
    unmerged = there.difference(one.merged_into_id or 0 for one in clusters.values())

    def uid(pk: int | None) -> str | None:
        return None if pk is None else uid_of.get(pk)

    return {
        row.name: OldMember(
            machine=uid(row.cluster_id),
            bound=uid(row.bound_cluster_id),
            is_decided=row.reviewed_at is not None,
            human=uid(row.human_cluster_id),
            is_follower=row.bound_cluster_id in unmerged,
        )
        for row in rows
    }


def _absent_parts(clusters: _Clusters, previous: Run) -> dict[str, AbsentPart]:
    """Return merged clusters of the last run without a group, as the newest run had it."""
    empty = [one for one in clusters.old.values() if one.run_id == previous.pk and not one.size]
    home_of = {
        one.uid: clusters.old[one.merged_into_id].uid for one in empty if one.merged_into_id
    }
    if not home_of:
        return {}
    formed = Cluster.objects.filter(run__dataset=previous.dataset_id, uid__in=home_of, size__gt=0)
    newest_of = {one.uid: one.pk for one in formed.order_by("run__finished_at", "run")}
    uid_of = {pk: uid for uid, pk in newest_of.items()}
    members: dict[UUID, list[str]] = {uid: [] for uid in newest_of}
    rows = Assignment.objects.filter(cluster__among=list(uid_of))
    for pk, name in rows.values_list("cluster", "domain__name"):
        members[uid_of[pk]].append(name)
    return {str(uid): AbsentPart(str(home_of[uid]), names) for uid, names in members.items()}


def _machine_groups(run: Run, clusters: _Clusters) -> tuple[dict[int, set[str]], list[str]]:
    """Return the domains of each group by its number, and those in none."""
    number_of = {pk: number for number, pk in clusters.by_number.items()}
    groups: dict[int, set[str]] = {}
    outliers: list[str] = []
    for cluster_id, name in run.assignments.values_list("cluster_id", "domain__name"):
        if cluster_id is None:
            outliers.append(name)
        else:
            groups.setdefault(number_of[cluster_id], set()).add(name)
    return groups, outliers


def _bind(run: Run, clusters: _Clusters, found: Alignment, old: Mapping[str, OldMember]) -> None:
    """Set the clusters of merged groups and of fragments of merged clusters."""
    homes = {n: UUID(one.belongs_to) for n, one in found.groups.items() if one.belongs_to}
    needed = {*homes.values(), *map(UUID, found.bound.values())}
    if not needed:
        return
    targets = recreate(run, newest(run, needed))
    homes_of = {clusters.by_number[number]: targets[uid] for number, uid in homes.items()}
    merged = {clusters.by_number[n] for n, one in found.groups.items() if one.is_merged}
    write_column(Cluster, "merged_into", {pk: homes_of[pk] for pk in merged})
    bound: dict[int, list[int]] = {}
    for pk, cluster_id, name in run.assignments.values_list("pk", "cluster_id", "domain__name"):
        before = old.get(name)
        if name in found.bound:
            bound.setdefault(targets[UUID(found.bound[name])], []).append(pk)
        elif cluster_id in homes_of and (
            cluster_id in merged or before is None or not before.is_decided
        ):
            bound.setdefault(homes_of[cluster_id], []).append(pk)
    for cluster_id, pks in bound.items():
        run.assignments.filter(pk__among=pks).update(bound_cluster=cluster_id)


def _keep_parts(run: Run, previous: Run, old: Mapping[int, Cluster]) -> None:
    """Create the parts of merged clusters again, so that they can be split back."""
    homes = {
        one.uid: home.uid
        for one in old.values()
        if one.run_id == previous.pk
        if (home := old.get(one.merged_into_id or 0))
    }
    targets = dict(run.clusters.filter(uid__in=homes.values()).values_list("uid", "pk"))
    parts = {one.uid: one for one in old.values() if homes.get(one.uid) in targets}
    if parts:
        keys = recreate(run, parts.values())
        found = {keys[uid]: targets[homes[uid]] for uid in parts}
        write_column(Cluster, "merged_into", found)


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
    clusters = recreate(run, (old[pk] for pk in needed))
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
