"""Clusters of earlier runs that a run lacks, made again for the decisions about them."""

from collections.abc import Collection, Iterable
from uuid import UUID

from django.db.models import Max

from clustering.models import Cluster, Run


def newest(run: Run, uids: Collection[UUID | str]) -> Iterable[Cluster]:
    """Return the clusters of these uids, each from the newest other run that has it. One query."""
    others = Cluster.objects.filter(run__dataset=run.dataset_id, uid__in=uids)
    found = others.exclude(run=run).order_by("run__finished_at", "run")
    return {cluster.uid: cluster for cluster in found}.values()


def recreate(run: Run, old: Iterable[Cluster]) -> dict[UUID, int]:
    """Return the run's keys of the clusters ``old`` by uid; those that it lacks are recreated."""
    wanted = list(old)
    here = run.clusters.filter(uid__in={cluster.uid for cluster in wanted})
    clusters = dict(here.values_list("uid", "pk"))
    last = run.clusters.aggregate(last=Max("number"))["last"]
    first = 0 if last is None else last + 1
    missing = {one.uid: one for one in wanted if one.uid not in clusters}.values()
    made = Cluster.objects.bulk_create(
        Cluster(
            run=run,
            uid=cluster.uid,
            number=number,
            name=cluster.name,
            name_source=cluster.name_source,
            medoid_id=cluster.medoid_id,
            is_handmade=True,
            is_locked=cluster.is_locked,
        )
        for number, cluster in enumerate(missing, first)
    )
    return clusters | {one.uid: one.pk for one in made}


def known(run: Run, uids: Collection[str]) -> dict[str, Cluster]:
    """Return the run's clusters of these uids; those that only other runs have are recreated."""
    found = {str(cluster.uid): cluster for cluster in run.clusters.filter(uid__in=uids)}
    missing = set(uids).difference(found)
    if missing:
        keys = recreate(run, newest(run, missing))
        made = run.clusters.filter(pk__in=keys.values())
        found |= {str(cluster.uid): cluster for cluster in made}
    return found
