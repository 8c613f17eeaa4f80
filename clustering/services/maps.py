"""The points of a run's map: one per distinct logo, however many domains show it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from django.db.models import Count
from numpy.typing import NDArray

from clustering.models import Answer, Cluster, Run
from clustering.services.galleries import effective

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
    # Columns, not models: a hundred thousand of those take seconds to make.
    rows = list(
        run.assignments.filter(x__isnull=False, y__isnull=False)
        .annotate(held=effective(answer))
        .order_by("domain__name")
        .values_list("logo_id", "domain__name", "held", "x", "y", "logo__sha256", "logo__ground")
    )
    legend = list(run.clusters.annotate(n=Count("assignments")).order_by("-n", "number"))
    places = {cluster.pk: place for place, cluster in enumerate(legend)}
    domains: dict[int, list[str]] = {}
    for logo_id, name, *_ in rows:
        domains.setdefault(logo_id, []).append(name)
    firsts = {row[0]: row for row in reversed(rows)}
    shown = [firsts[logo_id] for logo_id in domains]
    return MapPoints(
        x=np.array([row[3] for row in shown], np.float32),
        y=np.array([row[4] for row in shown], np.float32),
        n_domains=np.array([len(names) for names in domains.values()], np.int32),
        clusters=np.array([places.get(row[2], OUTLIER) for row in shown], np.int32),
        logos=[row[5] for row in shown],
        grounds=[row[6] for row in shown],
        domains=list(domains.values()),
        legend=legend,
    )
