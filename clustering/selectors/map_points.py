"""Points of a run's map, one per distinct logo, with names for hovering and search.

A large map is sent in parts: a sample of it, which is drawn at once, and the rest.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Final
from uuid import UUID

import numpy as np
from django.db.models import F, Value
from django.db.models.functions import Coalesce, Mod
from numpy.typing import NDArray

from clustering.models import Assignment, LabelSource, Logo, Run
from clustering.models.run import AssignmentQuerySet, effective
from clustering.selectors.search import matching
from clustering.selectors.streaming import ROWS_PER_CHUNK
from clustering.selectors.words import is_asked

OUTLIER = -1
MOST_AT_ONCE: Final = 100_000  # domains of a map that is sent whole, and drawn by Plotly
N_FIRST: Final = 60_000  # domains of the first part of a larger one, about 1 MB
MOST_DRAWN: Final = 1_500_000  # domains; of more, a sample is drawn
MAX_MATCHES = 5_000
PLACED: Final = {"x__isnull": False, "y__isnull": False, "is_ignored": False}
ROW = np.dtype([("logo", "i8"), ("held", "i8"), ("x", "f4"), ("y", "f4")])


@dataclass(frozen=True)
class MapPart:
    """Logos whose id leaves a remainder from ``first`` up to ``last`` when divided by ``of``.

    So a part is a sample of all clusters, and no two share a logo.
    """

    of: int = 1
    first: int = 0
    last: int = 0


WHOLE: Final = MapPart()


@dataclass(frozen=True)
class MapPoints:
    """Columns of equal length, one row per logo; ``clusters`` index ``legend``, -1 is none."""

    logos: NDArray[np.int64]
    """Ids, ascending; ``MapNames`` has the same order."""
    x: NDArray[np.float32]
    y: NDArray[np.float32]
    n_domains: NDArray[np.int64]
    clusters: NDArray[np.int64]
    legend: Sequence[tuple[str, UUID, int]]
    """Name, uid and number of each cluster with a logo here."""
    medoids: NDArray[np.int64]
    """Row of the medoid of each cluster of the legend; -1 if it is not here."""


@dataclass(frozen=True)
class MapNames:
    """Columns of equal length, one row per logo of the map, in the order of the first names."""

    logos: NDArray[np.int64]
    domains: list[list[str]]
    words: list[str]
    """Read in the logo, a space before each."""


@dataclass(frozen=True)
class PointLabel:
    """Name and image of a map point."""

    domain: str
    sha256: str
    is_dark: bool
    """Whether the logo needs a dark background."""


@dataclass(frozen=True)
class Matches:
    """Logos with a domain that contains a text."""

    n: int
    logos: NDArray[np.int64]
    """Ids, ascending, at most ``MAX_MATCHES``."""


def parts(run: Run) -> list[MapPart]:
    """Return the parts in which the map of a run is sent: itself, or a small one and the rest."""
    if run.n_assigned <= MOST_AT_ONCE:
        return [WHOLE]
    n_parts = ceil(run.n_assigned / N_FIRST)
    return [MapPart(n_parts), MapPart(n_parts, 1, min(n_parts, MOST_DRAWN // N_FIRST) - 1)]


def point_columns(run: Run, label_source: LabelSource, part: MapPart = WHOLE) -> MapPoints:
    """Return the logos of a part of the map; two queries.

    A logo whose domains are in different clusters has the cluster of the one imported first.
    """
    held = Coalesce(effective(label_source), Value(OUTLIER))
    placed = _placed(run).annotate(held=held, remainder=Mod("logo_id", part.of))
    if part != WHOLE:
        placed = placed.filter(remainder__range=(part.first, part.last))
    found = placed.values_list("logo_id", "held", "x", "y")
    # Rows go straight into an array: a hundred thousand objects take seconds to make.
    rows = np.fromiter(found.order_by("domain_id").iterator(ROWS_PER_CHUNK), ROW)
    logos, firsts, n_domains = np.unique(rows["logo"], return_index=True, return_counts=True)
    shown = rows[firsts]
    filled = np.unique(shown["held"][shown["held"] != OUTLIER])
    clusters = run.clusters.filter(pk__among=filled.tolist()).order_by("pk")
    legend = list(clusters.values_list("name", "uid", "number", "medoid_id"))
    return MapPoints(
        logos=logos,
        x=shown["x"],
        y=shown["y"],
        n_domains=n_domains,
        clusters=np.searchsorted([OUTLIER, *filled], shown["held"]).astype(np.int64) - 1,
        legend=[(name, uid, number) for name, uid, number, _ in legend],
        medoids=_rows_of(logos, [medoid or 0 for *_, medoid in legend]),
    )


def point_labels(run: Run, logo_ids: Sequence[int]) -> dict[int, PointLabel]:
    """Return the first domain by name of each of these logos of the map; one query."""
    columns = ("logo_id", "domain__name", "logo__sha256", "logo__ground")
    found = Assignment.objects.of_logos(run, logo_ids).filter(**PLACED).order_by("domain__name")
    labels: dict[int, PointLabel] = {}
    for logo, name, sha256, ground in found.values_list(*columns).iterator():
        labels.setdefault(logo, PointLabel(name, sha256, ground == Logo.Ground.DARK))
    return labels


def logos_of(run: Run, domain_ids: Sequence[int]) -> NDArray[np.int64]:
    """Return the logos of the map that these domains show, ascending; one query."""
    found = _placed(run).filter(domain_id__in=domain_ids).values_list("logo_id", flat=True)
    return np.unique(np.fromiter(found.iterator(ROWS_PER_CHUNK), np.int64))


def matches(run: Run, text: str) -> Matches:
    """Return the logos of the map that have the words of ``text``; two queries."""
    found = matching(run, text).filter(x__isnull=False, y__isnull=False)
    logos = np.unique(np.fromiter(found.values_list("logo_id", flat=True).iterator(), np.int64))
    return Matches(len(logos), logos[:MAX_MATCHES])


def point_names(run: Run) -> MapNames:
    """Return domains and words of the points; two queries."""
    words = F("logo__words__text") if is_asked(run.dataset_id) else Value("")
    columns = ("logo_id", "domain__name", "read")
    found = _placed(run).annotate(read=words).order_by("domain__name").values_list(*columns)
    domains: dict[int, list[str]] = {}
    words_in: dict[int, str] = {}
    for logo, name, read in found.iterator():
        domains.setdefault(logo, []).append(name)
        words_in[logo] = read or ""
    return MapNames(
        logos=np.array(list(domains), np.int64),
        domains=list(domains.values()),
        words=list(words_in.values()),
    )


def _placed(run: Run) -> AssignmentQuerySet:
    return run.assignments.filter(**PLACED)


def _rows_of(logos: NDArray[np.int64], wanted: Sequence[int]) -> NDArray[np.int64]:
    """Return the row of each wanted logo in the ascending ``logos``; -1 if it is not there."""
    if not len(logos):
        return np.full(len(wanted), -1)
    ids = np.array(wanted, np.int64)
    rows = np.minimum(np.searchsorted(logos, ids), len(logos) - 1)
    return np.where(logos[rows] == ids, rows, -1)
