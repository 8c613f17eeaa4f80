"""Logo tiles of a cluster, of outliers and of one domain."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import pairwise
from typing import Any, Final

from django.db.models import Count, Min, Prefetch, QuerySet

from clustering.models import Assignment, Capture, Cluster, Domain, LabelSource, Logo, Run
from clustering.selectors import similarity
from clustering.selectors.pages import KeysetPage, Sort, capped_count, keyset_page, named
from clustering.selectors.similarity import SuggestedCluster, suggestions

TILES_PER_PAGE = 120
OUTLIERS_PER_PAGE = 48
CHECKED = 24  # logos in the strip of members far from the medoid
FEWEST_TO_CHECK = 3
MOST_COPIES: Final = 500  # domains of one picture that are listed at once


class OutlierOrder(Enum):
    """How outliers are sorted."""

    LIKELY = "likely"
    NAME = "name"


@dataclass(frozen=True)
class Tile:
    """One picture of a cluster, with the domains that show it."""

    assignment: Assignment
    """Of the domain that was imported first."""
    n: int
    """Number of domains."""
    pick: str
    """Names them in a selection, see :mod:`clustering.selectors.picks`."""
    similarity: float | None
    """Cosine to the medoid; None without a vector."""


@dataclass(frozen=True)
class CheckedLogo:
    """One distinct logo of the strip, with the domains of the cluster that show it."""

    logo: Logo
    domains: tuple[Domain, ...]
    similarity: float
    pick: str


@dataclass(frozen=True)
class CheckStrip:
    """The members farthest from the medoid, farthest first, split at the largest gap."""

    beyond: tuple[CheckedLogo, ...]
    within: tuple[CheckedLogo, ...]

    @property
    def picks(self) -> list[str]:
        """The pictures beyond the gap."""
        return [logo.pick for logo in self.beyond]


@dataclass(frozen=True)
class Outlier:
    """A picture of outliers and its nearest clusters."""

    assignment: Assignment
    n: int
    """Number of domains."""
    pick: str
    suggestions: list[SuggestedCluster]


@dataclass(frozen=True)
class Neighbour:
    """A logo similar to another."""

    assignment: Assignment
    score: float


def members(
    run: Run, cluster: Cluster, label_source: LabelSource, token: str
) -> tuple[KeysetPage[dict[str, Any]], list[Tile]]:
    """Return one page of a cluster's pictures, nearest to the medoid first; three queries."""
    rows = run.assignments.members_of(cluster, label_source)
    order = _by_similarity(label_source)
    groups = _pictures(rows, order[0].column)
    page = keyset_page(groups, order, token=token, size=TILES_PER_PAGE, count=capped_count(groups))
    return page, [
        Tile(row, n, pick_of(row.logo_id, cluster), _similarity(row, label_source))
        for row, n in _firsts(page.rows)
    ]


def _pictures(rows: QuerySet[Assignment], column: str) -> QuerySet[Any, dict[str, Any]]:
    """Group rows by picture, and by the column of their order, which copies share."""
    groups = rows.order_by().values(column, "logo_id")
    found: QuerySet[Any, dict[str, Any]] = groups.annotate(first=Min("id"), n=Count("id"))
    return found


def _firsts(groups: Sequence[Mapping[str, Any]]) -> list[tuple[Assignment, int]]:
    """Return the first assignment and the number of domains of each picture; one query."""
    n_of: dict[int, int] = {}
    first_of: dict[int, int] = {}
    for group in groups:  # the last bits of a cosine may differ between copies
        n_of[group["logo_id"]] = n_of.get(group["logo_id"], 0) + group["n"]
        first_of.setdefault(group["logo_id"], group["first"])
    shown = Assignment.objects.select_related("logo", "domain").in_bulk(list(first_of.values()))
    return [(shown[pk], n_of[logo]) for logo, pk in first_of.items() if pk in shown]


def pick_of(logo_id: int, cluster: Cluster | None) -> str:
    """Return the word of a selection for a picture of a cluster, or of the outliers."""
    return f"p{logo_id}.{-1 if cluster is None else cluster.number}"


def copies(
    run: Run, cluster: Cluster | None, label_source: LabelSource, logo_id: int
) -> list[Assignment]:
    """Return the domains of a cluster, or outliers, that show a logo; one query."""
    if cluster is None:
        rows = run.assignments.outliers(label_source)
    else:
        rows = run.assignments.members_of(cluster, label_source)
    found = rows.filter(logo_id=logo_id).select_related("logo", "domain")
    return list(found.order_by("domain__name")[:MOST_COPIES])


def _by_similarity(label_source: LabelSource, *, is_farthest: bool = False) -> tuple[Sort, ...]:
    """Return the order by similarity to the medoid, nearest or farthest first.

    The machine's own clusters are ordered by the distance that the run measured.
    """
    if label_source is LabelSource.MACHINE:
        return Sort("outlier_score", is_descending=is_farthest), Sort("logo_id")
    return Sort("similarity", is_descending=not is_farthest), Sort("logo_id")


def _similarity(row: Assignment, label_source: LabelSource) -> float | None:
    found = 1.0 - row.outlier_score if label_source is LabelSource.MACHINE else row.similarity
    return None if found < -0.999 else found


def check_strip(run: Run, cluster: Cluster, label_source: LabelSource) -> CheckStrip | None:
    """Return the members farthest from the medoid; None below ``FEWEST_TO_CHECK`` logos."""
    every = run.assignments.members_of(cluster, label_source)
    order = _by_similarity(label_source, is_farthest=True)
    ordered = every.order_by(*(sort.expression for sort in order))
    scores: dict[int, float] = {}
    for row in ordered.iterator(chunk_size=CHECKED):
        found = _similarity(row, label_source)
        if found is not None:
            scores.setdefault(row.logo_id, found)
        if len(scores) == CHECKED:
            break
    if len(scores) < FEWEST_TO_CHECK:
        return None
    rows = every.filter(logo_id__in=scores).select_related("logo", "domain")
    checked = _by_logo(rows, cluster, scores)
    cut = largest_gap([one.similarity for one in checked])
    return CheckStrip(tuple(checked[:cut]), tuple(checked[cut:]))


def largest_gap(ascending: Sequence[float]) -> int:
    """Return the number of values before the largest step up; the first step wins ties."""
    steps = [high - low for low, high in pairwise(ascending)]
    return steps.index(max(steps)) + 1


def _by_logo(
    rows: "QuerySet[Assignment]", cluster: Cluster, scores: dict[int, float]
) -> list[CheckedLogo]:
    groups: dict[int, list[Assignment]] = {}
    for row in rows.order_by("domain__name"):
        groups.setdefault(row.logo_id, []).append(row)
    return [
        CheckedLogo(
            groups[pk][0].logo,
            tuple(row.domain for row in groups[pk]),
            score,
            pick_of(pk, cluster),
        )
        for pk, score in scores.items()
    ]


def outliers(
    run: Run, label_source: LabelSource, *, order: OutlierOrder, text: str, token: str
) -> tuple[KeysetPage[Any], list[Outlier]]:
    """Return one page of outliers with their nearest clusters; seven queries at any size.

    By likelihood, domains with the same picture are one; by name, each is listed.
    """
    found = run.assignments.outliers(label_source)
    if text:
        found, are_known = named(run, found, text)
        in_order = () if are_known else ("outlier_score", "logo_id", "id")
        n_found = capped_count(found, *in_order)
    else:
        is_machine = label_source is LabelSource.MACHINE
        n_found = run.n_machine_outliers if is_machine else run.n_outliers
    if order is OutlierOrder.NAME:
        # Known from the run, but with it the index on names gives the order.
        rows_by_name = found.filter(domain__dataset=run.dataset_id)
        by_name = (Sort("domain__name"), Sort("id"))
        page: KeysetPage[Any] = keyset_page(
            rows_by_name.select_related("logo", "domain"),
            by_name,
            token=token,
            size=OUTLIERS_PER_PAGE,
            count=n_found,
        )
        rows = [(row, 1, f"d{row.domain_id}") for row in page.rows]
    else:
        groups = _pictures(found, "outlier_score")
        likely = (Sort("outlier_score"), Sort("logo_id"))
        page = keyset_page(groups, likely, token=token, size=OUTLIERS_PER_PAGE, count=n_found)
        rows = [(row, n, pick_of(row.logo_id, None)) for row, n in _firsts(page.rows)]
    suggested = suggestions(run, label_source, sorted({row.logo_id for row, *_ in rows}))
    return page, [Outlier(*one, suggested.get(one[0].logo_id, [])) for one in rows]


def ignored(run: Run, token: str) -> KeysetPage[Assignment]:
    """Return one page of the ignored logos, in the order of import; one query."""
    found = run.assignments.filter(is_ignored=True).select_related("logo", "domain")
    order = (Sort("domain_id"),)
    return keyset_page(found, order, token=token, size=OUTLIERS_PER_PAGE, count=run.n_ignored)


def assignment_of(run: Run, domain: Domain) -> Assignment | None:
    """Return the assignment of a domain; None if it had no logo in the run."""
    rows = run.assignments.filter(domain=domain)
    return rows.select_related(
        "cluster__medoid", "bound_cluster__medoid", "human_cluster__medoid", "logo"
    ).first()


def cluster_of(assignment: Assignment, label_source: LabelSource) -> Cluster | None:
    """Return the cluster of an assignment from :func:`assignment_of`; None is an outlier."""
    held = assignment.cluster_id_by(label_source)
    every = (assignment.cluster, assignment.bound_cluster, assignment.human_cluster)
    return next((one for one in every if one is not None and one.pk == held), None)


def neighbours(run: Run, logo: Logo) -> list[Neighbour]:
    """Return the most similar other logos, each with one domain that shows it; three queries."""
    scored = similarity.neighbours(run, logo)
    rows = Assignment.objects.of_logos(run, [pk for pk, _ in scored])
    by_logo = {row.logo_id: row for row in rows.select_related("logo", "domain").order_by("-pk")}
    return [Neighbour(by_logo[pk], score) for pk, score in scored]


def with_logo(domains: "QuerySet[Domain]") -> "QuerySet[Domain]":
    """Prefetch the primary capture of each domain, if any, as ``primary``."""
    primary = Capture.objects.filter(is_primary=True).select_related("logo")
    return domains.prefetch_related(Prefetch("captures", primary, to_attr="primary"))
