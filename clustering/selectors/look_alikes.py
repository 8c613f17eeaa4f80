"""Clusters that look like another one and are kept apart: by the clusterer or by a rule."""

from dataclasses import dataclass
from typing import Final

from clustering.models import Assignment, Cluster, Domain, PairRule, Run
from clustering.selectors import similarity

N_ASKED: Final = 2  # members whose nearest logos are looked at, besides the medoid
MOST: Final = 6


@dataclass(frozen=True)
class LookAlike:
    """Another cluster, with its most similar logo and the member that it resembles."""

    cluster: Cluster
    member: Domain
    other: Assignment
    score: float
    is_by_rule: bool
    """A person said that some logos of the two are of different brands."""


def look_alikes(run: Run, cluster: Cluster) -> list[LookAlike]:
    """Return other clusters with a logo near to the medoid or to the least similar members.

    Near is twice the distance up to which logos are grouped. At most fifteen queries.
    """
    members = run.assignments.members_of(cluster).select_related("domain", "logo")
    asked = {row.logo_id: row for row in members.order_by("similarity", "id")[:N_ASKED]}
    asked |= {row.logo_id: row for row in members.filter(logo=cluster.medoid_id)[:1]}
    reach = 2.0 * run.distances.threshold
    near: dict[int, tuple[float, Assignment]] = {}
    for asked_id, logo_id, score in similarity.stored_neighbours(run, list(asked)):
        row = asked[asked_id]
        if 1.0 - score <= reach and score > near.get(logo_id, (-1.0, row))[0]:
            near[logo_id] = score, row
    found: dict[int, LookAlike] = {}
    others = Assignment.objects.of_logos(run, near).filter(corrected_cluster_id__isnull=False)
    others = others.exclude(corrected_cluster_id=cluster.pk).select_related("domain", "logo")
    clusters = run.clusters.in_bulk({row.corrected_cluster_id for row in others})
    ruled = _ruled(run, cluster)
    for other in others.order_by("domain__name"):
        pk = other.corrected_cluster_id or 0
        score, row = near[other.logo_id]
        if pk not in found or score > found[pk].score:
            found[pk] = LookAlike(clusters[pk], row.domain, other, score, pk in ruled)
    ranked = sorted(found.values(), key=lambda one: (-one.score, one.cluster.number))
    return ranked[:MOST]


def _ruled(run: Run, cluster: Cluster) -> set[int]:
    """Return the clusters that hold the other side of a rule for different brands."""
    own = run.assignments.members_of(cluster).values("domain_id")
    rules = run.pair_rules.filter(kind=PairRule.Kind.DIFFERENT)
    ids = {
        *rules.filter(first__in=own).values_list("second_id", flat=True),
        *rules.filter(second__in=own).values_list("first_id", flat=True),
    }
    held = run.assignments.filter(domain__in=ids, corrected_cluster_id__isnull=False)
    return {pk for pk in held.values_list("corrected_cluster_id", flat=True) if pk}
