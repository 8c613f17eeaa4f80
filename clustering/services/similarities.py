"""Stores the similarity of each member to the medoid of its corrected cluster."""

from django.db.models import Case, F, Q, QuerySet, Value, When

from clustering.models import Assignment, Cluster, Logo, Run
from clustering.models.lookups import write_column, write_columns
from clustering.selectors.similarity import similarity_to

UNKNOWN = -1.0
MACHINE = Case(
    When(reviewed_at__isnull=False, then=F("similarity")),
    When(cluster__isnull=True, then=Value(UNKNOWN)),
    default=1.0 - F("outlier_score"),
)
"""Of assignments that no merge binds: what the machine computed, unless a person decided."""


def refresh(run: Run, assignments: QuerySet[Assignment]) -> None:
    """Set the similarity of assignments to the medoid of their corrected cluster.

    One query per cluster with corrections, and its vectors. Rows that the machine placed are
    written only where they differ: PostgreSQL writes every index of a row again.
    """
    unreviewed = assignments.filter(reviewed_at__isnull=True)
    machine = 1.0 - F("outlier_score")
    placed = unreviewed.filter(cluster__isnull=False, bound_cluster__isnull=True)
    placed.exclude(similarity=machine).update(similarity=machine)
    outliers = assignments.filter(corrected_cluster_id__isnull=True)
    outliers.exclude(similarity=UNKNOWN).update(similarity=UNKNOWN)
    is_bound = Q(reviewed_at__isnull=True, bound_cluster__isnull=False)
    by_cluster: dict[int, dict[int, list[int]]] = {}
    rows = assignments.filter(Q(human_cluster__isnull=False) | is_bound)
    for pk, logo_id, cluster_id in rows.values_list("pk", "logo_id", "corrected_cluster_id"):
        by_cluster.setdefault(cluster_id or 0, {}).setdefault(logo_id, []).append(pk)
    clusters = Cluster.objects.select_related("medoid").filter(pk__in=by_cluster)
    medoids = {cluster.pk: cluster.medoid for cluster in clusters}
    found: dict[int, float] = {}
    for cluster_id, logos in by_cluster.items():
        found |= _scores(run, medoids[cluster_id], logos)
    write_column(Assignment, "similarity", found)


def put(run: Run, assignments: QuerySet[Assignment], field: str, cluster: Cluster) -> None:
    """Set ``field`` of assignments to the cluster that holds them from now on.

    Each row is written once, with its similarity.
    """
    logos: dict[int, list[int]] = {}
    for pk, logo_id in assignments.values_list("pk", "logo_id"):
        logos.setdefault(logo_id, []).append(pk)
    scores = _scores(run, cluster.medoid, logos)
    rows = {pk: (cluster.pk, score) for pk, score in scores.items()}
    write_columns(Assignment, (field, "similarity"), rows)


def _scores(run: Run, medoid: Logo | None, logos: dict[int, list[int]]) -> dict[int, float]:
    """Return the similarity of each assignment, given by logo."""
    scores = similarity_to(run, medoid, logos)
    return {pk: scores.get(logo, UNKNOWN) for logo, pks in logos.items() for pk in pks}
