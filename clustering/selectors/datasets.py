"""Summaries of data sets: home page cards, run table, cluster sizes."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

from django.db.models import Count, OuterRef, Q, Subquery, Sum

from clustering.models import Cluster, Dataset, Domain, DomainCount, Logo, ReviewCount, Run, User

MONTAGE_LENGTH = 8
DRAFT_STATES = (Dataset.Intake.READY, Dataset.Intake.REFUSED)
SIZE_BUCKETS = ((1, 1), (2, 2), (3, 4), (5, 9), (10, 19), (20, 49), (50, None))


class NextStep(Enum):
    """What a person does next with a data set; the value names a page."""

    REVIEW = "review"
    EXPORT = "exports"
    BROWSE = "gallery"
    CLUSTER = "run_new"
    SEE_FAILURES = "overview"


@dataclass(frozen=True)
class DatasetCard:
    """One data set on the home page."""

    dataset: Dataset
    n_domains: int
    n_ended: int
    """Domains that are found, failed or ignored."""
    run: Run | None
    """The newest run that succeeded."""
    n_clusters: int
    n_outliers: int
    medoids: Sequence[Logo]
    """Of the largest clusters, largest first."""
    is_clustering: bool
    n_failed: int = 0
    n_to_review: int = 0
    """Open items of the queue of the run."""

    @property
    def next_step(self) -> NextStep | None:
        """The one thing to do next; None while it works, or where the card's own link says it."""
        if self.dataset.intake != Dataset.Intake.IMPORTED or self.dataset.cancelled_at:
            return None
        if self.has_no_logo:
            return NextStep.SEE_FAILURES
        if self.run is None:
            return None
        if not self.dataset.is_editable:
            return NextStep.BROWSE
        if self.n_to_review:
            return NextStep.REVIEW
        if self.is_fetching or self.is_clustering:
            return None
        return NextStep.EXPORT if self.n_clusters else NextStep.CLUSTER

    @property
    def has_no_logo(self) -> bool:
        """Whether every domain failed."""
        return 0 < self.n_domains == self.n_failed

    @property
    def is_fetching(self) -> bool:
        """Domains are pending, and the data set is not cancelled."""
        is_open = self.dataset.intake == Dataset.Intake.IMPORTED and not self.dataset.cancelled_at
        return is_open and self.n_ended < self.n_domains


@dataclass(frozen=True)
class RunRow:
    """One run in the table of runs."""

    run: Run
    n_clusters: int
    n_outliers: int

    @property
    def silhouette(self) -> float | None:
        """Mean over the clustered logos; None where it is not defined."""
        value: float | None = self.run.metrics.get("silhouette")
        return value

    @property
    def is_unfinished(self) -> bool:
        """Queued or running: can be cancelled."""
        return self.run.status in (Run.Status.QUEUED, Run.Status.RUNNING)


@dataclass(frozen=True)
class SizeBucket:
    """How many clusters have a size within a range."""

    label: str
    n_clusters: int
    share_of_largest: float
    """Of the fullest bucket, in [0, 1]: the length of the bar."""


def dataset_cards(user: User, limit: int) -> list[DatasetCard]:
    """Return the newest ``limit`` data sets of ``user``; six queries, however many they are.

    Uploads that were not started or were refused are left out.
    """
    datasets = list(Dataset.objects.for_user(user).exclude(intake__in=DRAFT_STATES)[:limit])
    ids = [dataset.pk for dataset in datasets]
    runs = _newest_runs(ids)
    run_ids = [run.pk for run in runs.values()]
    sources = _CardSources(
        runs=runs,
        domains=_domain_counts(ids),
        medoids=_medoids(run_ids),
        to_review=_review_counts(run_ids),
        clustering=set(
            Run.objects.unfinished().filter(dataset__in=ids).values_list("dataset", flat=True)
        ),
    )
    return [_card(dataset, sources) for dataset in datasets]


def drafts(user: User, limit: int) -> list[Dataset]:
    """Return the newest uploads of ``user`` that were not started or were refused. One query."""
    return list(Dataset.objects.for_user(user).filter(intake__in=DRAFT_STATES)[:limit])


def run_rows(dataset: Dataset) -> list[RunRow]:
    """Return the runs of ``dataset``, newest first; one query."""
    runs = list(dataset.runs.all())
    return [RunRow(run, run.n_clusters, run.n_outliers) for run in runs]


def size_buckets(run: Run) -> list[SizeBucket]:
    """Return the histogram of cluster sizes of ``run``, smallest first; one query.

    Sizes by machine labels. Buckets outside the range of sizes are left out.
    """
    clusters = run.clusters.filter(is_handmade=False, size__gt=0).order_by()
    counts: Counter[int] = Counter()
    for size, n in clusters.values_list("size").annotate(n=Count("pk")):
        counts[_bucket_of(size)] += n
    if not counts:
        return []
    most = max(counts.values())
    return [
        SizeBucket(_bucket_label(*SIZE_BUCKETS[index]), counts[index], counts[index] / most)
        for index in range(min(counts), max(counts) + 1)
    ]


@dataclass(frozen=True)
class _CardSources:
    """Input of the cards, by data set or by run."""

    runs: dict[int, Run]
    domains: dict[int, tuple[int, int, int]]
    medoids: dict[int, list[Logo]]
    to_review: dict[int, int]
    clustering: set[int]


def _card(dataset: Dataset, sources: _CardSources) -> DatasetCard:
    run = sources.runs.get(dataset.pk)
    n_domains, n_ended, n_failed = sources.domains.get(dataset.pk, (0, 0, 0))
    return DatasetCard(
        dataset=dataset,
        n_domains=n_domains,
        n_ended=n_ended,
        run=run,
        n_clusters=run.n_clusters if run else 0,
        n_outliers=run.n_outliers if run else 0,
        medoids=sources.medoids.get(run.pk, []) if run else [],
        is_clustering=dataset.pk in sources.clustering,
        n_failed=n_failed,
        n_to_review=sources.to_review.get(run.pk, 0) if run else 0,
    )


def _newest_runs(dataset_ids: Iterable[int]) -> dict[int, Run]:
    """Return the newest run that succeeded, by data set."""
    newest = Run.objects.succeeded().filter(dataset=OuterRef("dataset")).values("pk")[:1]
    runs = Run.objects.filter(dataset__in=dataset_ids, pk=Subquery(newest))
    return {run.dataset_id: run for run in runs}


def _domain_counts(dataset_ids: Iterable[int]) -> dict[int, tuple[int, int, int]]:
    """Return the kept (all, ended, failed) domains by data set."""
    is_ended, has_failed = ~Q(status=Domain.Status.PENDING), Q(status=Domain.Status.FAILED)
    rows = (
        DomainCount.objects.filter(dataset__in=dataset_ids)
        .values("dataset")
        .annotate(
            total=Sum("n"), ended=Sum("n", filter=is_ended), failed=Sum("n", filter=has_failed)
        )
    )
    return {row["dataset"]: (row["total"], row["ended"] or 0, row["failed"] or 0) for row in rows}


def _review_counts(run_ids: Iterable[int]) -> dict[int, int]:
    """Return the kept number of open review items by run."""
    kept = ReviewCount.objects.filter(run__in=list(run_ids), state__in=ReviewCount.OPEN)
    return dict(kept.values_list("run").annotate(Sum("n")))


def _medoids(run_ids: Iterable[int]) -> dict[int, list[Logo]]:
    clusters = Cluster.objects.filter(run__in=list(run_ids), number__lt=MONTAGE_LENGTH)
    medoids: dict[int, list[Logo]] = defaultdict(list)
    for cluster in clusters.select_related("medoid").order_by("number"):
        if cluster.medoid:
            medoids[cluster.run_id].append(cluster.medoid)
    return medoids


def _bucket_of(size: int) -> int:
    return max(index for index, (low, _) in enumerate(SIZE_BUCKETS) if size >= low)


def _bucket_label(low: int, high: int | None) -> str:
    if high is None:
        return f"{low} and more domains"
    if low == high:
        return "1 domain" if low == 1 else f"{low} domains"
    return f"{low} to {high} domains"
