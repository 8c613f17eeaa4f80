"""Brands of a run with their groups and evidence, and what was found about names."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from django.db.models import Q

from clustering.models import Brand, BrandLink, Cluster, Domain, Logo, Run
from clustering.selectors.pages import KeysetPage, Sort, capped_count, keyset_page

BRANDS_PER_PAGE: Final = 60
LINKS_PER_PAGE: Final = 50
MOST_GROUPS: Final = 60  # shown of one brand
BY_SIZE: Final = (Sort("n_members", is_descending=True), Sort("id"))
BY_PROBABILITY: Final = (Sort("probability", is_descending=True), Sort("id"))


@dataclass(frozen=True)
class BrandSide:
    """One side of a link: a cluster, or the domain of an outlier, with its logo."""

    cluster: Cluster | None
    domain: Domain | None
    logo: Logo | None

    @property
    def name(self) -> str:
        return str(self.cluster or self.domain or "")


@dataclass(frozen=True)
class LinkRow:
    """A link with both sides and its evidence in words."""

    link: BrandLink
    first: BrandSide
    second: BrandSide
    reasons: Sequence[str]


@dataclass(frozen=True)
class BrandParts:
    """The largest clusters of a brand, and its outliers, at most ``MOST_GROUPS`` of each."""

    clusters: Sequence[Cluster]
    outliers: Sequence[BrandSide]


def brands_page(run: Run, token: str, text: str = "") -> KeysetPage[Brand]:
    """Return one page of the brands, largest first; two queries."""
    found = run.brands.all()
    if text:
        holding = run.clusters.filter(name__icontains=text, brand__isnull=False)
        found = found.filter(Q(name__icontains=text) | Q(pk__in=holding.values("brand")))
    return keyset_page(
        found.select_related("lead"),
        BY_SIZE,
        token=token,
        size=BRANDS_PER_PAGE,
        count=capped_count(found),
    )


def parts(brand: Brand) -> BrandParts:
    """Return the groups of a brand; two queries."""
    clusters = brand.clusters.filter(n_members__gt=0).order_by("-n_members", "number")
    rows = brand.outliers.select_related("domain", "logo").order_by("domain__name")
    return BrandParts(
        list(clusters[:MOST_GROUPS]),
        [BrandSide(None, row.domain, row.logo) for row in rows[:MOST_GROUPS]],
    )


def links_page(
    run: Run, token: str, kind: BrandLink.Kind, brand: Brand | None = None
) -> tuple[KeysetPage[BrandLink], list[LinkRow]]:
    """Return one page of links of a kind, the surest first; four queries."""
    found = run.brand_links.filter(kind=kind)
    if brand is not None:
        found = found.filter(brand=brand)
    sides = ("first_cluster__medoid", "second_cluster__medoid", "first_domain", "second_domain")
    page = keyset_page(
        found.select_related(*sides),
        BY_PROBABILITY,
        token=token,
        size=LINKS_PER_PAGE,
        count=capped_count(found),
    )
    return page, _rows(run, page.rows)


def _rows(run: Run, links: Iterable[BrandLink]) -> list[LinkRow]:
    listed = list(links)
    ids = {pk for one in listed for pk in (one.first_domain_id, one.second_domain_id) if pk}
    shown = run.assignments.filter(domain__in=ids).select_related("logo")
    logos = {row.domain_id: row.logo for row in shown}
    by = run.pair_score

    def side(cluster: Cluster | None, domain: Domain | None) -> BrandSide:
        logo = cluster.medoid if cluster else logos.get(domain.pk if domain else 0)
        return BrandSide(cluster, domain, logo)

    return [
        LinkRow(
            one,
            side(one.first_cluster, one.first_domain),
            side(one.second_cluster, one.second_domain),
            [each.value for each in by.reasons(one.cosine, one.word, is_equal=one.is_equal)],
        )
        for one in listed
    ]
