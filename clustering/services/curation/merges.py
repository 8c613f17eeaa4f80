"""Corrections of whole clusters: renamed, merged, split back."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any, Final, Self

from django.db.models import Exists, OuterRef, Q, QuerySet

from clustering.models import Assignment, Cluster, Correction, Run
from clustering.models.lookups import write_column
from clustering.services import counts, similarities
from clustering.services.curation.clusters import known
from clustering.services.curation.payloads import Side, check_version, ids_by_uid

FREE: Final[Mapping[str, Any]] = {"bound_cluster": None, "similarity": similarities.MACHINE}
"""Values of assignments that a merge bound before."""


@dataclass(frozen=True)
class ClusterName:
    """A cluster's name, and whether a person gave it."""

    name: str
    name_source: str

    def encode(self) -> dict[str, str]:
        return {"name": self.name, "name_source": self.name_source}


@dataclass(frozen=True)
class Rename:
    """Another name for one cluster."""

    cluster_uid: str
    before: ClusterName
    after: ClusterName

    @classmethod
    def decode(cls, payload: Mapping[str, Any]) -> Self:
        check_version(payload)
        before, after = ClusterName(**payload["before"]), ClusterName(**payload["after"])
        return cls(payload["cluster"], before, after)

    def encode(self) -> dict[str, Any]:
        before, after = self.before.encode(), self.after.encode()
        return {"cluster": self.cluster_uid, "before": before, "after": after}

    @property
    def label(self) -> str:
        return f"rename to {self.after.name}"

    def touched(self) -> set[int | str]:
        return {self.cluster_uid}

    def apply(self, run: Run, side: Side) -> None:
        name = self.before if side == "before" else self.after
        known(run, [self.cluster_uid])  # else another undo makes it again as an earlier run had it
        run.clusters.filter(uid=self.cluster_uid).update(**name.encode())


@dataclass(frozen=True)
class Merge:
    """Clusters that were merged into one; their own groups, ids and names are kept.

    A merged cluster's ``merged_into`` and its members' ``bound_cluster`` say where they
    belong. Domains that a person had put into a merged cluster are put into the target.
    """

    target_uid: str
    clusters: Mapping[str, str | None]
    """By uid: the ``merged_into`` before."""
    bound: Mapping[int, str | None]
    """By domain id: the ``bound_cluster`` before."""
    human: Mapping[int, str]
    """By domain id: the ``human_cluster`` before."""
    name_before: ClusterName
    name_after: ClusterName

    @classmethod
    def decode(cls, payload: Mapping[str, Any]) -> Self:
        check_version(payload)
        return cls(
            payload["target"],
            payload["clusters"],
            {pk: uid or None for uid, ids in payload["bound"].items() for pk in ids},
            {pk: uid for uid, ids in payload["human"].items() for pk in ids},
            ClusterName(**payload["before"]),
            ClusterName(**payload["after"]),
        )

    def encode(self) -> dict[str, Any]:
        return {
            "target": self.target_uid,
            "clusters": dict(self.clusters),
            "bound": ids_by_uid(self.bound),
            "human": ids_by_uid(self.human),
            "before": self.name_before.encode(),
            "after": self.name_after.encode(),
        }

    @property
    def n_clusters(self) -> int:
        """Number of clusters that became one; those merged earlier count as one of them."""
        return 1 + sum(before is None for before in self.clusters.values())

    @property
    def domain_ids(self) -> list[int]:
        """The domains whose cluster it changed, or would if their reviews were undone."""
        return sorted({*self.bound, *self.human})

    @property
    def label(self) -> str:
        return f"merge of {self.n_clusters} clusters into {self.name_after.name}"

    def touched(self) -> set[int | str]:
        return {self.target_uid, *self.clusters, *self.domain_ids}

    def apply(self, run: Run, side: Side) -> None:
        """Merge, or take the merge back, in this run or in one that it was carried into."""
        uids = {self.target_uid, *self.clusters, *filter(None, self.clusters.values())}
        uids |= {*filter(None, self.bound.values()), *self.human.values()}
        found = known(run, uids)
        target = found.get(self.target_uid)
        if target is None:  # no run has it
            return
        ids = {*self.domain_ids, *self._later_members(run, target, side)}
        with counts.recounted(run, sorted(ids)):
            if side == "after":
                self._merge(run, target)
            else:
                self._take_back(run, target, found)
                similarities.refresh(run, run.assignments.filter(domain_id__among=sorted(ids)))
        name = self.name_before if side == "before" else self.name_after
        if self.name_before != self.name_after:
            run.clusters.filter(pk=target.pk).update(**name.encode())

    def _later_members(self, run: Run, target: Cluster, side: Side) -> QuerySet[Any, int]:
        """Return the domains that joined the merged groups since, as in a later run."""
        rows = Assignment.objects.few_of(run)
        if side == "before":
            joined = rows.filter(bound_cluster=target)
        else:
            groups = run.clusters.filter(uid__in=list(self.clusters))
            joined = rows.filter(cluster__in=groups)
        return joined.values_list("domain_id", flat=True)

    def _merge(self, run: Run, target: Cluster) -> None:
        merged = run.clusters.filter(uid__in=list(self.clusters))
        parts = list(merged.values_list("pk", flat=True))
        merged.update(merged_into=target)
        either = Q(cluster__among=parts) | Q(domain_id__among=self.bound)
        rows = Assignment.objects.few_of(run).filter(either)
        rows = rows.exclude(bound_cluster=target)
        similarities.put(run, rows.filter(reviewed_at__isnull=True), "bound_cluster", target)
        rows.reviewed().update(bound_cluster=target)
        decided = run.assignments.reviewed().filter(domain_id__among=self.human)
        similarities.put(run, decided, "human_cluster", target)

    def _take_back(self, run: Run, target: Cluster, found: Mapping[str, Cluster]) -> None:
        merged = run.clusters.filter(merged_into=target)
        members = Assignment.objects.few_of(run).filter(bound_cluster=target)
        homes = {uid: _key(found, before) for uid, before in self.clusters.items()}
        parts = members.filter(cluster__uid__in=list(homes))
        bound = {pk: homes[str(uid)] for pk, uid in parts.values_list("pk", "cluster__uid")}
        named = merged.filter(uid__in=list(homes)).values_list("pk", "uid")
        groups = {pk: homes[str(uid)] for pk, uid in named}
        rows = run.assignments.filter(domain_id__among=self.bound)
        for pk, domain_id, held in rows.values_list("pk", "domain_id", "bound_cluster_id"):
            home = _key(found, self.bound[domain_id])
            bound.pop(pk, None)
            if held != home:
                bound[pk] = home
        _bind(bound)
        write_column(Cluster, "merged_into", groups)
        # Groups that only a later run counted to the merged cluster.
        own = run.assignments.filter(cluster=OuterRef("pk"), bound_cluster=None)
        freed = list(merged.filter(Exists(own)).values_list("pk", flat=True))
        members.filter(cluster__in=freed).update(**FREE)
        run.clusters.filter(pk__in=freed).update(merged_into=None)
        left = {str(uid) for uid in merged.values_list("uid", flat=True)}
        if not left or left.isdisjoint(_merged_into(run, self.target_uid)):
            # Nor are groups that rules emptied, and fragments of the target's own group.
            merged.update(merged_into=None)
            members.update(**FREE)
        decided = Assignment.objects.few_of(run).filter(human_cluster=target)
        decided = decided.filter(domain_id__among=self.human)
        homes_of = {
            pk: _key(found, self.human[domain_id])
            for pk, domain_id in decided.values_list("pk", "domain_id")
        }
        back = {pk: home for pk, home in homes_of.items() if home}
        write_column(Assignment, "human_cluster", back)
        lost = run.assignments.filter(pk__among=homes_of.keys() - back)  # no run has the cluster
        lost.update(human_cluster=None, reviewed_at=None, reviewed_by=None)


def _key(found: Mapping[str, Cluster], uid: str | None) -> int | None:
    """Return the key of a cluster; None for none, or for one that no run has."""
    cluster = found.get(uid or "")
    return cluster.pk if cluster else None


def _bind(bound: Mapping[int, int | None]) -> None:
    """Write which clusters hold assignments, by their keys."""
    Assignment.objects.filter(pk__among=[pk for pk, home in bound.items() if home is None]).update(
        **FREE
    )
    write_column(Assignment, "bound_cluster", {pk: home for pk, home in bound.items() if home})


def _merged_into(run: Run, uid: str) -> set[str]:
    """Return the uids of all clusters that people merged into one, in any run."""
    merges = Correction.objects.filter(
        run__dataset=run.dataset_id, verb=Correction.Verb.MERGED, payload__target=uid
    )
    return set(chain.from_iterable(merges.values_list("payload__clusters", flat=True)))


@dataclass(frozen=True)
class SplitBack:
    """A merge that was split back by a correction."""

    merge: Merge

    @classmethod
    def decode(cls, payload: Mapping[str, Any]) -> Self:
        return cls(Merge.decode(payload))

    def encode(self) -> dict[str, Any]:
        return self.merge.encode()

    @property
    def label(self) -> str:
        return f"split of {self.merge.name_after.name} into {self.merge.n_clusters} clusters"

    def touched(self) -> set[int | str]:
        return self.merge.touched()

    def apply(self, run: Run, side: Side) -> None:
        self.merge.apply(run, "before" if side == "after" else "after")
