"""Two runs compared cluster by cluster, and the way of one domain through all runs."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.db.models import Count, F, FilteredRelation, Q

from clustering.models import Assignment, Cluster, Domain, LabelSource, Run
from clustering.pipeline import run_comparison
from clustering.pipeline.run_comparison import Change, ChangeKind
from clustering.selectors import logo_tiles

CHANGES_PER_PAGE: Final = 50
MOST_SHOWN: Final = 12  # clusters on one side of a change
MOST_RUNS: Final = 20  # of the way of a domain


@dataclass(frozen=True)
class ChangeRow:
    """A change with its clusters, at most ``MOST_SHOWN`` on each side."""

    change: Change
    before: tuple[Cluster, ...]
    after: tuple[Cluster, ...]


@dataclass(frozen=True)
class RunComparison:
    """A page of the changes between two runs, and the number of changes of each kind."""

    counts: Mapping[ChangeKind, int]
    rows: tuple[ChangeRow, ...]
    n_found: int
    page: int
    n_pages: int


@dataclass(frozen=True)
class Step:
    """Where a domain was in one run."""

    assignment: Assignment
    cluster: Cluster | None

    @property
    def how(self) -> str:
        """Who decided."""
        if self.assignment.is_ignored:
            return "ignored by a person"
        if self.assignment.reviewed_at is not None:
            return "by a person"
        if self.assignment.bound_cluster_id is not None:
            return "by a merge"
        return "placed later" if self.assignment.placed_at is not None else "by the clusterer"


def earlier_run(run: Run) -> Run | None:
    """Return the run that succeeded before this one, if any."""
    before = Run.objects.succeeded().filter(dataset=run.dataset_id)
    return before.filter(finished_at__lt=run.finished_at).first() if run.finished_at else None


def compare(before: Run, after: Run, *, kind: str = "", page: int = 1) -> RunComparison:
    """Compare the corrected clusters of two runs of one data set. Five queries.

    Args:
        kind: value of a ``ChangeKind`` to show alone; others show all.
    """
    uids = [dict(run.clusters.values_list("uid", "pk")) for run in (before, after)]
    continued = {pk: uids[0][uid] for uid, pk in uids[1].items() if uid in uids[0]}
    every = run_comparison.changes(_flows(before, after), continued)
    known = {one.value for one in ChangeKind}
    found = [one for one in every if kind not in known or one.kind.value == kind]
    n_pages = max(1, -(-len(found) // CHANGES_PER_PAGE))
    at = min(max(page, 1), n_pages)
    shown = found[(at - 1) * CHANGES_PER_PAGE : at * CHANGES_PER_PAGE]
    counted = Counter(one.kind for one in every)
    counts = {one: counted[one] for one in ChangeKind if counted[one]}
    return RunComparison(counts, tuple(_rows(shown)), len(found), at, n_pages)


def _flows(before: Run, after: Run) -> dict[tuple[int | None, int | None], int]:
    """Count the domains by their cluster in both runs. One query."""
    rows = Domain.objects.filter(dataset=after.dataset_id).annotate(
        old=FilteredRelation("assignments", condition=Q(assignments__run=before)),
        new=FilteredRelation("assignments", condition=Q(assignments__run=after)),
        was=F("old__corrected_cluster_id"),
        now=F("new__corrected_cluster_id"),
    )
    counted = rows.order_by().values_list("was", "now").annotate(n=Count("pk"))
    return {(was, now): n for was, now, n in counted.iterator()}


def _rows(changes: Sequence[Change]) -> list[ChangeRow]:
    wanted = {pk for one in changes for pk in (*one.before[:MOST_SHOWN], *one.after[:MOST_SHOWN])}
    clusters = Cluster.objects.select_related("medoid").in_bulk(wanted)
    return [
        ChangeRow(
            one,
            tuple(clusters[pk] for pk in one.before[:MOST_SHOWN]),
            tuple(clusters[pk] for pk in one.after[:MOST_SHOWN]),
        )
        for one in changes
    ]


def way_of(domain: Domain) -> list[Step]:
    """Return where a domain was in each of the last runs, newest first. One query."""
    rows = Assignment.objects.filter(domain=domain, run__status=Run.Status.SUCCEEDED)
    related = rows.select_related("run", "cluster", "bound_cluster", "human_cluster")
    ordered = related.order_by("-run__finished_at", "-run")[:MOST_RUNS]
    return [Step(row, logo_tiles.cluster_of(row, LabelSource.CORRECTED)) for row in ordered]
