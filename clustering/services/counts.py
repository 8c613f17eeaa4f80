"""Kept counts: cluster sizes and outliers of a run, changed with the assignments.

Every page reads these instead of counting rows. ``recount`` sets them from the rows;
``manage.py verify_dataset`` compares the two.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from django.db.models import Count, F, OuterRef, Subquery
from django.db.models.functions import Coalesce

from clustering.models import Assignment, Cluster, Run

IDS_PER_QUERY = 10_000  # SQLite binds 32,766 values at most


class _Holder(NamedTuple):
    """A cluster, or None for the outliers, by the machine or as corrected."""

    column: str
    cluster_id: int | None


@contextmanager
def kept(run: Run, domain_ids: Sequence[int]) -> Iterator[None]:
    """Keep the counts of ``run`` right while its assignments of these domains are written.

    The caller holds the lock of the run's row. Two reads per 10,000 domains, and a write.
    """
    before = _holders(run, domain_ids)
    yield
    change = _holders(run, domain_ids)
    change.subtract(before)
    _add(run, change)


def recount(run: Run) -> None:
    """Set the counts of ``run`` and its clusters from its assignments. Three writes."""
    Cluster.objects.filter(run=run).update(
        size=_counted(run, "cluster"), n_members=_counted(run, "corrected_cluster_id")
    )
    values = counted(run)
    Run.objects.filter(pk=run.pk).update(**values)
    for name, value in values.items():
        setattr(run, name, value)


def counted(run: Run) -> dict[str, int]:
    """Count what ``run`` should hold, from the rows."""
    found = run.assignments.aggregate(
        n_assigned=Count("pk"),
        n_clusters=Count("corrected_cluster_id", distinct=True),
        n_machine_clusters=Count("cluster", distinct=True),
        n_corrected=Count("corrected_cluster_id"),
        n_machine=Count("cluster"),
    )
    return {
        "n_assigned": found["n_assigned"],
        "n_clusters": found["n_clusters"],
        "n_machine_clusters": found["n_machine_clusters"],
        "n_outliers": found["n_assigned"] - found["n_corrected"],
        "n_machine_outliers": found["n_assigned"] - found["n_machine"],
    }


def _counted(run: Run, column: str) -> Coalesce:
    members = Assignment.objects.filter(run=run, **{column: OuterRef("pk")}).order_by()
    return Coalesce(Subquery(members.values(column).annotate(n=Count("pk")).values("n")), 0)


def _holders(run: Run, domain_ids: Sequence[int]) -> Counter[_Holder]:
    found: Counter[_Holder] = Counter()
    for start in range(0, len(domain_ids), IDS_PER_QUERY):
        rows = run.assignments.filter(domain_id__in=domain_ids[start : start + IDS_PER_QUERY])
        for machine, corrected in rows.values_list("cluster_id", "corrected_cluster_id"):
            found[_Holder("size", machine)] += 1
            found[_Holder("n_members", corrected)] += 1
    return found


def _add(run: Run, change: Counter[_Holder]) -> None:
    moved: dict[int, dict[str, int]] = {}
    totals: Counter[str] = Counter()
    for (column, cluster_id), n in change.items():
        totals["n_assigned"] += n if column == "size" else 0
        if cluster_id is None:
            totals["n_machine_outliers" if column == "size" else "n_outliers"] += n
        elif n:
            moved.setdefault(cluster_id, {})[column] = n
    clusters = list(Cluster.objects.filter(pk__in=moved))
    for cluster in clusters:
        for column, n in moved[cluster.pk].items():
            before = getattr(cluster, column)
            setattr(cluster, column, before + n)
            total = "n_machine_clusters" if column == "size" else "n_clusters"
            totals[total] += int(before + n > 0) - int(before > 0)
    Cluster.objects.bulk_update(clusters, ["size", "n_members"], batch_size=500)
    changed = {name: F(name) + n for name, n in totals.items() if n}
    if changed:
        Run.objects.filter(pk=run.pk).update(**changed)
