"""The decisions in force of a run as a curation file."""

from collections.abc import Collection, Generator, Iterable
from uuid import UUID

from django.db.models import Q

from clustering.models import Cluster, LabelSource, Run
from clustering.pipeline import curation_file
from clustering.pipeline.curation_file import (
    CurationFile,
    FileCluster,
    FileLabels,
    FileMerge,
    FileName,
    FileNote,
    FileRule,
)
from clustering.selectors.streaming import snapshot


def curation_json(
    run: Run,
    label_source: LabelSource = LabelSource.CORRECTED,
) -> Generator[bytes, None, None]:
    """Yield the curation file of a run; by either label source, the decisions are the same."""
    with snapshot():
        head: dict[str, object] = {
            "dataset": {"name": run.dataset.name, "slug": run.dataset.slug},
            "run": run.slug,
        }
        yield curation_file.write(document(run), head)


def document(run: Run) -> CurationFile:
    """Return the decisions in force; loads the clusters that they name alone. Six queries."""
    placed: dict[int, list[str]] = {}
    removals: list[str] = []
    ignored: list[str] = []
    reviewed = run.assignments.reviewed().order_by("domain__name")
    for name, pk, is_ignored in reviewed.values_list(
        "domain__name", "human_cluster_id", "is_ignored"
    ):
        if pk is not None:
            placed.setdefault(pk, []).append(name)
        else:
            (ignored if is_ignored else removals).append(name)
    notes = list(run.notes.select_related("domain").order_by("pk"))
    noted = {one.cluster_uid for one in notes}
    clusters = _with_logos(_decided_clusters(run, placed, noted))
    uids = {None, *(one.uid for one in clusters.values())}
    labels = {clusters[pk]: names for pk, names in sorted(placed.items())}
    merges: dict[int, list[Cluster]] = {}
    for one in clusters.values():
        if one.merged_into_id is not None:
            merges.setdefault(one.merged_into_id, []).append(one)
    made = [one for one in clusters.values() if one.n_members or one.merged_into_id]
    named = [one for one in made if one.name_source == Cluster.NameSource.HUMAN]
    locked = [one for one in clusters.values() if one.is_locked]
    used = {*labels, *named, *locked, *(one for some in merges.values() for one in some)}
    used |= {clusters[pk] for pk in merges}
    used |= {one for one in clusters.values() if one.uid in noted}
    return CurationFile(
        schema=curation_file.SCHEMA,
        clusters=_clusters(run, used),
        merges=[
            FileMerge(into=str(clusters[pk].uid), clusters=[str(one.uid) for one in some])
            for pk, some in sorted(merges.items())
        ],
        splits=_labels(labels, is_handmade=True),
        labels=_labels(labels, is_handmade=False),
        removals=removals,
        ignored=ignored,
        names=[FileName(cluster=str(one.uid), name=one.name) for one in named],
        locks=[str(one.uid) for one in locked],
        notes=[
            FileNote(
                text=one.text,
                cluster=str(one.cluster_uid) if one.cluster_uid else None,
                domain=one.domain.name if one.domain else None,
            )
            for one in notes
            if one.cluster_uid in uids
        ],
        rules=_rules(run),
    )


def _decided_clusters(
    run: Run, placed: Collection[int], noted: Collection[UUID | None]
) -> dict[int, Cluster]:
    """Return the clusters about which there is a decision, by number; targets of merges too."""
    decided = run.clusters.filter(
        Q(name_source=Cluster.NameSource.HUMAN)
        | Q(is_locked=True)
        | Q(merged_into__isnull=False)
        | Q(pk__in=placed)
        | Q(uid__in=noted)
    )
    keys = {pk for pair in decided.values_list("pk", "merged_into_id") for pk in pair if pk}
    return {one.pk: one for one in run.clusters.filter(pk__in=keys).order_by("number")}


def _with_logos(clusters: dict[int, Cluster]) -> dict[int, Cluster]:
    """Leave out rows that nothing can be in: no group of the machine, and no logo that was moved.

    Such a row stays where the making of a cluster is undone, or its logos are moved on; a later
    run has none. A merged cluster is left out with all of its parts.
    """
    held = {pk: one for pk, one in clusters.items() if one.n_members or one.size}
    homes = {*held, *(one.merged_into_id for one in held.values())}
    return {pk: one for pk, one in clusters.items() if {pk, one.merged_into_id} & homes - {None}}


def _labels(labels: dict[Cluster, list[str]], *, is_handmade: bool) -> list[FileLabels]:
    return [
        FileLabels(cluster=str(cluster.uid), domains=names)
        for cluster, names in labels.items()
        if cluster.is_handmade == is_handmade
    ]


def _clusters(run: Run, used: Iterable[Cluster]) -> list[FileCluster]:
    ordered = sorted(used, key=lambda one: one.number)
    members: dict[int, list[str]] = {one.pk: [] for one in ordered}
    rows = run.assignments.filter(cluster__in=list(members)).order_by("domain__name")
    for pk, name in rows.values_list("cluster_id", "domain__name"):
        members[pk or 0].append(name)
    return [
        FileCluster(id=str(one.uid), name=one.name, members=members[one.pk]) for one in ordered
    ]


def _rules(run: Run) -> list[FileRule]:
    rows = run.pair_rules.order_by("first__name", "second__name")
    return [
        FileRule(kind="same" if kind == "same" else "different", domains=[first, second])
        for kind, first, second in rows.values_list("kind", "first__name", "second__name")
    ]
