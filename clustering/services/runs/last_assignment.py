"""Where domains that come back to a run were left: the last row of each, as the log has it.

The rows alone do not say: an undo in a run that lacks a domain changes no row, and what is
decided in an older run after a newer one exists stays there.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from django.db.models import OuterRef, Subquery

from clustering.models import Assignment, Cluster, Correction, Run
from clustering.models.run import AssignmentQuerySet
from clustering.services.curation import undo
from clustering.services.curation.log import Verb


def last_assignments(run: Run, joined: AssignmentQuerySet) -> list[Assignment]:
    """Return where the domains of ``joined``, rows of the run, were seen last before it.

    Each is put, in memory, where the decisions that hold in the run have it. Five queries.
    """
    rows = _newest(run, joined)
    if rows:
        standing = undo.decisions_in_force(run)
        _put(rows, [item for item in standing if item.verb != Verb.RENAMED])
        _call(rows, [item for item in standing if item.verb == Verb.RENAMED])
    return rows


def clusters_of(rows: Iterable[Assignment]) -> Iterator[Cluster]:
    """Yield where people left the rows, outliers left out."""
    for row in rows:
        cluster = row.cluster if row.reviewed_at is None else row.human_cluster
        if cluster is not None:
            yield cluster


def _newest(run: Run, joined: AssignmentQuerySet) -> list[Assignment]:
    """Return the row of the newest earlier run for each domain. One query.

    The database picks it: after a long outage, many rows stand behind each.
    """
    earlier = Assignment.objects.filter(
        domain=OuterRef("domain"), run__in=run.dataset.runs.succeeded().exclude(pk=run.pk)
    )
    newest = earlier.order_by("-run__finished_at", "-run").values("pk")[:1]
    rows = Assignment.objects.filter(pk__in=joined.values_list(Subquery(newest)))
    return list(rows.select_related("domain", "cluster", "human_cluster"))


def _put(rows: Iterable[Assignment], moves: Sequence[Correction]) -> None:
    """Put each row where the last of the moves has it, or leave it to the machine."""
    last = {domain_id: move for move in moves for domain_id in move.payload["before"]}
    clusters = _targets(moves)
    for row in rows:
        move = last.get(str(row.domain_id))
        row.human_cluster = clusters.get(move.payload["after"]) if move else None
        row.reviewed_at = datetime.fromisoformat(move.payload["at"]) if move else None
        row.reviewed_by_id = move.actor_id if move else None


def _targets(moves: Sequence[Correction]) -> dict[str, Cluster]:
    """Return the clusters that the moves name, each as the newest run has it. One query."""
    uids = {move.payload["after"] for move in moves} - {None}
    datasets = {move.dataset_id for move in moves}
    found = Cluster.objects.filter(run__dataset__in=datasets, uid__in=uids)
    return {str(cluster.uid): cluster for cluster in found.order_by("run__finished_at", "run")}


def _call(rows: Sequence[Assignment], renames: Iterable[Correction]) -> None:
    """Call the clusters what the last rename says, or what they were called before any."""
    clusters = list(clusters_of(rows))
    every = Correction.objects.filter(dataset=rows[0].domain.dataset_id, verb=Verb.RENAMED)
    payloads = every.order_by("-pk").values_list("payload", flat=True)
    names = {payload["cluster"]: payload["before"] for payload in payloads}
    names |= {item.payload["cluster"]: item.payload["after"] for item in renames}
    for cluster in clusters:
        called = names.get(str(cluster.uid))
        if called is not None:
            cluster.name, cluster.name_source = called["name"], called["name_source"]
