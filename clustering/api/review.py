"""The review queue of a run: what to decide next, by the corrections or here."""

from typing import Annotated
from uuid import uuid4

from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from ninja import Field, Path, Router, Schema, Status

from clustering.api import access
from clustering.api.access import ApiRequest, get_finished_run, hold_finished_run
from clustering.api.corrections import CorrectionShown, Decided
from clustering.api.paging import Page, Paging, keyset_page
from clustering.api.schemas import ClusterName, SuggestionShown
from clustering.models import LabelSource, ReviewItem, Run
from clustering.pipeline.errors import InputError
from clustering.selectors.pages import Sort
from clustering.selectors.review_cards import N_CHOICES, ranked
from clustering.selectors.similarity import suggestions
from clustering.services.curation import undo
from clustering.services.review import queue
from clustering.views.access import get_dataset, get_editable_dataset

IN_ORDER = (Sort("place"), Sort("id"))
MOST_SHOWN = 50  # domains of one item

router = Router(tags=["Review"])
ItemId = Annotated[int, Path(ge=1, lt=2**63)]


class ReviewItemShown(Schema):
    id: int
    kind: str = Field(
        description="group or single: outliers; fragments: clusters of one brand; member: likely"
        " wrong; icon: one picture of unrelated sites"
    )
    reason: str
    score: float = Field(description="probability of the first suggestion")
    n_open: int = Field(description="number of undecided domains and clusters")
    domains: list[str] = Field(description=f"undecided, the first {MOST_SHOWN}")
    clusters: list[ClusterName] = Field(description="that may be merged")
    suggestions: list[SuggestionShown] = Field(description="clusters of the domains, best first")


@router.get("/datasets/{slug}/runs/{run}/review", response=Page[ReviewItemShown])
def review(request: ApiRequest, slug: str, run: str, page: Paging) -> Page[ReviewItemShown]:
    """List the open items in the order of asking; corrections of their domains close them."""
    found = get_finished_run(get_dataset(request, slug), run)
    rows = found.review_items.open().prefetch_related("subjects__domain", "subjects__cluster")
    part = keyset_page(rows, IN_ORDER, page)
    return Page(results=_shown(found, part.rows), next=part.next or None)


@router.post(
    "/datasets/{slug}/runs/{run}/review/{pk}/skip", response={204: None}, auth=access.curate
)
def skip(request: ApiRequest, slug: str, run: str, pk: ItemId) -> Status[None]:
    """Put an item aside."""
    dataset = get_editable_dataset(request, slug)
    with transaction.atomic():
        queue.skip(_item(hold_finished_run(dataset, run), pk))
    return Status(204, None)


@router.post(
    "/datasets/{slug}/runs/{run}/review/{pk}/different", response=Decided, auth=access.curate
)
def keep_apart(
    request: ApiRequest, response: HttpResponse, slug: str, run: str, pk: ItemId
) -> Decided:
    """Keep the clusters of an item apart, also in later runs."""
    dataset = get_editable_dataset(request, slug)
    with transaction.atomic():
        found = hold_finished_run(dataset, run)
        asked = _item(found, pk)
        if asked.kind != ReviewItem.Kind.FRAGMENTS:
            raise InputError("the item asks about domains; make a correction of them")
        done = queue.dismiss_merge(asked, request.user, client_id=uuid4())
        version = undo.state(found, request.user).version
    response.headers["ETag"] = f'"{version}"'
    return Decided(**CorrectionShown.of(done).dict(), version=version, is_dry_run=False)


def _item(run: Run, pk: int) -> ReviewItem:
    return get_object_or_404(run.review_items.open(), pk=pk)


def _shown(run: Run, items: list[ReviewItem]) -> list[ReviewItemShown]:
    asked = {one.domain_id for item in items for one in item.subjects.all() if one.domain_id}
    undecided = run.assignments.filter(domain_id__among=asked, reviewed_at__isnull=True)
    logo_of = dict(undecided.values_list("domain_id", "logo_id"))
    suggested = suggestions(run, LabelSource.CORRECTED, sorted(set(logo_of.values())))
    shown = []
    for item in items:
        subjects = list(item.subjects.all())
        domains = [one.domain for one in subjects if one.domain and one.domain_id in logo_of]
        logos = {logo_of[one.pk] for one in domains}
        clusters = [one.cluster for one in subjects if one.cluster]
        best = ranked({pk: suggested.get(pk, ()) for pk in logos})[:N_CHOICES]
        shown.append(
            ReviewItemShown(
                id=item.pk,
                kind=item.kind,
                reason=item.reason,
                score=item.score,
                n_open=item.n_open,
                domains=sorted(one.name for one in domains)[:MOST_SHOWN],
                clusters=[
                    ClusterName(uid=one.uid, name=one.name)
                    for one in clusters
                    if one.merged_into_id is None and one.n_members
                ],
                suggestions=[SuggestionShown.of(one) for one, _ in best],
            )
        )
    return shown
