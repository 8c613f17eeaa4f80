"""Keeps the members of clusters that people locked as complete, in every later run."""

from collections.abc import Iterable, Mapping

from clustering.models import Cluster, Note, Run
from clustering.pipeline.alignment import OldMember
from clustering.services.runs import moves

ROWS_PER_INSERT = 2_000


def keep(run: Run, old: Mapping[str, OldMember], before: Iterable[Cluster]) -> None:
    """Give each locked cluster the members that it had, and no others but those people chose.

    What the machine would have added to one is an outlier, or a cluster of its own if it is
    several logos of one group.

    Args:
        old: the members of the last run by domain.
        before: the clusters of the last run.
    """
    locked = {one.uid for one in before if one.is_locked}
    if not locked:
        return
    clusters = run.clusters.filter(uid__in=locked)
    clusters.update(is_locked=True)
    target_of = {str(uid): pk for uid, pk in clusters.values_list("uid", "pk")}
    homes = {
        name: target_of[one.corrected]
        for name, one in old.items()
        if one.corrected in target_of and not one.is_decided
    }
    moves.save(run, _moves(run, homes, set(target_of.values())))


def locked_with_members(old: Mapping[str, OldMember], before: Iterable[Cluster]) -> list[Cluster]:
    """Return the locked clusters of the last run that hold any domain."""
    locked = [one for one in before if one.is_locked]
    held = {one.corrected for one in old.values()} if locked else set()
    return [one for one in locked if str(one.uid) in held]


def take_over_notes(run: Run, previous: Run) -> None:
    """Copy the notes of the last run."""
    notes = [
        Note(run=run, cluster_uid=one.cluster_uid, domain_id=one.domain_id, text=one.text)
        for one in previous.notes.all()
    ]
    Note.objects.bulk_create(notes, batch_size=ROWS_PER_INSERT)


def _moves(run: Run, homes: Mapping[str, int], locked: set[int]) -> dict[int, int | None]:
    moved: dict[int, int | None] = {}
    strangers: dict[int | None, list[int]] = {}
    rows = run.assignments.filter(reviewed_at=None).order_by("domain__name")
    columns = ("domain_id", "domain__name", "cluster_id", "corrected_cluster_id")
    for domain_id, name, group, held in rows.values_list(*columns).iterator():
        if name in homes:
            if held != homes[name]:
                moved[domain_id] = homes[name]
        elif held in locked:
            strangers.setdefault(group, []).append(domain_id)
    for domain_ids in strangers.values():
        target = moves.new_cluster(run, domain_ids) if len(domain_ids) > 1 else None
        moved |= dict.fromkeys(domain_ids, target)
    return moved
