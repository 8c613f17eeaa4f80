"""Denormalised counts: clusters and outliers of runs, domains of data sets.

Pages read them instead of counting rows. ``recount`` sets them from the rows;
``manage.py verify_dataset`` compares the two.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final, NamedTuple

from django.db import transaction
from django.db.models import (
    Case,
    CharField,
    Count,
    F,
    Q,
    QuerySet,
    Value,
    When,
)

from clustering.models import Assignment, Cluster, Dataset, Domain, DomainCount, Run
from clustering.models.lookups import write_columns
from clustering.services import brand_groups, open_reviews, similarities

OUTSIDE: Final[Mapping[str, str]] = {
    "size": "n_machine_outliers",
    "n_members": "n_outliers",
    "ignored": "n_ignored",
}


class _Holder(NamedTuple):
    """A cluster, or None for the outliers, by the machine or as corrected; or the ignored."""

    column: str
    cluster_id: int | None


@contextmanager
def kept(run: Run, domain_ids: Sequence[int]) -> Iterator[None]:
    """Keep counts and similarities right while assignments of these domains are written.

    The caller holds the lock of the run's row. Two reads, a write, and the vectors of the logos.
    """
    with recounted(run, domain_ids):
        yield
        similarities.refresh(run, run.assignments.filter(domain_id__among=domain_ids))


@contextmanager
def recounted(run: Run, domain_ids: Sequence[int]) -> Iterator[None]:
    """As ``kept``, for writers that set the similarities."""
    before = _holders(run, domain_ids)
    yield
    change = _holders(run, domain_ids)
    touched = {one.cluster_id for one in (*before, *change) if one.cluster_id}
    change.subtract(before)
    _add(run, change)
    open_reviews.refresh(run, domain_ids, touched)
    brand_groups.refresh(run, domain_ids, touched)


def recount(run: Run) -> None:
    """Set the counts of ``run`` and its clusters from its assignments.

    Four queries, and a write for 500 clusters whose counts are wrong: a correlated UPDATE takes
    minutes while the database has no statistics of a run that was just written.
    """
    Cluster.objects.bulk_update(_miscounted(run), ["size", "n_members"], batch_size=500)
    values = counted(run)
    Run.objects.filter(pk=run.pk).update(**values)
    for name, value in values.items():
        setattr(run, name, value)


def counted(run: Run) -> dict[str, int]:
    """Compute the counts of ``run`` from the rows."""
    found = run.assignments.aggregate(
        n_assigned=Count("pk"),
        n_clusters=Count("corrected_cluster_id", distinct=True),
        n_machine_clusters=Count("cluster", distinct=True),
        n_corrected=Count("corrected_cluster_id"),
        n_machine=Count("cluster"),
        n_ignored=Count("pk", filter=Q(is_ignored=True)),
    )
    return {
        "n_assigned": found["n_assigned"],
        "n_clusters": found["n_clusters"],
        "n_machine_clusters": found["n_machine_clusters"],
        "n_outliers": found["n_assigned"] - found["n_corrected"] - found["n_ignored"],
        "n_ignored": found["n_ignored"],
        "n_machine_outliers": found["n_assigned"] - found["n_machine"],
    }


class Cell(NamedTuple):
    """Key of a group of domains that are counted together."""

    status: str
    outcome: str
    error_code: str
    finder: str
    review: str


@contextmanager
def domains_kept(dataset_id: int, domain_ids: Sequence[int]) -> Iterator[None]:
    """Keep the counts of a data set right while these domains are written.

    To be used in a transaction. Two reads, and a write for each kind of change.
    """
    rows = Domain.objects.filter(pk__among=domain_ids)
    before = cells(rows)
    yield
    change = cells(rows)
    change.subtract(before)
    _add_domains(dataset_id, change)


def domains_added(dataset_id: int, domain_ids: Sequence[int]) -> None:
    """Count domains that were just created, in the same transaction."""
    _add_domains(dataset_id, cells(Domain.objects.filter(pk__among=domain_ids)))


@transaction.atomic
def recount_domains(dataset: Dataset) -> None:
    """Set the counts of a data set from its domains, safe under concurrent writes."""
    kept = DomainCount.objects.filter(dataset=dataset)
    list(kept.select_for_update().order_by("pk"))  # blocks concurrent updates
    kept.update(n=0)
    _add_domains(dataset.pk, cells(dataset.domains.all()))


def cells(domains: QuerySet[Domain]) -> Counter[Cell]:
    """Count domains by cell. One query."""
    found = domains.annotate(
        code=Case(When(status=Domain.Status.FAILED, then="error_code"), default=Value("")),
        by=Case(When(has_placeholder=True, then=Value("")), default="finder"),
        review=_review(),
    )
    rows = found.order_by().values_list("status", "outcome", "code", "by", "review")
    return Counter({Cell(*row[:-1]): row[-1] for row in rows.annotate(n=Count("pk"))})


def _review() -> Case:
    is_decided = Q(decided_at__isnull=False)
    return Case(
        When(is_doubtful=False, then=Value(DomainCount.Review.NONE)),
        When(is_decided, then=Value(DomainCount.Review.DONE)),
        When(status=Domain.Status.FOUND, then=Value(DomainCount.Review.OPEN)),
        default=Value(DomainCount.Review.NONE),
        output_field=CharField(),
    )


def _add_domains(dataset_id: int, change: Counter[Cell]) -> None:
    """Add to the counts, always in the same order to avoid deadlocks."""
    for cell, n in sorted(change.items()):
        if not n:
            continue
        row = DomainCount.objects.filter(dataset_id=dataset_id, **cell._asdict())
        if not row.update(n=F("n") + n):
            DomainCount.objects.get_or_create(dataset_id=dataset_id, **cell._asdict())
            row.update(n=F("n") + n)


def differences(dataset: Dataset) -> list[str]:
    """Return a line for each kept count that does not agree with the rows."""
    found = []
    kept_cells = {
        Cell(*row[:-1]): row[-1]
        for row in dataset.domain_counts.filter(~Q(n=0)).values_list(*Cell._fields, "n")
    }
    actual = cells(dataset.domains.all())
    for cell in sorted({*kept_cells, *actual}):
        n_kept, n_actual = kept_cells.get(cell, 0), actual.get(cell, 0)
        if n_kept != n_actual:
            found.append(f"domains {'/'.join(filter(None, cell))}: kept {n_kept}, are {n_actual}")
    for run in dataset.runs.succeeded():
        found += _run_differences(run)
    return found


def _run_differences(run: Run) -> list[str]:
    found = [
        f"{run.slug} {name}: kept {getattr(run, name)}, are {value}"
        for name, value in counted(run).items()
        if getattr(run, name) != value
    ]
    found += [
        f"{run.slug} review {cell}: kept {n_kept}, are {n_actual}"
        for cell, (n_kept, n_actual) in open_reviews.miscounted(run).items()
    ]
    wrong = sorted(_miscounted(run), key=lambda cluster: cluster.number)
    return found + [f"{run.slug} cluster {cluster.number}: wrong size" for cluster in wrong]


def _miscounted(run: Run) -> list[Cluster]:
    """Return the clusters whose kept counts differ from the rows, with the right ones set."""
    sizes, members = _sizes(run, "cluster_id"), _sizes(run, "corrected_cluster_id")
    wrong = []
    for cluster in run.clusters.only("run", "number", "size", "n_members").iterator():
        actual = sizes[cluster.pk], members[cluster.pk]
        if (cluster.size, cluster.n_members) != actual:
            cluster.size, cluster.n_members = actual
            wrong.append(cluster)
    return wrong


def _sizes(run: Run, column: str) -> Counter[int]:
    held = run.assignments.filter(**{f"{column}__isnull": False}).order_by()
    return Counter(dict(held.values_list(column).annotate(n=Count("pk"))))


def _holders(run: Run, domain_ids: Sequence[int]) -> Counter[_Holder]:
    found: Counter[_Holder] = Counter()
    rows = Assignment.objects.few_of(run).filter(domain_id__among=domain_ids).order_by()
    held = rows.values_list("cluster_id", "corrected_cluster_id", "is_ignored")
    for machine, corrected, is_ignored, n in held.annotate(n=Count("pk")):
        found[_Holder("size", machine)] += n
        found[_Holder("ignored" if is_ignored else "n_members", corrected)] += n
    return found


def _add(run: Run, change: Counter[_Holder]) -> None:
    moved: dict[int, dict[str, int]] = {}
    totals: Counter[str] = Counter()
    for (column, cluster_id), n in change.items():
        totals["n_assigned"] += n if column == "size" else 0
        if cluster_id is None:
            totals[OUTSIDE[column]] += n
        elif n:
            moved.setdefault(cluster_id, {})[column] = n
    rows = Cluster.objects.filter(pk__among=moved).order_by()
    written: dict[int, tuple[int, int]] = {}
    for pk, size, n_members in rows.values_list("pk", "size", "n_members"):
        sizes = {"size": size, "n_members": n_members}
        for column, n in moved[pk].items():
            total = "n_machine_clusters" if column == "size" else "n_clusters"
            totals[total] += int(sizes[column] + n > 0) - int(sizes[column] > 0)
            sizes[column] += n
        written[pk] = sizes["size"], sizes["n_members"]
    write_columns(Cluster, ("size", "n_members"), written)
    changed = {name: F(name) + n for name, n in totals.items() if n}
    if changed:
        Run.objects.filter(pk=run.pk).update(**changed)
