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
IS_MACHINE = Q(reviewed_at__isnull=True, cluster__isnull=False, bound_cluster__isnull=True)
"""Whether the machine placed it, and nothing since."""


def refresh(run: Run, assignments: QuerySet[Assignment]) -> None:
    """Set the similarity of assignments to the medoid of their corrected cluster.

    Five queries at most for any number of clusters. Only rows that differ are written: PostgreSQL
    writes every index of a row again.
    """
    before: dict[int, float] = {}
    after: dict[int, float] = {}
    moved: dict[int, tuple[int, int]] = {}  # cluster and logo, of rows that were bound or decided
    rows = assignments.annotate(is_machine=IS_MACHINE, machine=1.0 - F("outlier_score"))
    for pk, logo_id, held, is_machine, machine, similarity in rows.values_list(
        "pk", "logo_id", "corrected_cluster_id", "is_machine", "machine", "similarity"
    ):
        before[pk] = similarity
        if held is None:
            after[pk] = UNKNOWN
        elif is_machine:
            after[pk] = machine
        else:
            moved[pk] = held, logo_id
    clusters = Cluster.objects.filter(pk__among={held for held, _ in moved.values()})
    medoids = dict(clusters.order_by().values_list("pk", "medoid_id"))
    after |= _scores(run, {pk: (medoids[held], logo_id) for pk, (held, logo_id) in moved.items()})
    changed = {pk: value for pk, value in after.items() if value != before[pk]}
    write_column(Assignment, "similarity", changed)


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
