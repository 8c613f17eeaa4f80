"""Search of a run: by words of domains, of logos and of clusters, or by a logo."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated

from django.shortcuts import get_object_or_404
from ninja import Field, Query, Router, Schema

from clustering.api.access import ApiRequest, get_finished_run
from clustering.api.items import OF_ITEM, items_of
from clustering.api.problems import Problem
from clustering.api.schemas import ClusterShown, Item
from clustering.models import LabelSource, Run
from clustering.selectors import search as searches
from clustering.views.access import get_dataset
from clustering.views.run_context import MAX_QUERY

LABELS = LabelSource.CORRECTED

router = Router(tags=["Items"])


class SearchQuery(Schema):
    q: str = Field(
        default="", max_length=MAX_QUERY, description="words of a domain, a logo or a cluster"
    )
    like: str = Field(default="", max_length=253, description="a domain with a similar logo")


class Hit(Item):
    score: float | None = Field(description="cosine to the logo of `like`")


class Found(Schema):
    clusters: list[ClusterShown]
    items: list[Hit] = Field(description="with a logo in the run: by name, or most similar first")
    n_items: int = Field(description="of all that match; at most 1,001 are counted")
    others: list[str] = Field(description="domains that match, without a logo in the run")


@router.get("/datasets/{slug}/runs/{run}/search", response=Found)
def search(
    request: ApiRequest, slug: str, run: str, query: Annotated[SearchQuery, Query()]
) -> Found:
    """Find clusters and domains by words, or logos like that of a domain."""
    dataset = get_dataset(request, slug)
    found = get_finished_run(dataset, run)
    if query.like:
        shown = get_object_or_404(
            found.assignments.select_related("logo"), domain__name=query.like
        )
        near = searches.like(found, shown.logo)
        hits = _hits(found, {one.assignment.pk: min(1.0, one.score) for one in near})
        return Found(clusters=[], items=hits, n_items=len(hits), others=[])
    text = query.q.strip()
    if not text:
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid", "give `q` or `like`")
    by_words = searches.search(dataset, found, LABELS, text)
    return Found(
        clusters=[ClusterShown.of(one.cluster, LABELS) for one in by_words.clusters],
        items=_hits(found, dict.fromkeys((row.pk for row in by_words.rows), None)),
        n_items=by_words.n,
        others=[one.name for one in by_words.others],
    )


def _hits(run: Run, score_of: Mapping[int, float | None]) -> list[Hit]:
    """Return assignments by descending score and by name. Two queries."""
    rows = run.assignments.filter(pk__in=score_of).select_related(*OF_ITEM)
    ordered = sorted(rows, key=lambda row: (-(score_of[row.pk] or 0.0), row.domain.name))
    return [
        Hit(**item.dict(), score=score_of[row.pk])
        for row, item in zip(ordered, items_of(run, ordered, LABELS), strict=True)
    ]
