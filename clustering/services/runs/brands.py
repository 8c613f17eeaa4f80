"""Stores the brand layer of a run: what joins its clusters and outliers, and what was found."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from clustering.models import BrandLink, Cluster, Run
from clustering.pipeline import brands
from clustering.pipeline.brands import PictureGroup
from clustering.pipeline.constraints import Constraints
from clustering.services import brand_groups
from clustering.services.embedding import vectors_of
from clustering.services.logos.placeholders import Showing, placeholder_ids

ROWS_PER_INSERT: Final = 2_000
Kind = BrandLink.Kind


@dataclass(frozen=True)
class _Member:
    domain_id: int
    name: str
    logo_id: int
    similarity: float


@dataclass(frozen=True)
class _Shown:
    """A group by picture: a cluster, or the domain of an outlier."""

    logo_id: int
    names: Sequence[str]
    cluster_id: int | None = None
    domain_id: int | None = None


def build(run: Run) -> None:
    """Write the brand layer of a run, as corrected, in place of the one before."""
    run.brand_links.all().delete()
    run.brands.all().delete()
    members = _members(run)
    clusters = list(
        run.clusters.filter(n_members__gt=0, medoid__isnull=False).order_by("-n_members", "number")
    )
    shown = [
        _Shown(one.medoid_id or 0, [each.name for each in members.get(one.pk, [])], one.pk)
        for one in clusters
    ]
    shown += _outliers(run)
    ids, vectors = vectors_of(sorted({one.logo_id for one in shown}), run.embedder_key)
    row_of = {logo_id: row for row, logo_id in enumerate(ids)}
    shown = [one for one in shown if one.logo_id in row_of]
    groups = [PictureGroup(row_of[one.logo_id], one.names) for one in shown]
    layer = brands.brand_layer(vectors, groups, run.pair_score, _rules(run, shown))
    links = [*_links(run, shown, layer), *_off_names(run, clusters, members)]
    BrandLink.objects.bulk_create(links, batch_size=ROWS_PER_INSERT)
    brand_groups.regroup_all(run)


def _members(run: Run) -> Mapping[int, list[_Member]]:
    """Return the members of each cluster, as corrected."""
    held: dict[int, list[_Member]] = {}
    rows = run.assignments.filter(corrected_cluster_id__isnull=False).order_by("domain__name")
    columns = ("corrected_cluster_id", "domain_id", "domain__name", "logo_id", "similarity")
    for cluster_id, *member in rows.values_list(*columns).iterator():
        held.setdefault(cluster_id, []).append(_Member(*member))
    return held


def _outliers(run: Run) -> list[_Shown]:
    """Return the outliers that nobody decided about and that show a logo."""
    rows = run.assignments.outliers().filter(reviewed_at__isnull=True).order_by("domain__name")
    columns = ("logo_id", "domain__name", "logo__is_placeholder", "domain__decided_at")
    table = list(rows.values_list(*columns, "domain_id"))
    left_out = placeholder_ids(
        Showing(row[0], row[1], row[2], row[3] is not None) for row in table
    )
    return [_Shown(row[0], [row[1]], domain_id=row[4]) for row in table if row[0] not in left_out]


def _rules(run: Run, shown: Sequence[_Shown]) -> Constraints:
    """Return people's rules as pairs of groups."""
    rules = list(run.pair_rules.order_by("pk").values_list("kind", "first", "second"))
    ids = {pk for _, *pair in rules for pk in pair}
    place_of_cluster = {one.cluster_id: place for place, one in enumerate(shown)}
    place_of = {one.domain_id: place for place, one in enumerate(shown)}
    held = run.assignments.filter(domain__in=ids, corrected_cluster_id__isnull=False)
    for domain_id, cluster_id in held.values_list("domain_id", "corrected_cluster_id"):
        if cluster_id in place_of_cluster:
            place_of[domain_id] = place_of_cluster[cluster_id]
    pairs: dict[str, list[tuple[int, int]]] = {"same": [], "different": []}
    for kind, first, second in rules:
        if place_of.get(first, -1) != place_of.get(second, -1) and {first, second} <= set(
            place_of
        ):
            pairs[kind].append((place_of[first], place_of[second]))
    return Constraints(pairs["same"], pairs["different"])


def _links(run: Run, shown: Sequence[_Shown], layer: brands.BrandLayer) -> Iterator[BrandLink]:
    listed = [(Kind.LINK, one) for one in layer.links if not one.is_rule]
    listed += [(Kind.COLLISION, one) for one in layer.collisions]
    for kind, one in listed:
        first, second = shown[one.first], shown[one.second]
        yield BrandLink(
            run=run,
            kind=kind,
            first_cluster_id=first.cluster_id,
            first_domain_id=first.domain_id,
            second_cluster_id=second.cluster_id,
            second_domain_id=second.domain_id,
            word=one.word.text[:63],
            is_equal=one.word.is_equal,
            cosine=one.cosine,
            probability=one.probability,
        )


def _off_names(
    run: Run, clusters: Sequence[Cluster], members: Mapping[int, list[_Member]]
) -> Iterator[BrandLink]:
    for cluster in clusters:
        own = {one.name: one for one in members.get(cluster.pk, [])}
        named = next((name for name, one in own.items() if one.logo_id == cluster.medoid_id), "")
        for name in brands.off_name(list(own), named):
            yield BrandLink(
                run=run,
                kind=Kind.OFF_NAME,
                first_cluster=cluster,
                second_domain_id=own[name].domain_id,
                cosine=own[name].similarity,
                probability=max(own[name].similarity, 0.0),
            )
