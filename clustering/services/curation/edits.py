"""Moves, renames and merges: each is one Correction; machine labels stay unchanged."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import replace
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import Max, Q, QuerySet
from django.utils import timezone

from clustering.models import Assignment, Cluster, Correction, Run, User
from clustering.pipeline.errors import InputError
from clustering.services.curation import undo
from clustering.services.curation.log import Verb, begin, decode, record
from clustering.services.curation.merges import ClusterName, Merge, Rename, SplitBack
from clustering.services.curation.reviews import (
    NOT_REVIEWED,
    Acceptance,
    Move,
    Restore,
    Review,
    refuse_parts,
)

MAX_NAME = 120
NOTHING_CHOSEN = "none of the selected logos is in this run; select some and try again"


@transaction.atomic
def assign(
    run: Run, user: User, *, domain_ids: Sequence[int], cluster: Cluster | None, client_id: UUID
) -> Correction:
    """Move the domains, and only them, to ``cluster``, or out as outliers (None)."""
    known = begin(run, client_id)
    if known:
        return known
    move = _move(run, user, domain_ids, cluster)
    return record(run, user, Verb.ASSIGNED, move, client_id)


@transaction.atomic
def accept(
    run: Run, user: User, *, clusters: Mapping[int, Cluster], client_id: UUID
) -> Correction:
    """Move each domain to its cluster, as one decision."""
    known = begin(run, client_id)
    if known:
        return known
    before = {row.domain_id: _review(row) for row in _chosen(run, list(clusters))}
    if not before:
        raise InputError(NOTHING_CHOSEN)
    now = timezone.now()
    after = {pk: Review(str(clusters[pk].uid), now, user.pk) for pk in before}
    change = Acceptance(before=before, after=after)
    change.apply(run, "after")
    return record(run, user, Verb.ACCEPTED, change, client_id)


@transaction.atomic
def ignore(run: Run, user: User, *, domain_ids: Sequence[int], client_id: UUID) -> Correction:
    """Leave the domains, and only them, out of clusters, outliers, counts and map."""
    known = begin(run, client_id)
    if known:
        return known
    after = Review(None, timezone.now(), user.pk, is_ignored=True)
    return record(run, user, Verb.IGNORED, _reviewed(run, domain_ids, after), client_id)


@transaction.atomic
def restore(run: Run, user: User, *, domain_ids: Sequence[int], client_id: UUID) -> Correction:
    """Return ignored domains to where they were before, by later merges.

    Raises:
        InputError: if none of them is ignored.
    """
    known = begin(run, client_id)
    if known:
        return known
    ignored = _chosen(run, domain_ids).filter(is_ignored=True)
    before = {row.domain_id: _review(row) for row in ignored}
    if not before:
        raise InputError("none of the selected logos is ignored; reload the page")
    held = _reviews_before_ignoring(run)
    after = {pk: held.get(pk, NOT_REVIEWED) for pk in before}
    change = Restore(before=before, after=after)
    change.apply(run, "after")
    return record(run, user, Verb.RESTORED, change, client_id)


def _reviews_before_ignoring(run: Run) -> dict[int, Review]:
    """Return the last review of each domain that did not ignore it, by the merges in force."""
    found: dict[int, Review] = {}
    for item in undo.decisions_in_force(run):
        change = decode(item)
        if isinstance(change, Move | Restore):
            given = change.reviews_after()
            found |= {pk: one for pk, one in given.items() if not one.is_ignored}
    parts = run.clusters.filter(merged_into__isnull=False).values_list("uid", "merged_into__uid")
    home = {str(uid): str(target) for uid, target in parts}
    return {
        pk: replace(one, cluster_uid=home.get(one.cluster_uid or "", one.cluster_uid))
        for pk, one in found.items()
    }


@transaction.atomic
def new_cluster(
    run: Run,
    user: User,
    *,
    domain_ids: Sequence[int],
    name: str,
    client_id: UUID,
    uid: UUID | None = None,
) -> Correction:
    """Make a cluster of the domains.

    Args:
        uid: of the cluster, which no cluster of the run has; by default a new one.
    """
    known = begin(run, client_id)
    if known:
        return known
    first = _chosen(run, domain_ids).select_related("logo").order_by("domain__name").first()
    number = run.clusters.aggregate(last=Max("number"))["last"]
    cluster = Cluster.objects.create(
        run=run,
        uid=uid or uuid4(),
        number=0 if number is None else number + 1,
        name=checked_name(name),
        name_source=Cluster.NameSource.HUMAN,
        medoid=first.logo if first else None,
        is_handmade=True,
    )
    move = _move(run, user, domain_ids, cluster)
    return record(run, user, Verb.SPLIT, move, client_id)


@transaction.atomic
def rename(cluster: Cluster, user: User, *, name: str, client_id: UUID) -> Correction:
    """Give the cluster a human name, which no later run overwrites."""
    run = cluster.run
    known = begin(run, client_id)
    if known:
        return known
    cluster.refresh_from_db(fields=["name", "name_source"])
    change = Rename(
        str(cluster.uid),
        before=ClusterName(cluster.name, cluster.name_source),
        after=ClusterName(checked_name(name), Cluster.NameSource.HUMAN.value),
    )
    change.apply(run, "after")
    return record(run, user, Verb.RENAMED, change, client_id)


@transaction.atomic
def merge(
    run: Run,
    user: User,
    *,
    clusters: Sequence[Cluster],
    target: Cluster | None = None,
    name: str = "",
    client_id: UUID,
) -> Correction:
    """Merge clusters into ``target``; by default the largest, those with human names first.

    Their groups, ids and names stay, so that they can be split back; every later run keeps
    most of each together.

    Args:
        name: of the result; empty keeps the target's.

    Raises:
        InputError: if fewer than two clusters are given, or one is part of another.
    """
    known = begin(run, client_id)
    if known:
        return known
    chosen = {one.pk: one for one in run.clusters.filter(pk__in=[one.pk for one in clusters])}
    if target is not None and target.run_id == run.pk:
        chosen[target.pk] = Cluster.objects.get(pk=target.pk)
    if len(chosen) < 2:
        raise InputError("select two clusters or more to merge them")
    refuse_parts(chosen.values())
    goal = (
        chosen[target.pk] if target and target.pk in chosen else max(chosen.values(), key=_claim)
    )
    after = ClusterName(goal.name, goal.name_source)
    if name.strip():
        after = ClusterName(checked_name(name), Cluster.NameSource.HUMAN.value)
    change = _merge(run, goal, [one for one in chosen.values() if one.pk != goal.pk], after)
    change.apply(run, "after")
    return record(run, user, Verb.MERGED, change, client_id)


@transaction.atomic
def split_back(cluster: Cluster, user: User, *, client_id: UUID) -> Correction:
    """Split a merged cluster into its parts, with their ids and names.

    Raises:
        InputError: if nothing was merged into it.
    """
    run = cluster.run
    known = begin(run, client_id)
    if known:
        return known
    cluster.refresh_from_db()
    parts = run.clusters.filter(merged_into=cluster)
    bound = run.assignments.filter(bound_cluster=cluster).values_list("domain_id", flat=True)
    human = _merged_reviews(run, cluster)
    if not parts and not bound and not human:
        raise InputError(f"nothing was merged into {cluster.name}")
    name = ClusterName(cluster.name, cluster.name_source)
    change = SplitBack(
        Merge(
            target_uid=str(cluster.uid),
            clusters=dict.fromkeys(str(one.uid) for one in parts),
            bound=dict.fromkeys(bound),
            human=human,
            name_before=name,
            name_after=name,
        )
    )
    change.apply(run, "after")
    return record(run, user, Verb.UNMERGED, change, client_id)


def _merged_reviews(run: Run, cluster: Cluster) -> dict[int, str]:
    """Return the reviews before the merge of domains that were moved into ``cluster``."""
    found: dict[int, str] = {}
    for item in undo.decisions_in_force(run):
        change = decode(item)
        if isinstance(change, Move | Acceptance):
            found = {pk: uid for pk, uid in found.items() if pk not in change.before}
        elif isinstance(change, Merge) and change.target_uid == str(cluster.uid):
            found |= change.human
    there = run.clusters.filter(uid__in=set(found.values())).values_list("uid", flat=True)
    known = {str(uid) for uid in there}
    decided = run.assignments.filter(human_cluster=cluster).values_list("domain_id", flat=True)
    return {pk: found[pk] for pk in decided if found.get(pk) in known}


def _claim(cluster: Cluster) -> tuple[bool, int, int]:
    is_named = cluster.name_source == Cluster.NameSource.HUMAN
    return is_named, cluster.n_members, -cluster.number


def _merge(run: Run, goal: Cluster, merged: Sequence[Cluster], name: ClusterName) -> Merge:
    """Return a merge, including earlier merges into those clusters."""
    uid_of = {one.pk: str(one.uid) for one in merged}
    pks = list(uid_of)
    groups = run.clusters.filter(Q(pk__in=pks, merged_into=None) | Q(merged_into__in=pks))
    groups = groups.exclude(pk=goal.pk).select_related("merged_into")
    own = Q(cluster__in=pks, bound_cluster=None) | Q(bound_cluster__in=pks)
    rows = Assignment.objects.few_of(run)
    bound = rows.filter(own).values_list("domain_id", "bound_cluster_id")
    decided = rows.filter(human_cluster__in=pks)
    decided_ids = decided.values_list("domain_id", "human_cluster_id")
    before = {str(one.uid): one.merged_into for one in groups}
    return Merge(
        target_uid=str(goal.uid),
        clusters={uid: str(one.uid) if one else None for uid, one in before.items()},
        bound={pk: uid_of.get(held or 0) for pk, held in bound},
        human={pk: uid_of[held] for pk, held in decided_ids if held},
        name_before=ClusterName(goal.name, goal.name_source),
        name_after=name,
    )


def _is_invisible(character: str) -> bool:
    """Whether it is a control, format or unassigned character, or a lone surrogate."""
    return unicodedata.category(character).startswith("C")


def visible(text: str) -> str:
    """Return text in Unicode form NFC, with single spaces and without invisible characters."""
    composed = unicodedata.normalize("NFC", text)
    return " ".join("".join(" " if _is_invisible(one) else one for one in composed).split())


def checked_name(name: str) -> str:
    """Return the visible characters of a name, if it has any and not too many."""
    cleaned = visible(name)
    if not cleaned or len(cleaned) > MAX_NAME:
        raise InputError(f"a cluster's name has 1 to {MAX_NAME} characters, got {len(cleaned)}")
    return cleaned


def _chosen(run: Run, domain_ids: Sequence[int]) -> QuerySet[Assignment]:
    chosen = run.assignments.filter(domain_id__among=domain_ids)
    return chosen.select_related("human_cluster")


def _move(run: Run, user: User, domain_ids: Sequence[int], cluster: Cluster | None) -> Move:
    after = Review(str(cluster.uid) if cluster else None, timezone.now(), user.pk)
    return _reviewed(run, domain_ids, after, cluster.name if cluster else "")


def _reviewed(run: Run, domain_ids: Sequence[int], after: Review, name: str = "") -> Move:
    chosen = list(_chosen(run, domain_ids))
    if not chosen:
        raise InputError(NOTHING_CHOSEN)
    before = {row.domain_id: _review(row) for row in chosen}
    move = Move(before=before, after=after, cluster_name=name)
    move.apply(run, "after")
    return move


def _review(row: Assignment) -> Review:
    uid = str(row.human_cluster.uid) if row.human_cluster else None
    return Review(uid, row.reviewed_at, row.reviewed_by_id, row.is_ignored)
