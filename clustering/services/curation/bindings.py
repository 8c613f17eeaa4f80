"""What a carried decision holds in a later run, besides what people reviewed.

The groups of a later run differ from those that the decision was about. So its undo records what
it frees there, and a redo binds just that again.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Any, NamedTuple

from django.db.models import Q

from clustering.models import Assignment, Cluster, Correction, Run
from clustering.models.lookups import write_column
from clustering.pipeline.alignment import MAJORITY
from clustering.services import counts
from clustering.services.curation.log import decode
from clustering.services.curation.merges import Merge, SplitBack
from clustering.services.curation.payloads import ids_by_uid
from clustering.services.curation.reviews import Move, Restore

Kept = Move | Restore | Merge | SplitBack


class Bindings(NamedTuple):
    """Clusters by uid that hold others."""

    groups: Mapping[str, str | None]
    """By uid of a cluster: the one that it was merged into."""
    domains: Mapping[int, str | None]
    """By domain id: the one that it is bound to."""

    def changed(self, now: "Bindings") -> "Bindings":
        """Return those that are other ones now."""
        return Bindings(
            {uid: one for uid, one in self.groups.items() if now.groups.get(uid) != one},
            {pk: one for pk, one in self.domains.items() if now.domains.get(pk) != one},
        )

    def encode(self) -> dict[str, Any]:
        return {"groups": dict(self.groups), "bound": ids_by_uid(self.domains)}

    @classmethod
    def decode(cls, payload: Mapping[str, Any]) -> "Bindings":
        bound = payload.get("bound", {}).items()
        domains = {pk: uid or None for uid, ids in bound for pk in ids}
        return cls(payload.get("groups", {}), domains)


def take_back(run: Run, correction: Correction) -> dict[str, Any]:
    """Write the state before a decision; return the payload of its undo."""
    change = decode(correction)
    if correction.run_id == run.pk or not isinstance(change, Kept):
        change.apply(run, "before")
        return {}
    before = _read(run, change)
    change.apply(run, "before")
    if isinstance(change, Move | Restore):
        _follow(run, change)
    after = _read(run, change)
    # A cluster that the undo made again was part of none.
    before = Bindings({**dict.fromkeys(after.groups), **before.groups}, before.domains)
    return before.changed(after).encode()


def make_again(run: Run, undone: Correction, undo: Correction) -> None:
    """Write the state after a decision that ``undo`` undid."""
    change = decode(undone)
    if undo.run_id != run.pk or not undo.payload or not isinstance(change, Kept):
        change.apply(run, "after")
        return
    before = _read(run, change)
    change.apply(run, "after")
    freed = Bindings.decode(undo.payload)
    wanted = Bindings({**before.groups, **freed.groups}, {**before.domains, **freed.domains})
    _bind(run, wanted.changed(_read(run, change)))


def _read(run: Run, change: Kept) -> Bindings:
    """Return what holds the groups and the domains that a decision may be about."""
    touched = change.touched()
    ids = [key for key in touched if isinstance(key, int)]
    uids = [key for key in touched if isinstance(key, str)]
    of_domains = run.assignments.filter(domain_id__among=ids, cluster__isnull=False)
    left = set(of_domains.values_list("cluster", flat=True))
    named = Q(uid__in=uids) | Q(merged_into__uid__in=uids) | Q(pk__among=left)
    groups = list(run.clusters.filter(named).values_list("pk", "uid", "merged_into__uid"))
    pks = [pk for pk, *_ in groups]
    held = Q(cluster__among=pks) | Q(bound_cluster__among=pks) | Q(domain_id__among=ids)
    rows = run.assignments.filter(held).values_list("domain_id", "bound_cluster__uid")
    return Bindings(
        {str(uid): _text(home) for _, uid, home in groups},
        {pk: _text(home) for pk, home in rows},
    )


def _text(uid: object) -> str | None:
    return None if uid is None else str(uid)


def _bind(run: Run, wanted: Bindings) -> None:
    if not wanted.groups and not wanted.domains:
        return
    uids = {*filter(None, wanted.groups.values()), *filter(None, wanted.domains.values())}
    found = {
        str(uid): pk for pk, uid in run.clusters.filter(uid__in=uids).values_list("pk", "uid")
    }
    named = run.clusters.filter(uid__in=list(wanted.groups)).values_list("pk", "uid")
    homes = {pk: found.get(wanted.groups[str(uid)] or "") for pk, uid in named}
    write_column(Cluster, "merged_into", homes)
    with counts.kept(run, list(wanted.domains)):
        rows = run.assignments.filter(domain_id__among=wanted.domains)
        held = rows.values_list("pk", "domain_id")
        bound = {pk: found.get(wanted.domains[domain_id] or "") for pk, domain_id in held}
        write_column(Assignment, "bound_cluster", bound)


def _follow(run: Run, change: Move | Restore) -> None:
    """Take along the others of the groups that the domains left together.

    Where people had moved a whole group, what joined it in a later run was bound to the cluster
    that they moved it to.
    """
    moved = run.assignments.filter(domain_id__among=list(change.before))
    groups = set(moved.exclude(cluster=None).values_list("cluster", flat=True))
    targets = {one.cluster_uid for one in change.reviews_after().values() if one.cluster_uid}
    undecided = run.assignments.filter(reviewed_at=None)
    held = undecided.filter(
        cluster__among=list(groups),
        cluster__merged_into=None,
        bound_cluster__in=run.clusters.filter(uid__in=targets, parts=None),
    )
    followers: dict[tuple[int, int], list[int]] = {}
    for group, target, pk in held.values_list("cluster", "bound_cluster", "domain"):
        followers.setdefault((group or 0, target or 0), []).append(pk)
    for (group, target), ids in followers.items():
        others = undecided.filter(cluster=group).exclude(bound_cluster=target)
        home = None if others.exists() else _home(run, group)
        with counts.kept(run, ids):
            run.assignments.filter(domain_id__among=ids).update(bound_cluster=home)


def _home(run: Run, group: int) -> int | None:
    """Return the cluster into which people moved most of a group."""
    decided = run.assignments.reviewed().filter(cluster=group)
    counted = Counter(decided.values_list("human_cluster", flat=True))
    pk, n = max(counted.items(), key=lambda one: one[1], default=(None, 0))
    return pk if n > MAJORITY * counted.total() else None
