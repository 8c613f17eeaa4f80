"""What a new run takes over from the last: clusters' identities and names, decisions."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple, TypeVar
from uuid import UUID

from django.db.models import Max

from clustering.models import Answer, Cluster, Run
from clustering.pipeline import matching

ROWS_PER_UPDATE = 500
IDS_PER_QUERY = 10_000  # SQLite binds 32,766 values at most
Key = TypeVar("Key", int, str)


class _Pin(NamedTuple):
    """Where a person put a domain, as an assignment's columns."""

    human_cluster_id: int | None
    reviewed_at: datetime | None
    reviewed_by_id: int | None


def carry_over(run: Run) -> None:
    """Give the clusters of a new run the identities of the last run's, and keep decisions.

    A cluster that overlaps an old one by half (Jaccard >= 0.5, one to one) keeps its
    uid and, where a person named it, its name. A domain about which a person decided is
    pinned to where they put it; a cluster that no longer exists for it is made again.
    """
    previous = run.dataset.runs.succeeded().exclude(pk=run.pk).first()
    if previous is None:
        return
    # As every decision locks its run, none can fall between being made and being read.
    Run.objects.select_for_update().get(pk=previous.pk)
    _match(run, previous)
    _keep_names(run, previous)
    _pin(run, previous)


def _match(run: Run, previous: Run) -> None:
    clusters = {cluster.number: cluster for cluster in run.clusters.all()}
    number_of = {cluster.pk: cluster.number for cluster in clusters.values()}
    uid_of = {pk: str(uid) for pk, uid in previous.clusters.values_list("pk", "uid")}
    matches = matching.match(new=_members(run, number_of), old=_members(previous, uid_of))
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


def _members(run: Run, key_of: Mapping[int, Key]) -> dict[Key, set[str]]:
    """Return the domains of each cluster, as people left them, by ``key_of`` its row."""
    members: dict[Key, set[str]] = {}
    for row in run.assignments.select_related("domain"):
        cluster_id = row.cluster_id_by(Answer.CORRECTED)
        if cluster_id is not None:
            members.setdefault(key_of[cluster_id], set()).add(row.domain.name)
    return members


def _keep_names(run: Run, previous: Run) -> None:
    named = previous.clusters.filter(name_source=Cluster.NameSource.HUMAN)
    names = dict(named.values_list("uid", "name"))
    for cluster in run.clusters.filter(uid__in=list(names)):
        cluster.name, cluster.name_source = names[cluster.uid], Cluster.NameSource.HUMAN
        cluster.save(update_fields=["name", "name_source"])


def _pin(run: Run, previous: Run) -> None:
    """Write each decision once for all the domains that it was about."""
    decided = list(previous.assignments.reviewed().select_related("human_cluster"))
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
    """Return the run's clusters by uid, with the missing ones of ``old`` made again."""
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
