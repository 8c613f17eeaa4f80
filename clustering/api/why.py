"""The evidence about two domains of a run."""

from typing import Annotated

from django.http import Http404
from django.shortcuts import get_object_or_404
from ninja import Field, Query, Router, Schema

from clustering.api.access import ApiRequest, get_finished_run
from clustering.models import Dataset, Run
from clustering.selectors import why as evidence
from clustering.selectors.why import Side
from clustering.views.access import get_dataset

MAX_NAME = 253

router = Router(tags=["Items"])


class Other(Schema):
    second: str = Field(
        default="", max_length=MAX_NAME, description="domain; by default the medoid's"
    )


class LinkShown(Schema):
    first: str
    second: str
    cosine: float | None = Field(description="null: a rule of one brand joins them")
    is_weakest: bool


class WhyShown(Schema):
    is_together: bool = Field(description="in one cluster, as corrected")
    tier: str
    is_same_file: bool
    is_copy: bool
    hash_distance: int = Field(description="bits of 64")
    cosine: float | None
    percentile: float | None = Field(
        description="share of the nearest pairs of the data set that are less similar"
    )
    word: str = Field(description="that the domains share; may be empty")
    read: list[str] = Field(description="words that were read in both logos")
    rule: str | None = Field(description="about this very pair: same or different")
    rules: list[tuple[str, str]] = Field(description="chain of rules that makes them one brand")
    chain: list[LinkShown] = Field(description="of nearest neighbours, within the cluster")


@router.get("/datasets/{slug}/runs/{run}/items/{domain}/why", response=WhyShown)
def why(
    request: ApiRequest, slug: str, run: str, domain: str, other: Annotated[Other, Query()]
) -> WhyShown:
    """Show why two domains are, or are not, in one cluster."""
    dataset = get_dataset(request, slug)
    found = get_finished_run(dataset, run)
    first = _side(found, dataset, domain)
    one = evidence.why(found, first, _second(found, dataset, first, other.second))
    return WhyShown(
        is_together=one.is_together,
        tier=one.tier.value,
        is_same_file=one.is_same_file,
        is_copy=one.is_copy,
        hash_distance=one.hash_distance,
        cosine=one.cosine,
        percentile=one.percentile,
        word=one.word,
        read=list(one.read),
        rule=one.rule.kind if one.rule else None,
        rules=[(first.name, second.name) for first, second in one.rules],
        chain=[
            LinkShown(
                first=link.first.domain.name,
                second=link.second.domain.name,
                cosine=None if link.is_by_rule else link.cosine,
                is_weakest=link.is_weakest,
            )
            for link in one.chain
        ],
    )


def _second(run: Run, dataset: Dataset, first: Side, name: str) -> Side:
    if name:
        return _side(run, dataset, name)
    medoid = evidence.medoid_of(run, first.cluster) if first.cluster else None
    if medoid is None:
        raise Http404("an outlier has no medoid to compare it with; name a second domain")
    return _side(run, dataset, medoid.name)


def _side(run: Run, dataset: Dataset, name: str) -> Side:
    domain = get_object_or_404(dataset.domains, name=name.replace("\0", ""))
    side = evidence.side_of(run, domain)
    if side is None:
        raise Http404("the domain has no logo in this run")
    return side
