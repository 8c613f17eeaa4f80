"""Clusters beside each other: those to compare, and those most similar to one of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from clustering.models import Assignment, Cluster, LabelSource, Run
from clustering.selectors import gallery, similarity
from clustering.selectors.cluster_search import SIZE_COLUMNS
from clustering.selectors.gallery import Card

MOST_COMPARED: Final = 12
N_SIMILAR: Final = 8
EXEMPLARS: Final = 4  # logos of a cluster whose neighbours are looked at
FEW_CLUSTERS: Final = 2_000  # of so many, all medoids are compared


@dataclass(frozen=True)
class SimilarCluster:
    """A cluster like another one."""

    card: Card
    score: float
    """Cosine of the medoids."""


def compared(run: Run, label_source: LabelSource, numbers: Iterable[int]) -> list[Card]:
    """Return cards of the clusters with these numbers, largest first; three queries."""
    wanted = sorted(set(numbers))[:MOST_COMPARED]
    found = gallery.clusters(run, label_source).filter(number__in=wanted)
    size = SIZE_COLUMNS[label_source]
    return gallery.cards(run, label_source, list(found.order_by(f"-{size}", "number")))


def similar(
    run: Run, label_source: LabelSource, cluster: Cluster, *, without: Sequence[int] = ()
) -> list[SimilarCluster]:
    """Return the clusters whose medoids are nearest to that of ``cluster``, best first.

    Candidates are the clusters of the neighbours of its logos, and in a run of few clusters all.
    About ten queries.
    """
    left_out = {cluster.pk, *without}
    others = gallery.clusters(run, label_source).exclude(pk__in=left_out)
    if run.n_clusters > FEW_CLUSTERS:
        others = others.filter(pk__in=_beside(run, cluster) - left_out)
    by_medoid = {one.medoid_id: one for one in others if one.medoid_id is not None}
    scores = similarity.similarity_to(run, cluster.medoid, sorted(by_medoid))
    best = sorted(scores, key=lambda medoid: (-scores[medoid], medoid))[:N_SIMILAR]
    cards = gallery.cards(run, label_source, [by_medoid[medoid] for medoid in best])
    return [SimilarCluster(card, scores[medoid]) for card, medoid in zip(cards, best, strict=True)]


def _beside(run: Run, cluster: Cluster) -> set[int]:
    """Return the clusters of the nearest neighbours of some logos of a cluster."""
    members = run.assignments.members_of(cluster).order_by("-similarity", "logo_id", "id")
    logos = list(dict.fromkeys(members.values_list("logo_id", flat=True)[: 8 * EXEMPLARS]))
    near = {
        pk
        for logo in {*logos[:EXEMPLARS], *logos[-EXEMPLARS:]}
        for pk in similarity.listed_neighbours(run, logo) or ()
    }
    held = Assignment.objects.of_logos(run, near).exclude(corrected_cluster_id=None)
    return {pk for pk in held.values_list("corrected_cluster_id", flat=True) if pk}
