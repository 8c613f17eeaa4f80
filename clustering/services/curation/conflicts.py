"""Rejects corrections from outdated pages, with both values."""

from collections.abc import Collection
from uuid import UUID

from clustering.models import Cluster, Correction, Run
from clustering.pipeline.errors import InputError
from clustering.services.curation.log import begin, decode, touched
from clustering.services.curation.merges import Merge, Rename, SplitBack
from clustering.services.curation.payloads import Side
from clustering.services.curation.reviews import Move, Restore

MOST_NAMED = 3  # values in a message


class Conflict(InputError):
    """The same logos or clusters were changed since the page was drawn."""

    code = "conflict"


def refuse_stale(run: Run, *, seen: int, about: Collection[int | str], client_id: UUID) -> None:
    """Lock the run; refuse a decision if newer ones are about the same logos or clusters.

    To be used in the transaction of the decision. A request that was sent twice passes.

    Args:
        seen: the version of the run that the page showed, see ``CurationState.version``.
        about: ids of domains and uids of clusters that the decision would change.

    Raises:
        Conflict: with what the page showed and what holds now.
    """
    if begin(run, client_id):
        return
    newer = Correction.objects.filter(run=run, pk__gt=seen).select_related(
        "target__target", "actor"
    )
    for correction in newer.order_by("pk"):
        common = touched(correction).intersection(about)
        if common:
            raise Conflict(_message(run, correction, common))


def _message(run: Run, correction: Correction, common: Collection[int | str]) -> str:
    """Say what the page showed, before ``correction``, and what holds now."""
    actor = correction.actor.username if correction.actor else "someone"
    decision, side = _decision(correction)
    change = decode(decision)
    if isinstance(change, SplitBack):
        change = change.merge
    if isinstance(change, Move | Restore):
        values = _moves(run, change, side, [pk for pk in common if isinstance(pk, int)])
    elif isinstance(change, Rename):
        now = run.clusters.filter(uid=change.cluster_uid).values_list("name", flat=True).first()
        was = change.before if side == "after" else change.after
        values = [f"{was.name} is now called {now}"]
    elif isinstance(change, Merge):
        values = _merges(run, change)
    else:
        values = [change.label]
    told = "; ".join(values[:MOST_NAMED])
    more = f"; and {len(values) - MOST_NAMED} more" if len(values) > MOST_NAMED else ""
    return f"this was changed by {actor} since the page was drawn: {told}{more}. Decide again"


def _decision(correction: Correction) -> tuple[Correction, Side]:
    """Return the decision that was made, undone or redone, and the side that it left."""
    if correction.target is None:
        return correction, "after"
    if correction.target.target is None:
        return correction.target, "before"
    return correction.target.target, "after"


def _moves(run: Run, change: Move | Restore, side: Side, domain_ids: Collection[int]) -> list[str]:
    rows = run.assignments.filter(domain__in=domain_ids).select_related("domain")
    clusters = {one.pk: one for one in run.clusters.all()}
    by_uid = {str(one.uid): one for one in clusters.values()}
    reviews = change.before if side == "after" else change.reviews_after()
    values = []
    for row in rows.order_by("domain__name"):
        was = reviews[row.domain_id]
        machine = clusters.get(row.bound_cluster_id or row.cluster_id or 0)
        shown = by_uid.get(was.cluster_uid or "") if was.reviewed_at else machine
        now = clusters.get(row.corrected_cluster_id or 0)
        before = _place(shown, is_ignored=was.is_ignored)
        after = _place(now, is_ignored=row.is_ignored)
        values.append(f"{row.domain.name} was {before}, is {after}")
    return values


def _place(cluster: Cluster | None, *, is_ignored: bool) -> str:
    if is_ignored:
        return "ignored"
    return f"in {cluster.name if cluster else 'the outliers'}"


def _merges(run: Run, change: Merge) -> list[str]:
    merged = run.clusters.filter(uid__in=list(change.clusters)).select_related("merged_into")
    return [
        f"{one.name} is now {f'part of {one.merged_into.name}' if one.merged_into else 'apart'}"
        for one in merged
    ]
