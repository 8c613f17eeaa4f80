"""Logo tiles of a cluster, of outliers, of one domain and of search results."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import pairwise

from django.db.models import Prefetch, QuerySet

from clustering.models import Assignment, Capture, Cluster, Dataset, Domain, LabelSource, Logo, Run
from clustering.selectors import gallery, similarity
from clustering.selectors.pages import KeysetPage, Sort, capped_count, keyset_page
from clustering.selectors.similarity import SuggestedCluster, suggestions

TILES_PER_PAGE = 120
OUTLIERS_PER_PAGE = 48
CHECKED = 24  # logos in the strip of members far from the medoid
FEWEST_TO_CHECK = 3
HITS = 60


class OutlierOrder(Enum):
    """How outliers are sorted."""

    LIKELY = "likely"
    NAME = "name"


@dataclass(frozen=True)
class Tile:
    """One domain's logo in a cluster."""

    assignment: Assignment
    similarity: float | None
    """Cosine to the medoid; None without a vector."""


@dataclass(frozen=True)
class CheckedLogo:
    """One distinct logo of the strip, with the domains of the cluster that show it."""

    logo: Logo
    domains: tuple[Domain, ...]
    similarity: float


@dataclass(frozen=True)
class CheckStrip:
    """The members farthest from the medoid, farthest first, split at the largest gap."""

    beyond: tuple[CheckedLogo, ...]
    within: tuple[CheckedLogo, ...]

    @property
    def domain_ids(self) -> list[int]:
        """The domains beyond the gap."""
        return [domain.pk for logo in self.beyond for domain in logo.domains]


@dataclass(frozen=True)
class Outlier:
    """An outlier and its nearest clusters."""

    assignment: Assignment
    suggestions: list[SuggestedCluster]


@dataclass(frozen=True)
class Neighbour:
    """A logo similar to another."""

    assignment: Assignment
    score: float


@dataclass(frozen=True)
class Hits:
    """Search results; ``near`` holds suggestions when nothing matched."""

    clusters: list[gallery.Card]
    domains: list[Domain]
    near: list[Domain]


def members(
    run: Run, cluster: Cluster, label_source: LabelSource, token: str
) -> tuple[KeysetPage[Assignment], list[Tile]]:
    """Return one page of a cluster's tiles, nearest to the medoid first; two queries."""
    rows = run.assignments.members_of(cluster, label_source).select_related("logo", "domain")
    page = keyset_page(
        rows,
        _by_similarity(label_source),
        token=token,
        size=TILES_PER_PAGE,
        count=gallery.size_of(cluster, label_source),
    )
    return page, [Tile(row, _similarity(row, label_source)) for row in page.rows]


def _by_similarity(label_source: LabelSource, *, is_farthest: bool = False) -> tuple[Sort, ...]:
    """Return the order by similarity to the medoid, nearest or farthest first.

    The machine's own clusters are ordered by the distance that the run measured.
    """
    if label_source is LabelSource.MACHINE:
        return Sort("outlier_score", is_descending=is_farthest), Sort("id")
    return Sort("similarity", is_descending=not is_farthest), Sort("id")


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
    checked = _by_logo(rows, list(scores), scores)
    cut = largest_gap([one.similarity for one in checked])
    return CheckStrip(tuple(checked[:cut]), tuple(checked[cut:]))


def largest_gap(ascending: Sequence[float]) -> int:
    """Return the number of values before the largest step up; the first step wins ties."""
    steps = [high - low for low, high in pairwise(ascending)]
    return steps.index(max(steps)) + 1


def _by_logo(
    rows: "QuerySet[Assignment]", order: Sequence[int], scores: dict[int, float]
) -> list[CheckedLogo]:
    groups: dict[int, list[Assignment]] = {}
    for row in rows.order_by("domain__name"):
        groups.setdefault(row.logo_id, []).append(row)
    return [
        CheckedLogo(groups[pk][0].logo, tuple(row.domain for row in groups[pk]), scores[pk])
        for pk in order
    ]


def outliers(
    run: Run, label_source: LabelSource, *, order: OutlierOrder, text: str, token: str
) -> tuple[KeysetPage[Assignment], list[Outlier]]:
    """Return one page of outliers with their nearest clusters; six queries at any size."""
    found = run.assignments.outliers(label_source).select_related("logo", "domain")
    if text:
        found = found.filter(domain__name__icontains=text)
        n_found = capped_count(found)
    else:
        is_machine = label_source is LabelSource.MACHINE
        n_found = run.n_machine_outliers if is_machine else run.n_outliers
    by = "outlier_score"
    if order is OutlierOrder.NAME:
        by = "domain__name"
        # Known from the run, but with it the index on names gives the order.
        found = found.filter(domain__dataset=run.dataset_id)
    page = keyset_page(
        found, (Sort(by), Sort("id")), token=token, size=OUTLIERS_PER_PAGE, count=n_found
    )
    suggested = suggestions(run, label_source, sorted({row.logo_id for row in page.rows}))
    return page, [Outlier(row, suggested.get(row.logo_id, [])) for row in page.rows]


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
    rows = run.assignments.filter(logo_id__in=[pk for pk, _ in scored])
    by_logo = {row.logo_id: row for row in rows.select_related("logo", "domain").order_by("-pk")}
    return [Neighbour(by_logo[pk], score) for pk, score in scored]


def search(dataset: Dataset, run: Run | None, label_source: LabelSource, text: str) -> Hits:
    """Return clusters and domains whose name contains ``text``."""
    cards = gallery.matching_clusters(run, label_source, text) if run else []
    domains = _first_with_logo(dataset.domains.filter(name__icontains=text))
    near = [] if domains else _first_with_logo(dataset.domains.filter(name__istartswith=text[:3]))
    return Hits(cards, domains, near)


def _first_with_logo(domains: "QuerySet[Domain]") -> list[Domain]:
    return list(with_logo(domains).order_by("name")[:HITS])


def with_logo(domains: "QuerySet[Domain]") -> "QuerySet[Domain]":
    """Prefetch the primary capture of each domain, if any, as ``primary``."""
    primary = Capture.objects.filter(is_primary=True).select_related("logo")
    return domains.prefetch_related(Prefetch("captures", primary, to_attr="primary"))
