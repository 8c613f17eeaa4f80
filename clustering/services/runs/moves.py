"""Moves of domains that nobody decided about, written as labels of the run itself."""

from collections.abc import Mapping, Sequence
from typing import Final

from django.db.models import Max

from clustering.models import Assignment, Cluster, Run
from clustering.selectors.similarity import similarity_to

MOVED_FIELDS: Final = ("cluster", "bound_cluster", "probability", "outlier_score", "similarity")


def save(run: Run, moved: Mapping[int, int | None]) -> None:
    """Write the cluster id, or None for an outlier, of each domain id."""
    targets = run.clusters.filter(pk__in={pk for pk in moved.values() if pk})
    medoids = {one.pk: one.medoid for one in targets.select_related("medoid")}
    rows = _rows(run, list(moved))
    for target, medoid in medoids.items():
        mine = [row for row in rows if moved[row.domain_id] == target]
        scores = similarity_to(run, medoid, sorted({row.logo_id for row in mine}))
        for row in mine:
            row.similarity = scores.get(row.logo_id, -1.0)
            row.outlier_score = 1.0 - max(row.similarity, 0.0)
            row.probability = 1.0
    for row in rows:
        row.cluster_id, row.bound_cluster_id = moved[row.domain_id], None
        if row.cluster_id is None:
            row.probability, row.similarity = 0.0, -1.0
    Assignment.objects.bulk_update(rows, MOVED_FIELDS, batch_size=500)


def new_cluster(run: Run, domain_ids: Sequence[int]) -> int:
    """Make an empty cluster that is called like the first of the domains; return its id."""
    first = min(_rows(run, domain_ids), key=lambda row: row.domain.name)
    last = run.clusters.aggregate(last=Max("number"))["last"]
    cluster = Cluster.objects.create(
        run=run,
        number=0 if last is None else last + 1,
        name=first.domain.name[:120],
        medoid_id=first.logo_id,
    )
    return cluster.pk


def _rows(run: Run, domain_ids: Sequence[int]) -> list[Assignment]:
    rows = run.assignments.filter(domain_id__among=domain_ids)
    return list(rows.select_related("domain"))
