"""Clusters of a run as gallery cards, and the run's counts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from django.db.models import Case, F, Min, QuerySet, Value, When, Window
from django.db.models.functions import Coalesce, RowNumber

from clustering.models import Assignment, Cluster, Domain, LabelSource, Logo, Run
from clustering.models.run import effective
from clustering.pipeline.imaging import montage
from clustering.selectors.cluster_search import SIZE_COLUMNS, matches, matching_page
from clustering.selectors.pages import KeysetPage, Sort, keyset_page
from clustering.selectors.progress import n_by_status

CARDS_PER_PAGE = 60  # about five screens
MONTAGE_TILES = 8
ROWS_OF_MONTAGE = 24  # enough for the distinct logos of most clusters
BEYOND_COHESION = Value(2.0)  # clusters without a cohesion come last
FOUND_AT_ONCE = 8  # what fits under a field without scrolling


class CardOrder(Enum):
    """Sort order of a gallery."""

    SIZE = "size"
    NAME = "name"
    COHESION = "cohesion"
    LABEL_ERRORS = "doubts"


@dataclass(frozen=True)
class Card:
    """One cluster as a gallery shows it."""

    cluster: Cluster
    n_domains: int
    montage: tuple[Logo, ...] = ()
    """Distinct logos, the medoid first, at most ``MONTAGE_TILES``; empty in the gallery, whose
    cards show one picture (:func:`montage_logos`)."""


@dataclass(frozen=True)
class Counts:
    """Number of domains, clusters, outliers and failures of a run."""

    n_domains: int
    """Without ignored ones."""
    n_clusters: int
    n_outliers: int
    n_ignored: int
    n_failed: int


def counts(run: Run, label_source: LabelSource) -> Counts:
    """Return the kept counts of a run; one query for the domains without a logo."""
    is_machine = label_source is LabelSource.MACHINE
    return Counts(
        n_domains=run.n_assigned if is_machine else run.n_assigned - run.n_ignored,
        n_clusters=run.n_machine_clusters if is_machine else run.n_clusters,
        n_outliers=run.n_machine_outliers if is_machine else run.n_outliers,
        n_ignored=0 if is_machine else run.n_ignored,
        n_failed=n_by_status(run.dataset).get(Domain.Status.FAILED, 0),
    )


def clusters(run: Run, label_source: LabelSource, *, text: str = "") -> QuerySet[Cluster]:
    """Return the clusters that hold domains; one query when read.

    ``text`` narrows to clusters whose name, or a domain in them, contains it.
    """
    size = SIZE_COLUMNS[label_source]
    found = Cluster.objects.filter(run=run, **{f"{size}__gt": 0}).select_related("medoid")
    if not text:
        return found
    return found.filter(matches(run, label_source, text))


def size_of(cluster: Cluster, label_source: LabelSource) -> int:
    """Return how many domains a cluster holds."""
    return cluster.size if label_source is LabelSource.MACHINE else cluster.n_members


@dataclass(frozen=True)
class GalleryQuery:
    """Filter, order and page of a gallery."""

    order: CardOrder = CardOrder.SIZE
    text: str = ""
    page: str = ""
    n_label_errors: Mapping[int, int] = field(default_factory=dict)
    """By cluster id, for ``CardOrder.LABEL_ERRORS``."""


def gallery_page(
    run: Run, label_source: LabelSource, wanted: GalleryQuery
) -> tuple[KeysetPage[Cluster], list[Card]]:
    """Return one page of clusters and their cards; one query, eight at most with a text."""
    found: QuerySet[Any] = clusters(run, label_source).select_related(None)
    if wanted.order is CardOrder.LABEL_ERRORS and wanted.n_label_errors:
        found = found.annotate(n_label_errors=_n_label_errors(wanted.n_label_errors))
    found = found.annotate(sorted_cohesion=Coalesce("cohesion", BEYOND_COHESION))
    order = _order(wanted, label_source)
    size = CARDS_PER_PAGE
    if wanted.text:
        page = matching_page(
            run, label_source, found, wanted.text, order, token=wanted.page, size=size
        )
    else:
        is_machine = label_source is LabelSource.MACHINE
        n_clusters = run.n_machine_clusters if is_machine else run.n_clusters
        page = keyset_page(found, order, token=wanted.page, size=size, count=n_clusters)
    return page, [Card(one, size_of(one, label_source)) for one in page.rows]


def _order(wanted: GalleryQuery, label_source: LabelSource) -> tuple[Sort, ...]:
    by_size = (Sort(SIZE_COLUMNS[label_source], is_descending=True), Sort("number"))
    if wanted.order is CardOrder.SIZE:
        return by_size
    if wanted.order is CardOrder.NAME:
        return (Sort("name"), Sort("number"))
    by_cohesion = (Sort("sorted_cohesion"), *by_size)
    if wanted.order is CardOrder.LABEL_ERRORS and wanted.n_label_errors:
        return (Sort("n_label_errors", is_descending=True), *by_cohesion)
    return by_cohesion


def _n_label_errors(n_label_errors: Mapping[int, int]) -> Case:
    doubted = [When(pk=pk, then=n) for pk, n in n_label_errors.items()]
    return Case(*doubted, default=0)


def cards(run: Run, label_source: LabelSource, shown: Sequence[Cluster]) -> list[Card]:
    """Return a card for each of ``shown`` (from :func:`clusters`); two queries."""
    montages = _montages(run, label_source, [cluster.pk for cluster in shown])
    return [
        Card(cluster, size_of(cluster, label_source), _led_by_medoid(cluster, montages))
        for cluster in shown
    ]


def montage_logos(run: Run, cluster: Cluster, label_source: LabelSource) -> list[Logo]:
    """Return distinct logos of a cluster for its picture, the medoid first, then the nearest.

    Usually one query; each further one passes over the copies of the logos found so far.
    """
    members = run.assignments.members_of(cluster, label_source).select_related("logo")
    is_machine = label_source is LabelSource.MACHINE
    nearest_first = members.order_by("outlier_score" if is_machine else "-similarity", "id")
    found: dict[int, Logo] = {}
    while len(found) < montage.MAX_LOGOS:
        rows = list(nearest_first.exclude(logo__in=found)[:ROWS_OF_MONTAGE])
        if not rows:
            break
        found |= {row.logo_id: row.logo for row in rows}
    logos = sorted(found.values(), key=lambda logo: logo.pk != cluster.medoid_id)
    return logos[: montage.MAX_LOGOS]


def matching_clusters(run: Run, label_source: LabelSource, text: str) -> list[Card]:
    """Return clusters that match ``text``, by name before by domain."""
    size = SIZE_COLUMNS[label_source]
    named = clusters(run, label_source).filter(name__icontains=text).order_by(f"-{size}", "number")
    found = list(named[:FOUND_AT_ONCE])
    if len(found) < FOUND_AT_ONCE and text:
        seen = [cluster.pk for cluster in found]
        others = clusters(run, label_source).exclude(pk__in=seen)
        order, n_left = (Sort(size, is_descending=True), Sort("number")), FOUND_AT_ONCE - len(seen)
        found += matching_page(run, label_source, others, text, order, token="", size=n_left).rows
    return [
        Card(one, size_of(one, label_source), (one.medoid,) if one.medoid else ()) for one in found
    ]


def _led_by_medoid(cluster: Cluster, montages: dict[int, list[Logo]]) -> tuple[Logo, ...]:
    """Put the medoid first, but only where the cluster still shows it."""
    logos = montages.get(cluster.pk, [])
    return tuple(sorted(logos, key=lambda logo: logo.pk != cluster.medoid_id))


def _montages(
    run: Run, label_source: LabelSource, cluster_ids: Sequence[int]
) -> dict[int, list[Logo]]:
    """Return distinct logos per cluster, its medoid and best members first; two queries."""
    in_shown = run.assignments.annotate(held=effective(label_source)).filter(held__in=cluster_ids)
    # One assignment per cluster and logo.
    firsts = in_shown.order_by().values("held", "logo_id").annotate(first=Min("pk"))
    is_medoid = Case(When(logo_id=F("cluster__medoid_id"), then=0), default=1)
    place = Window(
        RowNumber(),
        partition_by=[effective(label_source)],
        order_by=[is_medoid, F("probability").desc(), F("pk").asc()],
    )
    ranked = Assignment.objects.filter(pk__in=firsts.values("first")).annotate(
        held=effective(label_source), place=place
    )
    pairs = list(ranked.filter(place__lte=MONTAGE_TILES).values_list("held", "logo_id", "place"))
    logos = Logo.objects.in_bulk({logo_id for _, logo_id, _ in pairs})
    montages: dict[int, list[Logo]] = {}
    for cluster_id, logo_id, _ in sorted(pairs, key=lambda pair: (pair[0], pair[2])):
        montages.setdefault(cluster_id, []).append(logos[logo_id])
    return montages
