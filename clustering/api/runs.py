"""Runs of a data set."""

from ninja import Router

from clustering.api.access import ApiRequest, get_run
from clustering.api.datasets import NEWEST_FIRST
from clustering.api.paging import Page, Paging, page_of
from clustering.api.schemas import RunShown
from clustering.models import Run
from clustering.views.access import get_dataset

router = Router(tags=["Runs"])


@router.get("/datasets/{slug}/runs", response=Page[RunShown])
def runs(request: ApiRequest, slug: str, page: Paging) -> Page[RunShown]:
    """List the runs of a data set, newest first."""
    return page_of(get_dataset(request, slug).runs.all(), NEWEST_FIRST, page, RunShown.from_orm)


@router.get("/datasets/{slug}/runs/{run}", response=RunShown)
def run(request: ApiRequest, slug: str, run: str) -> Run:
    """Show a run; `latest` is the newest that succeeded."""
    return get_run(get_dataset(request, slug), run)
