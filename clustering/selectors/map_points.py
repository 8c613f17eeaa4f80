"""Points of a run's map, one per distinct logo."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import numpy as np
from django.db.models import Value
from django.db.models.functions import Coalesce
from numpy.typing import NDArray

from clustering.models import LabelSource, Logo, Run
from clustering.models.run import AssignmentQuerySet, effective

OUTLIER = -1
ROW = np.dtype([("logo", "i8"), ("held", "i8"), ("x", "f4"), ("y", "f4")])


@dataclass(frozen=True)
class MapPoints:
    """Columns of equal length, one row per logo; ``clusters`` index ``legend``, -1 is none."""

    logos: NDArray[np.int64]
    """Ids, ascending; ``MapNames`` has the same order."""
    x: NDArray[np.float32]
    y: NDArray[np.float32]
    n_domains: NDArray[np.int64]
    clusters: NDArray[np.int64]
    legend: Sequence[tuple[str, UUID]]
    """Name and uid of each cluster of the run."""


@dataclass(frozen=True)
class MapNames:
    """Columns of equal length, one row per logo of the map, in the order of the first names."""

    logos: NDArray[np.int64]
    domains: list[list[str]]
    sha256s: list[str]
    is_dark: NDArray[np.bool]
    """Whether the logo needs a dark background."""


def point_columns(run: Run, label_source: LabelSource) -> MapPoints:
    """Return every logo that has a place on the map; two queries.

    A logo whose domains people put apart stands with the first of them by name.
    """
    held = Coalesce(effective(label_source), Value(OUTLIER))
    found = _placed(run).annotate(held=held).values_list("logo_id", "held", "x", "y")
    # Rows go straight into an array: a hundred thousand objects take seconds to make.
    rows = np.fromiter(found.iterator(), ROW)
    logos, firsts, n_domains = np.unique(rows["logo"], return_index=True, return_counts=True)
    shown = rows[firsts]
    legend = list(run.clusters.order_by("pk").values_list("pk", "name", "uid"))
    return MapPoints(
        logos=logos,
        x=shown["x"],
        y=shown["y"],
        n_domains=n_domains,
        clusters=_indices(shown["held"], [pk for pk, *_ in legend]),
        legend=[(name, uid) for _, name, uid in legend],
    )


def point_names(run: Run) -> MapNames:
    """Return domains and image hashes of the points; one query."""
    found = _placed(run).values_list("logo_id", "domain__name", "logo__sha256", "logo__ground")
    domains: dict[int, list[str]] = {}
    looks: dict[int, tuple[str, bool]] = {}
    for logo, name, sha256, ground in found.iterator():
        domains.setdefault(logo, []).append(name)
        looks[logo] = sha256, ground == Logo.Ground.DARK
    return MapNames(
        logos=np.array(list(domains), np.int64),
        domains=list(domains.values()),
        sha256s=[sha256 for sha256, _ in looks.values()],
        is_dark=np.array([is_dark for _, is_dark in looks.values()], np.bool),
    )


def _placed(run: Run) -> AssignmentQuerySet:
    return run.assignments.filter(x__isnull=False, y__isnull=False).order_by("domain__name")


def _indices(held: NDArray[np.int64], clusters: list[int]) -> NDArray[np.int64]:
    """Return the index of each id in the ascending ``clusters``; -1 stays."""
    known = np.array([OUTLIER, *clusters], np.int64)
    return np.searchsorted(known, held).astype(np.int64) - 1
