"""Stores the similarity of each member to the medoid of its corrected cluster."""

from collections.abc import Mapping

from django.db.models import Case, F, Q, QuerySet, Value, When

from clustering.models import Assignment, Cluster, Run
from clustering.models.lookups import write_column, write_columns
from clustering.selectors.similarity import cosines

UNKNOWN = -1.0
MACHINE = Case(
    When(reviewed_at__isnull=False, then=F("similarity")),
    When(cluster__isnull=True, then=Value(UNKNOWN)),
    default=1.0 - F("outlier_score"),
)
"""Of assignments that no merge binds: what the machine computed, unless a person decided."""


def refresh(run: Run, assignments: QuerySet[Assignment]) -> None:
    """Set the similarity of assignments to the medoid of their corrected cluster.

    The same number of queries for any number of clusters. Rows that the machine placed are
    written only where they differ: PostgreSQL writes every index of a row again.
    """
    unreviewed = assignments.filter(reviewed_at__isnull=True)
    machine = 1.0 - F("outlier_score")
    placed = unreviewed.filter(cluster__isnull=False, bound_cluster__isnull=True)
    placed.exclude(similarity=machine).update(similarity=machine)
    outliers = assignments.filter(corrected_cluster_id__isnull=True)
    outliers.exclude(similarity=UNKNOWN).update(similarity=UNKNOWN)
    is_bound = Q(reviewed_at__isnull=True, bound_cluster__isnull=False)
    rows = assignments.filter(Q(human_cluster__isnull=False) | is_bound)
    held = list(rows.values_list("pk", "logo_id", "corrected_cluster_id"))
    clusters = Cluster.objects.filter(pk__among={cluster_id for *_, cluster_id in held})
    medoids = dict(clusters.values_list("pk", "medoid_id"))
    write_column(
        Assignment,
        "similarity",
        _scores(run, {pk: (medoids[one or 0], logo_id) for pk, logo_id, one in held}),
    )


def put(run: Run, assignments: QuerySet[Assignment], field: str, cluster: Cluster) -> None:
    """Set ``field`` of assignments to the cluster that holds them from now on.

    Each row is written once, with its similarity.
    """
    held = assignments.values_list("pk", "logo_id")
    scores = _scores(run, {pk: (cluster.medoid_id, logo_id) for pk, logo_id in held})
    rows = {pk: (cluster.pk, score) for pk, score in scores.items()}
    write_columns(Assignment, (field, "similarity"), rows)


def _scores(run: Run, pairs: Mapping[int, tuple[int | None, int]]) -> dict[int, float]:
    """Return the similarity of each assignment, given the medoid and its logo."""
    asked = {(medoid, logo_id) for medoid, logo_id in pairs.values() if medoid}
    scores = cosines(run, asked)
    return {
        pk: scores.get((medoid or 0, logo_id), UNKNOWN) for pk, (medoid, logo_id) in pairs.items()
    }
