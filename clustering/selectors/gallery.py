"""What the pages of a run show: clusters as cards, and the counts above them. Only reads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, TypedDict

from django.core.paginator import Page, Paginator
from django.db.models import Case, Count, F, Min, OuterRef, Q, QuerySet, Subquery, When, Window
from django.db.models.expressions import Combinable, Expression
from django.db.models.functions import Coalesce, RowNumber

from clustering.models import Assignment, Cluster, LabelSource, Logo, Run
from clustering.models.run import AssignmentQuerySet, effective

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations

    class _Sized(TypedDict):
        n_members: int

    SizedCluster = WithAnnotations[Cluster, _Sized]

CARDS_PER_PAGE = 60  # about five screens
MONTAGE_TILES = 8
FOUND_AT_ONCE = 8  # what fits under a field without scrolling


class CardOrder(Enum):
    """How a gallery is sorted."""

    SIZE = "size"
    NAME = "name"
    COHESION = "cohesion"
    DOUBTS = "doubts"


ORDERINGS: dict[CardOrder, tuple[str | Expression, ...]] = {
    CardOrder.SIZE: ("-n_members", "number"),
    CardOrder.NAME: ("name", "number"),
    CardOrder.COHESION: (F("cohesion").asc(nulls_last=True), "-n_members", "number"),
}


@dataclass(frozen=True)
class Card:
    """One cluster as a gallery shows it."""

    cluster: Cluster
    n_domains: int
    montage: tuple[Logo, ...]
    """Distinct logos, the medoid first, at most ``MONTAGE_TILES``."""


@dataclass(frozen=True)
class Counts:
    """What a run holds, under one answer."""

    n_domains: int
    n_clusters: int
    n_outliers: int
    n_failed: int


def counts(run: Run, answer: LabelSource) -> Counts:
    """Count domains, clusters that hold any, outliers, and domains without a logo; two queries."""
    held = run.assignments.annotate(held=effective(answer)).aggregate(
        n_domains=Count("pk"),
        n_clusters=Count("held", distinct=True),
        n_clustered=Count("held"),
    )
    n_outliers = held["n_domains"] - held["n_clustered"]
    n_failed = run.dataset.domains.failed().count()
    return Counts(held["n_domains"], held["n_clusters"], n_outliers, n_failed)


def clusters(run: Run, answer: LabelSource, *, text: str = "") -> "QuerySet[SizedCluster]":
    """Return the clusters that hold domains, with ``n_members``; one query when read.

    ``text`` narrows to clusters whose name, or a domain in them, contains it.
    """
    sized = Cluster.objects.filter(run=run).annotate(n_members=_n_members(answer))
    found = sized.filter(n_members__gt=0).select_related("medoid")
    if not text:
        return found
    holding = run.assignments.filter(domain__name__icontains=text).annotate(held=effective(answer))
    held = holding.filter(held__isnull=False).values("held")
    return found.filter(Q(name__icontains=text) | Q(pk__in=held))


def _n_members(answer: LabelSource) -> Combinable:
    """Two look-ups by index per cluster, where one join over both columns multiplies rows."""
    every = Assignment.objects.all()
    if answer is LabelSource.MACHINE:
        return Coalesce(_counted(every.filter(cluster=OuterRef("pk")), "cluster"), 0)
    untouched = every.filter(cluster=OuterRef("pk"), reviewed_at__isnull=True)
    moved = every.filter(human_cluster=OuterRef("pk"))
    return Coalesce(_counted(untouched, "cluster"), 0) + Coalesce(
        _counted(moved, "human_cluster"), 0
    )


def _counted(assignments: AssignmentQuerySet, by: str) -> Subquery:
    return Subquery(assignments.order_by().values(by).annotate(n=Count("pk")).values("n"))


@dataclass(frozen=True)
class GalleryQuery:
    """Which clusters a gallery shows, and in what order."""

    order: CardOrder = CardOrder.SIZE
    text: str = ""
    page: str = "1"
    n_doubts: Mapping[int, int] = field(default_factory=dict)
    """By cluster id, for ``CardOrder.DOUBTS``."""


def gallery_page(
    run: Run, answer: LabelSource, wanted: GalleryQuery
) -> "tuple[Page[SizedCluster], list[Card]]":
    """Return one page of clusters and their cards; four queries at any size."""
    ordered = clusters(run, answer, text=wanted.text).order_by(*_ordering(wanted))
    shown = Paginator(ordered, CARDS_PER_PAGE).get_page(wanted.page)
    return shown, cards(run, answer, list(shown.object_list))


def _ordering(wanted: GalleryQuery) -> tuple[str | Expression, ...]:
    if wanted.order is not CardOrder.DOUBTS:
        return ORDERINGS[wanted.order]
    doubted = [When(pk=pk, then=n_doubts) for pk, n_doubts in wanted.n_doubts.items()]
    if not doubted:  # PostgreSQL takes a bare number in ORDER BY for a column's place
        return ORDERINGS[CardOrder.COHESION]
    return (Case(*doubted, default=0).desc(), *ORDERINGS[CardOrder.COHESION])


def cards(run: Run, answer: LabelSource, shown: "Sequence[SizedCluster]") -> list[Card]:
    """Return a card for each of ``shown`` (from :func:`clusters`); two queries."""
    montages = _montages(run, answer, [cluster.pk for cluster in shown])
    return [
        Card(cluster, cluster.n_members, _led_by_medoid(cluster, montages)) for cluster in shown
    ]


def matching_clusters(run: Run, answer: LabelSource, text: str) -> list[Card]:
    """Return the clusters that a person who typed ``text`` may mean, names before domains."""
    named = clusters(run, answer).filter(name__icontains=text).order_by("-n_members", "number")
    found = list(named[:FOUND_AT_ONCE])
    if len(found) < FOUND_AT_ONCE and text:
        seen = [cluster.pk for cluster in found]
        others = clusters(run, answer, text=text).exclude(pk__in=seen).order_by("-n_members")
        found += list(others[: FOUND_AT_ONCE - len(found)])
    return [Card(one, one.n_members, (one.medoid,) if one.medoid else ()) for one in found]


def _led_by_medoid(cluster: Cluster, montages: dict[int, list[Logo]]) -> tuple[Logo, ...]:
    """Put the medoid first, but only where the cluster still shows it."""
    logos = montages.get(cluster.pk, [])
    return tuple(sorted(logos, key=lambda logo: logo.pk != cluster.medoid_id))


def _montages(run: Run, answer: LabelSource, cluster_ids: Sequence[int]) -> dict[int, list[Logo]]:
    """Return distinct logos per cluster, its medoid and best members first; two queries."""
    in_shown = run.assignments.annotate(held=effective(answer)).filter(held__in=cluster_ids)
    # One assignment stands for all of the cluster that show the same logo.
    firsts = in_shown.order_by().values("held", "logo_id").annotate(first=Min("pk"))
    is_medoid = Case(When(logo_id=F("cluster__medoid_id"), then=0), default=1)
    place = Window(
        RowNumber(),
        partition_by=[effective(answer)],
        order_by=[is_medoid, F("probability").desc(), F("pk").asc()],
    )
    ranked = Assignment.objects.filter(pk__in=firsts.values("first")).annotate(
        held=effective(answer), place=place
    )
    pairs = list(ranked.filter(place__lte=MONTAGE_TILES).values_list("held", "logo_id", "place"))
    logos = Logo.objects.in_bulk({logo_id for _, logo_id, _ in pairs})
    montages: dict[int, list[Logo]] = {}
    for cluster_id, logo_id, _ in sorted(pairs, key=lambda pair: (pair[0], pair[2])):
        montages.setdefault(cluster_id, []).append(logos[logo_id])
    return montages
