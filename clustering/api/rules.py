"""Rules of a run about pairs of domains: listed, made and removed."""

from datetime import datetime
from typing import Annotated

from django.http import HttpResponse
from ninja import Field, Router, Schema

from clustering.api.access import ApiRequest, get_finished_run
from clustering.api.corrections import Decided, DomainsBody, Dry, Sent, decide, posted
from clustering.api.paging import Page, Paging, page_of
from clustering.models import PairRule
from clustering.selectors.pages import Sort
from clustering.services.curation import decisions
from clustering.services.curation.rules import MOST_PAIRS
from clustering.views.access import get_dataset

NEWEST_FIRST = (Sort("decided_at", is_descending=True), Sort("id"))

router = Router(tags=["Corrections"])


class RuleShown(Schema):
    kind: str = Field(description="same or different")
    first: str
    second: str
    decided_by: str
    decided_at: datetime

    @classmethod
    def of(cls, rule: PairRule) -> "RuleShown":
        return cls(
            kind=rule.kind,
            first=rule.first.name,
            second=rule.second.name,
            decided_by=rule.decided_by.username if rule.decided_by else "",
            decided_at=rule.decided_at,
        )


class DifferentBody(DomainsBody):
    others: Annotated[
        list[str],
        Field(
            max_length=decisions.MOST_DOMAINS,
            description="if given, each of `domains` differs from each of these alone",
        ),
    ] = []


class PairsBody(Schema):
    pairs: Annotated[list[tuple[str, str]], Field(min_length=1, max_length=MOST_PAIRS)]


@router.get("/datasets/{slug}/runs/{run}/rules", response=Page[RuleShown])
def rules(request: ApiRequest, slug: str, run: str, page: Paging) -> Page[RuleShown]:
    """List the rules that hold in a run, newest first."""
    found = get_finished_run(get_dataset(request, slug), run)
    rows = found.pair_rules.select_related("first", "second", "decided_by")
    return page_of(rows, NEWEST_FIRST, page, RuleShown.of)


@posted("same", router)
def same(
    request: ApiRequest,
    response: HttpResponse,
    slug: str,
    run: str,
    body: DomainsBody,
    sent: Sent,
    dry: Dry,
) -> Decided:
    """Bind domains into one brand: every later run keeps them in one cluster."""
    return decide(request, response, (slug, run), decisions.Same(tuple(body.domains)), sent, dry)


@posted("different", router)
def different(
    request: ApiRequest,
    response: HttpResponse,
    slug: str,
    run: str,
    body: DifferentBody,
    sent: Sent,
    dry: Dry,
) -> Decided:
    """Keep domains apart, from each other or from others: no later run joins two of them."""
    command = decisions.Different(tuple(body.domains), tuple(body.others))
    return decide(request, response, (slug, run), command, sent, dry)


@posted("remove-rules", router)
def remove_rules(
    request: ApiRequest,
    response: HttpResponse,
    slug: str,
    run: str,
    body: PairsBody,
    sent: Sent,
    dry: Dry,
) -> Decided:
    """Remove the rules about pairs of domains."""
    command = decisions.RemoveRules(tuple(body.pairs))
    return decide(request, response, (slug, run), command, sent, dry)
