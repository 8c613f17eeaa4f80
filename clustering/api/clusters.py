"""Clusters of a run."""

from typing import Annotated
from uuid import UUID

from django.shortcuts import get_object_or_404
from ninja import Field, Query, Router

from clustering.api.access import ApiRequest, get_finished_run
from clustering.api.items import Labels, items_of
from clustering.api.paging import Page, PageQuery, keyset_page, page_of, refuse_strange
from clustering.api.schemas import ClusterShown, Item
from clustering.models import Cluster, Run
from clustering.selectors import gallery
from clustering.selectors.cluster_search import SIZE_COLUMNS, matching_page
from clustering.selectors.pages import Sort
from clustering.views.access import get_dataset
from clustering.views.run_context import MAX_QUERY

BY_DOMAIN = (Sort("domain__name"), Sort("pk"))

router = Router(tags=["Clusters"])


class MemberQuery(PageQuery, Labels):
    """A page of the domains of a cluster."""


class ClusterQuery(PageQuery, Labels):
    q: str = Field(
        default="", max_length=MAX_QUERY, description="in the name, or in a domain of it"
    )


@router.get("/datasets/{slug}/runs/{run}/clusters", response=Page[ClusterShown])
def clusters(
    request: ApiRequest, slug: str, run: str, query: Annotated[ClusterQuery, Query()]
) -> Page[ClusterShown]:
    """List the clusters of a run, largest first."""
    found = get_finished_run(get_dataset(request, slug), run)
    order = (Sort(SIZE_COLUMNS[query.labels], is_descending=True), Sort("number"))
    rows, text = gallery.clusters(found, query.labels), query.q.strip()
    if not text:
        return page_of(rows, order, query, lambda one: ClusterShown.of(one, query.labels))
    refuse_strange(query, order)
    page = matching_page(
        found, query.labels, rows, text, order, token=query.cursor, size=query.limit
    )
    shown = [ClusterShown.of(one, query.labels) for one in page.rows]
    return Page(results=shown, next=page.next or None)


@router.get("/datasets/{slug}/runs/{run}/clusters/{uid}", response=ClusterShown)
def cluster(
    request: ApiRequest, slug: str, run: str, uid: UUID, labels: Annotated[Labels, Query()]
) -> ClusterShown:
    """Show a cluster, also one that is empty after corrections."""
    found = get_finished_run(get_dataset(request, slug), run)
    return ClusterShown.of(_cluster(found, uid), labels.labels)


@router.get("/datasets/{slug}/runs/{run}/clusters/{uid}/items", response=Page[Item])
def cluster_items(
    request: ApiRequest, slug: str, run: str, uid: UUID, query: Annotated[MemberQuery, Query()]
) -> Page[Item]:
    """List the domains of a cluster by name."""
    found = get_finished_run(get_dataset(request, slug), run)
    members = found.assignments.members_of(_cluster(found, uid), query.labels)
    page = keyset_page(members.select_related("domain", "logo__words"), BY_DOMAIN, query)
    return Page(results=items_of(found, page.rows, query.labels), next=page.next or None)


def _cluster(run: Run, uid: UUID) -> Cluster:
    return get_object_or_404(run.clusters.select_related("medoid"), uid=uid)
