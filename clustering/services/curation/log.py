"""The log of corrections: how they are stored, and how they change rows in either direction."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal, Self, TypeVar
from uuid import UUID

from django.db.models import QuerySet

from clustering.models import Cluster, Correction, Run, User
from clustering.pipeline.errors import PipelineError
from clustering.services import counts

VERSION = 1  # of stored payloads; those without a version are of version 1
Side = Literal["before", "after"]
Key = TypeVar("Key", int, str)
Verb = Correction.Verb


class UnknownPayload(PipelineError):
    """A stored correction is of a version that this code cannot read."""

    code = "unknown_payload"


@dataclass(frozen=True)
class Review:
    """The human label of a domain; not reviewed if ``reviewed_at`` is None."""

    cluster_uid: str | None
    """None with a ``reviewed_at``: an outlier."""
    reviewed_at: datetime | None
    reviewed_by: int | None

    @classmethod
    def decode(cls, uid: str | None, at: str | None, by: int | None) -> Self:
        return cls(uid, datetime.fromisoformat(at) if at else None, by)

    def encode(self) -> list[Any]:
        at = self.reviewed_at.isoformat() if self.reviewed_at else None
        return [self.cluster_uid, at, self.reviewed_by]


NOT_REVIEWED = Review(None, None, None)


@dataclass(frozen=True)
class Move:
    """Domains that were moved to one cluster, or made outliers."""

    before: Mapping[int, Review]
    """By domain id."""
    after: Review
    cluster_name: str
    """Empty for outliers."""

    @classmethod
    def decode(cls, payload: Mapping[str, Any]) -> Self:
        _check_version(payload)
        before = {int(pk): Review.decode(*review) for pk, review in payload["before"].items()}
        after = Review.decode(payload["after"], payload["at"], payload["by"])
        return cls(before, after, payload.get("name", ""))

    def encode(self) -> dict[str, Any]:
        uid, at, by = self.after.encode()
        before = {str(pk): review.encode() for pk, review in self.before.items()}
        return {"before": before, "after": uid, "at": at, "by": by, "name": self.cluster_name}

    def apply(self, run: Run, side: Side) -> None:
        """Write each domain's review before or after; one update per distinct review."""
        with counts.kept(run, list(self.before)):
            self._write(run, side)

    def _write(self, run: Run, side: Side) -> None:
        reviews = (self.after,) if side == "after" else self.before.values()
        uids = {review.cluster_uid for review in reviews if review.cluster_uid}
        clusters = {str(cluster.uid): cluster for cluster in run.clusters.filter(uid__in=uids)}
        groups: dict[Review, list[int]] = {}
        for domain_id, before in self.before.items():
            review = self.after if side == "after" else before
            if review.cluster_uid and review.cluster_uid not in clusters:  # not carried over
                review = NOT_REVIEWED
            groups.setdefault(review, []).append(domain_id)
        user_ids = {review.reviewed_by for review in groups if review.reviewed_by}
        users = set(User.objects.filter(pk__in=user_ids).values_list("pk", flat=True))
        for review, domain_ids in groups.items():
            run.assignments.filter(domain_id__in=domain_ids).update(
                human_cluster=clusters.get(review.cluster_uid or ""),
                reviewed_at=review.reviewed_at,
                reviewed_by_id=review.reviewed_by if review.reviewed_by in users else None,
            )


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
        _check_version(payload)
        before, after = ClusterName(**payload["before"]), ClusterName(**payload["after"])
        return cls(payload["cluster"], before, after)

    def encode(self) -> dict[str, Any]:
        before, after = self.before.encode(), self.after.encode()
        return {"cluster": self.cluster_uid, "before": before, "after": after}

    def apply(self, run: Run, side: Side) -> None:
        name = self.before if side == "before" else self.after
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
        _check_version(payload)
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
            "bound": _ids_by_uid(self.bound),
            "human": _ids_by_uid(self.human),
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

    def apply(self, run: Run, side: Side) -> None:
        """Merge, or take the merge back, in this run or in one that it was carried into."""
        uids = {self.target_uid, *self.clusters, *filter(None, self.clusters.values())}
        uids |= {*filter(None, self.bound.values()), *self.human.values()}
        known = {str(one.uid): one for one in run.clusters.filter(uid__in=uids)}
        target = known.get(self.target_uid)
        if target is None:  # not carried over
            return
        ids = {*self.domain_ids, *self._later_members(run, target, side)}
        with counts.kept(run, sorted(ids)):
            if side == "after":
                self._merge(run, target)
            else:
                self._take_back(run, target, known)
        name = self.name_before if side == "before" else self.name_after
        if self.name_before != self.name_after:
            run.clusters.filter(pk=target.pk).update(**name.encode())

    def _later_members(self, run: Run, target: Cluster, side: Side) -> QuerySet[Any, int]:
        """Return the domains that joined the merged groups since, as in a later run."""
        joined = run.assignments.filter(cluster__uid__in=list(self.clusters))
        if side == "before":
            joined = joined.filter(bound_cluster=target)
        return joined.values_list("domain_id", flat=True)

    def _merge(self, run: Run, target: Cluster) -> None:
        run.clusters.filter(uid__in=list(self.clusters)).update(merged_into=target)
        groups = run.assignments.filter(cluster__uid__in=list(self.clusters))
        groups.update(bound_cluster=target)
        for part in _parts(list(self.bound)):
            run.assignments.filter(domain_id__in=part).update(bound_cluster=target)
        for part in _parts(list(self.human)):
            decided = run.assignments.reviewed().filter(domain_id__in=part)
            decided.update(human_cluster=target)

    def _take_back(self, run: Run, target: Cluster, known: Mapping[str, Cluster]) -> None:
        merged = run.clusters.filter(merged_into=target)
        members = run.assignments.filter(bound_cluster=target)
        for before, uids in _ids_by_uid(self.clusters).items():
            members.filter(cluster__uid__in=uids).update(bound_cluster=known.get(before))
            merged.filter(uid__in=uids).update(merged_into=known.get(before))
        for before, ids in _ids_by_uid(self.bound).items():
            for part in _parts(ids):
                rows = run.assignments.filter(domain_id__in=part)
                rows.update(bound_cluster=known.get(before))
        decided = run.assignments.filter(human_cluster=target)
        for before, ids in _ids_by_uid(self.human).items():
            for part in _parts(ids):
                back = decided.filter(domain_id__in=part)
                if before in known:
                    back.update(human_cluster=known[before])
                else:  # not carried over
                    back.update(human_cluster=None, reviewed_at=None, reviewed_by=None)


@dataclass(frozen=True)
class SplitBack:
    """A merge that was split back by a correction."""

    merge: Merge

    @classmethod
    def decode(cls, payload: Mapping[str, Any]) -> Self:
        return cls(Merge.decode(payload))

    def encode(self) -> dict[str, Any]:
        return self.merge.encode()

    def apply(self, run: Run, side: Side) -> None:
        self.merge.apply(run, "before" if side == "after" else "after")


def _ids_by_uid(uids: Mapping[Key, str | None]) -> dict[str, list[Key]]:
    """Return the keys of each uid; an empty one is none."""
    found: dict[str, list[Key]] = {}
    for key, uid in uids.items():
        found.setdefault(uid or "", []).append(key)
    return found


def _parts(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(ids), counts.IDS_PER_QUERY):
        yield ids[start : start + counts.IDS_PER_QUERY]


Change = Move | Rename | Merge | SplitBack
KINDS: Final[Mapping[str, type[Move | Rename | Merge | SplitBack]]] = {
    Verb.RENAMED: Rename,
    Verb.MERGED: Merge,
    Verb.UNMERGED: SplitBack,
}


def _check_version(payload: Mapping[str, Any]) -> None:
    version = payload.get("version", 1)
    if version != VERSION:
        raise UnknownPayload(f"a correction of version {version} needs a newer Logosite")


def decode(correction: Correction) -> Change:
    """Return the change of a correction; ``undone`` has no payload."""
    return KINDS.get(correction.verb, Move).decode(correction.payload)


def touched(correction: Correction) -> set[int | str]:
    """Return the domains and clusters of a correction, or of its undo or redo."""
    if correction.target is not None:
        return touched(correction.target)
    change = decode(correction)
    if isinstance(change, Rename):
        return {change.cluster_uid}
    if isinstance(change, SplitBack):
        change = change.merge
    if isinstance(change, Merge):
        return {change.target_uid, *change.clusters, *change.domain_ids}
    return set(change.before)


def begin(run: Run, client_id: UUID) -> Correction | None:
    """Lock the run against concurrent decisions; return the decision if it was already made."""
    Run.objects.select_for_update().get(pk=run.pk)
    return Correction.objects.filter(client_id=client_id).first()


def record(
    run: Run,
    user: User,
    verb: Correction.Verb,
    change: Change | None,
    client_id: UUID,
    *,
    target: Correction | None = None,
) -> Correction:
    """Write a decision to the log."""
    return Correction.objects.create(
        dataset_id=run.dataset_id,
        run=run,
        actor=user,
        verb=verb,
        payload=change.encode() | {"version": VERSION} if change else {},
        client_id=client_id,
        target=target,
    )
