"""Last known assignment of domains that re-enter a run, with the decisions in force.

The rows alone do not suffice: an undo in a run that lacks a domain changes no row, and a
decision made in an older run after a newer one exists applies to the older run only.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery

from clustering.models import Assignment, Cluster, Correction, Run
from clustering.models.run import AssignmentQuerySet
from clustering.services.curation import undo
from clustering.services.curation.log import Change, Verb, decode
from clustering.services.curation.merges import Merge, Rename, SplitBack
from clustering.services.curation.reviews import NOT_REVIEWED, Move, Restore, Review


def last_assignments(run: Run, joined: AssignmentQuerySet) -> list[Assignment]:
    """Return the last earlier assignment of each domain of ``joined``, rows of the run.

    The decisions in force in the run are applied to them, in memory only. Five queries.
    """
    rows = _newest(joined.values_list(_last_of(run, "domain")))
    if rows:
        in_force = undo.decisions_in_force(run)
        _apply_changes(rows, [(decode(item), item.actor_id) for item in in_force])
        _apply_renames(rows, [item for item in in_force if item.verb == Verb.RENAMED])
    return rows


def of_absent(run: Run, known: Collection[int]) -> list[Assignment]:
    """Return the last assignments of all other domains that decisions in force are about.

    Args:
        known: ids of the domains that the run or the one before has.
    """
    changes = [(decode(item), item.actor_id) for item in undo.decisions_in_force(run)]
    touched = {key for change, _ in changes for key in change.touched() if isinstance(key, int)}
    absent = run.dataset.domains.filter(pk__among=touched.difference(known))
    rows = _newest(absent.values_list(_last_of(run, "pk")))
    if rows:
        _apply_changes(rows, changes)
    return rows


def clusters_of(rows: Iterable[Assignment]) -> Iterator[Cluster]:
    """Yield the corrected cluster of each row that is no outlier."""
    for row in rows:
        cluster = row.bound_cluster or row.cluster
        if row.reviewed_at is not None:
            cluster = row.human_cluster
        if cluster is not None:
            yield cluster


def _last_of(run: Run, domain: str) -> Subquery:
    """Return the row of the newest earlier run for each domain, given by its column.

    Picked in SQL: after a long outage, each domain has many earlier rows.
    """
    earlier = Assignment.objects.filter(
        domain=OuterRef(domain), run__in=run.dataset.runs.succeeded().exclude(pk=run.pk)
    )
    return Subquery(earlier.order_by("-run__finished_at", "-run").values("pk")[:1])


def _newest(keys: QuerySet[Any, Any]) -> list[Assignment]:
    rows = Assignment.objects.filter(pk__in=keys)
    return list(rows.select_related("domain", "cluster", "bound_cluster", "human_cluster"))


def _apply_changes(
    rows: Sequence[Assignment], changes: Iterable[tuple[Change, int | None]]
) -> None:
    """Set the review of each row to its last move, by the merges in force."""
    reviews: dict[int, tuple[Review, int | None]] = {}
    bound: dict[str, str | None] = {}
    ids = {row.domain_id for row in rows}
    for change, actor_id in changes:
        if isinstance(change, Move | Restore):
            given = change.reviews_after()
            reviews |= {pk: (one, actor_id) for pk, one in given.items() if pk in ids}
        elif isinstance(change, Merge):
            bound |= dict.fromkeys(change.clusters, change.target_uid)
        elif isinstance(change, SplitBack):
            bound |= dict.fromkeys(change.merge.clusters)
    uids = {review.cluster_uid for review, _ in reviews.values()}
    clusters = _newest_clusters(rows, uids.union(bound.values()))
    for row in rows:
        review, actor_id = reviews.get(row.domain_id, (NOT_REVIEWED, None))
        decided = review.cluster_uid or ""
        row.human_cluster = clusters.get(bound.get(decided) or decided)
        row.reviewed_at, row.reviewed_by_id = review.reviewed_at, actor_id
        row.is_ignored = review.is_ignored
        home = bound.get(str(row.cluster.uid)) if row.cluster else None
        row.bound_cluster = clusters.get(home or "")


def _newest_clusters(
    rows: Sequence[Assignment], uids: Collection[str | None]
) -> dict[str, Cluster]:
    """Return the clusters of these uids, each from the newest run that has it. One query."""
    found = Cluster.objects.filter(
        run__dataset=rows[0].domain.dataset_id, uid__in=[uid for uid in uids if uid]
    )
    return {str(cluster.uid): cluster for cluster in found.order_by("run__finished_at", "run")}


def _apply_renames(rows: Sequence[Assignment], renames: Iterable[Correction]) -> None:
    """Name the clusters by the last rename in force, else as before the first rename."""
    clusters = list(clusters_of(rows))
    renamed = Correction.objects.filter(dataset=rows[0].domain.dataset_id, verb=Verb.RENAMED)
    payloads = renamed.order_by("-pk").values_list("payload", flat=True)
    names = {rename.cluster_uid: rename.before for rename in map(Rename.decode, payloads)}
    for item in renames:
        rename = Rename.decode(item.payload)
        names[rename.cluster_uid] = rename.after
    for cluster in clusters:
        name = names.get(str(cluster.uid))
        if name is not None:
            cluster.name, cluster.name_source = name.name, name.name_source
