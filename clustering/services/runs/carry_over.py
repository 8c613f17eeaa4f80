"""Carry cluster identities, names and reviews over from the last run."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from itertools import chain
from typing import NamedTuple, TypeVar
from uuid import UUID

from django.db.models import Exists, Max, OuterRef
from django.utils import timezone

from clustering.models import Assignment, Cluster, LabelSource, Run
from clustering.pipeline import alignment
from clustering.services.runs import last_assignment
from clustering.services.runs.last_assignment import clusters_of

ROWS_PER_UPDATE = 500
IDS_PER_QUERY = 10_000  # SQLite binds 32,766 values at most
Key = TypeVar("Key", int, str)


class _Pin(NamedTuple):
    """A review as columns of an assignment."""

    human_cluster_id: int | None
    reviewed_at: datetime | None
    reviewed_by_id: int | None


def carry_over(run: Run) -> None:
    """Carry cluster identities and reviews of the last run over to a new one.

    A cluster that overlaps an old one by half (Jaccard >= 0.5, one to one) keeps its
    uid and, where a person named it, its name. A domain about which a person decided is
    pinned to where they put it; a cluster that no longer exists for it is made again.
    A domain that was absent from the last run, as its site was down, comes back from where
    it was left, by the decisions that hold in the new run.
    """
    previous = run.dataset.runs.succeeded().exclude(pk=run.pk).first()
    if previous is None:
        return
    # Every decision locks its run. Those made while the new one was written are in its log only if
    # it ends after them: now that none can be made, it does.
    Run.objects.select_for_update().get(pk=previous.pk)
    run.finished_at = timezone.now()
    run.save(update_fields=["finished_at"])
    returned = _reentered(run, previous)
    _match(run, previous, returned)
    _keep_names(run, previous, returned)
    reviewed = previous.assignments.reviewed().select_related("human_cluster")
    _pin(run, chain(reviewed, returned))


def restore_reviews(run: Run, domain_ids: Collection[int]) -> None:
    """Restore earlier reviews of domains that have just joined a finished run."""
    _pin(run, last_assignment.last_assignments(run, run.assignments.filter(domain__in=domain_ids)))


def _reentered(run: Run, previous: Run) -> list[Assignment]:
    """Return the last assignments of domains that ``previous`` lacks."""
    held = previous.assignments.filter(domain=OuterRef("domain"))
    return last_assignment.last_assignments(run, run.assignments.filter(~Exists(held)))


def _match(run: Run, previous: Run, returned: Iterable[Assignment]) -> None:
    clusters = {cluster.number: cluster for cluster in run.clusters.all()}
    number_of = {cluster.pk: cluster.number for cluster in clusters.values()}
    uid_of = {pk: str(uid) for pk, uid in previous.clusters.values_list("pk", "uid")}
    uid_of |= {cluster.pk: str(cluster.uid) for cluster in clusters_of(returned)}
    new = run.assignments.select_related("domain")
    old = chain(previous.assignments.select_related("domain"), returned)
    matches = alignment.match(new=_members(new, number_of), old=_members(old, uid_of))
    for number, match in matches.items():
        cluster = clusters[number]
        cluster.uid = UUID(match.continues) if match.continues else cluster.uid
        cluster.split_from = UUID(match.split_from) if match.split_from else None
        cluster.merged_from = list(match.merged_from)
    Cluster.objects.bulk_update(
        list(clusters.values()),
        ["uid", "split_from", "merged_from"],
        batch_size=ROWS_PER_UPDATE,
    )


def _members(rows: Iterable[Assignment], key_of: Mapping[int, Key]) -> dict[Key, set[str]]:
    """Return the domains of each cluster by corrected labels, keyed by ``key_of``."""
    members: dict[Key, set[str]] = {}
    for row in rows:
        cluster_id = row.cluster_id_by(LabelSource.CORRECTED)
        if cluster_id is not None:
            members.setdefault(key_of[cluster_id], set()).add(row.domain.name)
    return members


def _keep_names(run: Run, previous: Run, returned: Iterable[Assignment]) -> None:
    """Keep human names of the last run and of re-entered clusters."""
    known = {cluster.uid: cluster for cluster in clusters_of(returned)}
    known |= {cluster.uid: cluster for cluster in previous.clusters.all()}
    names = {
        uid: cluster.name
        for uid, cluster in known.items()
        if cluster.name_source == Cluster.NameSource.HUMAN
    }
    for cluster in run.clusters.filter(uid__in=list(names)):
        cluster.name, cluster.name_source = names[cluster.uid], Cluster.NameSource.HUMAN
        cluster.save(update_fields=["name", "name_source"])


def _pin(run: Run, rows: Iterable[Assignment]) -> None:
    """Write each distinct review with one update per ``IDS_PER_QUERY`` domains."""
    decided = [row for row in rows if row.reviewed_at is not None]
    clusters = _clusters_for(run, (row.human_cluster for row in decided))
    pins: dict[_Pin, list[int]] = {}
    for row in decided:
        cluster = clusters[row.human_cluster.uid] if row.human_cluster else None
        pin = _Pin(cluster.pk if cluster else None, row.reviewed_at, row.reviewed_by_id)
        pins.setdefault(pin, []).append(row.domain_id)
    for pin, domain_ids in pins.items():
        for start in range(0, len(domain_ids), IDS_PER_QUERY):
            chosen = run.assignments.filter(
                domain_id__in=domain_ids[start : start + IDS_PER_QUERY]
            )
            chosen.update(**pin._asdict())


def _clusters_for(run: Run, old: Iterable[Cluster | None]) -> dict[UUID, Cluster]:
    """Return the run's clusters by uid, with the missing ones of ``old`` recreated."""
    clusters = {cluster.uid: cluster for cluster in run.clusters.all()}
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
        )
    return clusters
