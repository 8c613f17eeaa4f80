"""Domains of a run: all of them, one, and the outliers with suggestions."""

from collections.abc import Sequence
from typing import Annotated

from django.shortcuts import get_object_or_404
from ninja import Field, Query, Router, Schema

from clustering.api.access import ApiRequest, get_finished_run
from clustering.api.paging import Page, PageQuery, keyset_page
from clustering.api.schemas import Item, OutlierShown, SuggestionShown
from clustering.models import Assignment, Cluster, LabelSource, Run
from clustering.selectors.pages import Sort, named
from clustering.selectors.similarity import suggestions
from clustering.views.access import get_dataset
from clustering.views.run_context import MAX_QUERY

BY_NAME = (Sort("name"), Sort("pk"))
OF_ITEM = ("domain", "logo__words", "brand__lead")
LIKELIEST_FIRST = (Sort("outlier_score"), Sort("id"))

router = Router(tags=["Items"])


class Labels(Schema):
    """Whose labels to read."""

    labels: LabelSource = Field(
        default=LabelSource.CORRECTED,
        description="as people corrected the run, or as the machine left it",
    )


class ItemQuery(PageQuery, Labels):
    q: str = Field(default="", max_length=MAX_QUERY, description="in the domain")


@router.get("/datasets/{slug}/runs/{run}/items", response=Page[Item])
def items(
    request: ApiRequest, slug: str, run: str, query: Annotated[ItemQuery, Query()]
) -> Page[Item]:
    """List all domains of the data set by name, also those without a logo."""
    found = get_finished_run(get_dataset(request, slug), run)
    domains = found.dataset.domains.all()
    if query.q.strip():
        domains = domains.filter(name__icontains=query.q.strip())
    page = keyset_page(domains, BY_NAME, query)
    rows = found.assignments.filter(domain__in=page.rows).select_related(
        "logo__words", "brand__lead"
    )
    by_domain = {row.domain_id: row for row in rows}
    clusters = _clusters(found, list(by_domain.values()), query.labels)
    shown = []
    for domain in page.rows:
        row = by_domain.get(domain.pk)
        held = clusters.get(row.cluster_id_by(query.labels) or 0) if row else None
        shown.append(Item.of(domain, row, held))
    return Page(results=shown, next=page.next or None)


@router.get("/datasets/{slug}/runs/{run}/items/{domain}", response=Item)
def item(
    request: ApiRequest, slug: str, run: str, domain: str, labels: Annotated[Labels, Query()]
) -> Item:
    """Show one domain."""
    found = get_finished_run(get_dataset(request, slug), run)
    named = get_object_or_404(found.dataset.domains, name=domain)
    rows = list(found.assignments.filter(domain=named).select_related(*OF_ITEM))
    return items_of(found, rows, labels.labels)[0] if rows else Item.of(named, None, None)


@router.get("/datasets/{slug}/runs/{run}/outliers", response=Page[OutlierShown])
def outliers(
    request: ApiRequest, slug: str, run: str, query: Annotated[ItemQuery, Query()]
) -> Page[OutlierShown]:
    """List the outliers with the clusters that they most likely belong to, likeliest first."""
    found = get_finished_run(get_dataset(request, slug), run)
    rows = found.assignments.outliers(query.labels).select_related(*OF_ITEM)
    if query.q.strip():
        rows, _ = named(found, rows, query.q.strip())
    page = keyset_page(rows, LIKELIEST_FIRST, query)
    suggested = suggestions(found, query.labels, sorted({row.logo_id for row in page.rows}))
    results = [
        OutlierShown(
            **shown.dict(),
            suggestions=[SuggestionShown.of(one) for one in suggested.get(row.logo_id, [])],
        )
        for row, shown in zip(page.rows, items_of(found, page.rows, query.labels), strict=True)
    ]
    return Page(results=results, next=page.next or None)


def items_of(run: Run, rows: Sequence[Assignment], labels: LabelSource) -> list[Item]:
    """Return assignments, read with their domains and logos, as items. One query."""
    clusters = _clusters(run, rows, labels)
    return [Item.of(row.domain, row, clusters.get(row.cluster_id_by(labels) or 0)) for row in rows]


def _clusters(run: Run, rows: Sequence[Assignment], labels: LabelSource) -> dict[int, Cluster]:
    ids = (row.cluster_id_by(labels) for row in rows)
    held = {pk for pk in ids if pk is not None}
    found = run.clusters.filter(pk__in=held).select_related("brand__lead")
    return {one.pk: one for one in found}
