"""The points of a run's map: one per distinct logo, however many domains show it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from django.db.models import Count
from numpy.typing import NDArray

from clustering.models import Answer, Cluster, Run

OUTLIER = -1


@dataclass(frozen=True)
class MapPoints:
    """Columns of equal length, one row per logo; ``clusters`` index ``legend``, -1 is none."""

    x: NDArray[np.float32]
    y: NDArray[np.float32]
    n_domains: NDArray[np.int32]
    clusters: NDArray[np.int32]
    logos: list[str]
    grounds: list[str]
    domains: list[list[str]]
    legend: Sequence[Cluster]


def points(run: Run, answer: Answer) -> MapPoints:
    """Return every logo that has a place on the map; two queries.

    A logo whose domains people put apart stands with the first of them by name.
    """
    rows = list(
        run.assignments.filter(x__isnull=False, y__isnull=False)
        .select_related("domain", "logo")
        .order_by("domain__name")
    )
    legend = list(run.clusters.annotate(n=Count("assignments")).order_by("-n", "number"))
    places = {cluster.pk: place for place, cluster in enumerate(legend)}
    groups: dict[int, list[int]] = {}
    for index, row in enumerate(rows):
        groups.setdefault(row.logo_id, []).append(index)
    firsts = [rows[group[0]] for group in groups.values()]
    held = [row.cluster_id_by(answer) for row in firsts]
    return MapPoints(
        x=np.array([row.x for row in firsts], np.float32),
        y=np.array([row.y for row in firsts], np.float32),
        n_domains=np.array([len(group) for group in groups.values()], np.int32),
        clusters=np.array([OUTLIER if pk is None else places[pk] for pk in held], np.int32),
        logos=[row.logo.sha256 for row in firsts],
        grounds=[row.logo.ground for row in firsts],
        domains=[[rows[index].domain.name for index in group] for group in groups.values()],
        legend=legend,
    )
