"""Keeps the brands of a run right while decisions are written.

Brands are the components of the stored links and of people's rules for one brand. A decision
regroups the brands that it touches and no others, so its cost depends on their size alone.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Final, NamedTuple, Self
from uuid import NAMESPACE_DNS, uuid5

from django.db.models import Q

from clustering.models import Assignment, Brand, BrandLink, Cluster, PairRule, Run
from clustering.models.lookups import write_column, write_columns
from clustering.pipeline.brands import Joined
from clustering.pipeline.naming.words import plain_name

ROWS_PER_WRITE: Final = 1_000


class Node(NamedTuple):
    """A cluster, or the domain of an outlier."""

    is_cluster: bool
    pk: int

    @classmethod
    def cluster(cls, pk: int) -> Self:
        return cls(is_cluster=True, pk=pk)

    @classmethod
    def outlier(cls, pk: int) -> Self:
        return cls(is_cluster=False, pk=pk)


def refresh(run: Run, domain_ids: Iterable[int], cluster_ids: Iterable[int]) -> None:
    """Regroup the brands of these domains and clusters; nothing for runs without brands."""
    if run.brands.exists():
        _regroup(_Scope(run, set(domain_ids), set(cluster_ids)).widened())


def regroup_all(run: Run) -> None:
    """Make the brands of a run from its links."""
    scope = _Scope(run)
    scope.clusters.update(run.clusters.filter(n_members__gt=0).values_list("pk", flat=True))
    links = run.brand_links.filter(kind=BrandLink.Kind.LINK)
    scope.add_links(links)
    for pair in run.pair_rules.values_list("first", "second"):
        scope.domains.update(pair)
    _regroup(scope)


@dataclass
class _Scope:
    """What is regrouped: everything that may be of one brand with what was touched."""

    run: Run
    domains: set[int] = field(default_factory=set)
    clusters: set[int] = field(default_factory=set)
    links: dict[int, BrandLink] = field(default_factory=dict)

    def widened(self) -> "_Scope":
        """Add the brands of the domains and clusters, and those that links and rules lead to.

        Most domains of a decision are members of clusters: what is grouped are the clusters.
        """
        links = self.run.brand_links.filter(kind=BrandLink.Kind.LINK)
        self.add_links(links.filter(_either("cluster", self.clusters)))
        self.add_links(links.filter(_either("domain", self.domains)))
        ruled = Q(first_id__among=self.domains) | Q(second_id__among=self.domains)
        pairs = self.run.pair_rules.filter(ruled).values_list("first", "second")
        bound = set(chain.from_iterable(pairs))
        rows = self.run.assignments.filter(domain_id__among=self.domains | bound)
        self.domains = bound
        brands: set[int] = set()
        for pk, brand, cluster in rows.values_list(
            "domain_id", "brand_id", "corrected_cluster_id"
        ):
            brands.add(brand or 0)
            self.clusters.add(cluster or 0)
            if brand or not cluster:
                self.domains.add(pk)
        touched = self.run.clusters.filter(pk__among=self.clusters).order_by()
        for target, brand, of_target in touched.values_list(
            "merged_into", "brand", "merged_into__brand"
        ):
            self.clusters.add(target or 0)
            brands.update({brand or 0, of_target or 0})
        self.add_links(links.filter(brand_id__among=brands))
        clusters = self.run.clusters.filter(brand_id__among=brands).order_by()
        self.clusters.update(clusters.values_list("pk", flat=True))
        outliers = Assignment.objects.few_of(self.run).filter(brand_id__among=brands)
        self.domains.update(outliers.values_list("domain_id", flat=True))
        return self

    def add_links(self, links: Iterable[BrandLink]) -> None:
        for one in links:
            self.links[one.pk] = one
            self.clusters.update(filter(None, (one.first_cluster_id, one.second_cluster_id)))
            self.domains.update(filter(None, (one.first_domain_id, one.second_domain_id)))


class _Places:
    """Where the clusters and domains of a scope are now."""

    def __init__(self, scope: _Scope) -> None:
        self.rows = {row.domain: row for row in _rows(scope.run, scope.domains)}
        held = {row.cluster or 0 for row in self.rows.values()}
        found = scope.run.clusters.filter(pk__among=scope.clusters | held).order_by()
        self.clusters = {one.pk: one for one in found}
        self.nodes: list[Node] = [
            *(Node.cluster(pk) for pk, one in sorted(self.clusters.items()) if one.n_members > 0),
            *(Node.outlier(pk) for pk, row in sorted(self.rows.items()) if _is_open(row)),
        ]
        self.number = {node: place for place, node in enumerate(self.nodes)}

    def of(self, cluster_id: int | None, domain_id: int | None) -> int | None:
        """Return the number of the node that a side of a link is now.

        None if it is none: what was found about an outlier says nothing about the cluster that a
        person moved it to.
        """
        if cluster_id is None:
            return self.number.get(Node.outlier(domain_id or 0))
        cluster = self.clusters.get(cluster_id)
        if cluster is None:
            return None
        return self.number.get(Node.cluster(cluster.merged_into_id or cluster.pk))

    def of_domain(self, domain_id: int) -> int | None:
        """Return the number of the node that a domain is in."""
        row = self.rows.get(domain_id)
        return self.of(row.cluster, domain_id) if row else None

    def pairs(self, run: Run) -> dict[str, list[tuple[int, int]]]:
        """Return the rules as pairs of nodes, by their kind."""
        found: dict[str, list[tuple[int, int]]] = {}
        rules = run.pair_rules.filter(first_id__among=self.rows, second_id__among=self.rows)
        for kind, first, second in rules.order_by("pk").values_list("kind", "first", "second"):
            one, other = self.of_domain(first), self.of_domain(second)
            if one is not None and other is not None and one != other:
                found.setdefault(kind, []).append((one, other))
        return found


class _Row(NamedTuple):
    """What is needed of an assignment: a decision may be about thousands."""

    pk: int
    domain: int
    name: str
    cluster: int | None
    """As corrected."""
    is_reviewed: bool
    brand: int | None


def _is_open(row: _Row) -> bool:
    """Whether it is an outlier that nobody decided about."""
    return row.cluster is None and not row.is_reviewed


def _rows(run: Run, domain_ids: Collection[int]) -> Iterator[_Row]:
    rows = run.assignments.annotate(is_reviewed=Q(reviewed_at__isnull=False))
    table = rows.values_list(
        "pk", "domain_id", "domain__name", "corrected_cluster_id", "is_reviewed", "brand_id"
    )
    return map(_Row._make, table.filter(domain_id__among=domain_ids))


def _either(side: str, ids: Collection[int]) -> Q:
    """Either side of a link is among these clusters or domains."""
    return Q(**{f"first_{side}_id__among": ids}) | Q(**{f"second_{side}_id__among": ids})


def _regroup(scope: _Scope) -> None:
    run, places = scope.run, _Places(scope)
    rules = places.pairs(run)
    joined = Joined(len(places.nodes), rules.get(PairRule.Kind.DIFFERENT, []))
    for pair in rules.get(PairRule.Kind.SAME, []):
        joined.join(*pair, by_rule=True)
    for link in sorted(scope.links.values(), key=lambda one: (-one.probability, one.pk)):
        first = places.of(link.first_cluster_id, link.first_domain_id)
        second = places.of(link.second_cluster_id, link.second_domain_id)
        if first is not None and second is not None:
            joined.join(first, second)
    labels = joined.labels().tolist()
    groups: dict[int, list[Node]] = {}
    for node, label in zip(places.nodes, labels, strict=True):
        groups.setdefault(label, []).append(node)
    brand_of = _written(run, places, list(groups.values()))
    changed: dict[int, int | None] = {}
    for link in scope.links.values():
        place = places.of(link.first_cluster_id, link.first_domain_id)
        brand = None if place is None else brand_of.get(places.nodes[place])
        if link.brand_id != (brand.pk if brand else None):
            changed[link.pk] = brand.pk if brand else None
    write_column(BrandLink, "brand", changed)


def _written(run: Run, places: _Places, groups: Sequence[list[Node]]) -> dict[Node, Brand]:
    """Write the brands of these groups in place of theirs before; return that of each node."""
    before = {one.brand_id or 0 for one in places.clusters.values()}
    before |= {row.brand or 0 for row in places.rows.values()}
    known = {one.uid: one for one in run.brands.filter(pk__among=before)}
    brand_of: dict[Node, Brand] = {}
    new: list[Brand] = []
    again: list[Brand] = []
    for group in groups:
        brand = _brand(run, places, group)
        if brand is None:
            continue
        held = known.get(brand.uid)
        if held is None:
            new.append(brand)
        else:
            brand.pk = held.pk
            again.append(brand)
        brand_of.update(dict.fromkeys(group, brand))
    kept = {one.pk for one in again}
    Brand.objects.filter(pk__among={one.pk for one in known.values()} - kept).delete()
    Brand.objects.bulk_create(new, batch_size=ROWS_PER_WRITE)
    renamed = [one for one in again if _label(one) != _label(known[one.uid])]
    Brand.objects.bulk_update(renamed, ["name", "lead"], batch_size=ROWS_PER_WRITE)
    resized = [one for one in again if _size(one) != _size(known[one.uid])]
    write_columns(Brand, ("n_members", "n_groups"), {one.pk: _size(one) for one in resized})
    _point(places, brand_of)
    return brand_of


def _label(brand: Brand) -> tuple[str, int | None]:
    return brand.name, brand.lead_id


def _size(brand: Brand) -> tuple[int, int]:
    return brand.n_members, brand.n_groups


def _brand(run: Run, places: _Places, group: Sequence[Node]) -> Brand | None:
    """Return the unsaved brand of a group; None for an outlier alone."""
    clusters = [places.clusters[node.pk] for node in group if node.is_cluster]
    lead = max(clusters, key=lambda one: (one.n_members, -one.number), default=None)
    if lead is None and len(group) < 2:
        return None
    n_outliers = len(group) - len(clusters)
    first = min((places.rows[node.pk].name for node in group if not node.is_cluster), default="")
    name = lead.name if lead else plain_name(first)
    return Brand(
        run=run,
        uid=lead.uid if lead else uuid5(NAMESPACE_DNS, first),
        name=name[:120],
        lead=lead,
        n_members=sum(one.n_members for one in clusters) + n_outliers,
        n_groups=len(group),
    )


def _point(places: _Places, brand_of: dict[Node, Brand]) -> None:
    """Let clusters and assignments refer to their brands."""
    clusters: dict[int, int | None] = {}
    rows: dict[int, int | None] = {}
    for pk, cluster in places.clusters.items():
        brand = brand_of.get(Node.cluster(pk))
        if cluster.brand_id != (brand.pk if brand else None):
            clusters[pk] = brand.pk if brand else None
    for domain_id, row in places.rows.items():
        brand = brand_of.get(Node.outlier(domain_id))
        if row.brand != (brand.pk if brand else None):
            rows[row.pk] = brand.pk if brand else None
    write_column(Cluster, "brand", clusters)
    write_column(Assignment, "brand", rows)
