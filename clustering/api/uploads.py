"""Writes about data sets: uploads, more domains, runs, deletion."""

from typing import Annotated, cast

from django.core.files import File
from django.db import transaction
from ninja import Field, Form, Router, Schema, Status, UploadedFile
from ninja import File as FileParam

from clustering import tasks
from clustering.api import access
from clustering.api.access import ApiRequest, get_run
from clustering.api.datasets import router as datasets_router
from clustering.api.runs import router as runs_router
from clustering.api.schemas import DatasetShown, RunShown
from clustering.forms import DEFAULT_EMBEDDER
from clustering.models import Dataset, Run
from clustering.pipeline.errors import InputError
from clustering.services.datasets import intake, lifecycle
from clustering.services.placement import add_domains
from clustering.services.runs import request as runs
from clustering.services.runs.spec import RunSpec
from clustering.views.access import get_dataset, get_editable_dataset, get_owned_dataset

MAX_NAME = 120
MAX_TEXT = 2_000_000  # characters; more is uploaded as a file

FormName = Annotated[str, Form(max_length=MAX_NAME, description="by default the name of the file")]
router = Router(tags=["Uploads and runs"], auth=access.curate)


class ListBody(Schema):
    domains: Annotated[list[str], Field(min_length=1, max_length=add_domains.MOST_AT_ONCE)]


class NewListBody(ListBody):
    name: Annotated[str, Field(max_length=MAX_NAME)] = "List"


class StartBody(Schema):
    embedder: Annotated[str, Field(max_length=300)] = DEFAULT_EMBEDDER


class AddedShown(Schema):
    n_new: int
    n_known: int
    n_rejected: int


class RunBody(Schema):
    """Of a new run; what is left out is as in the last run."""

    name: Annotated[str, Field(max_length=80)] = ""
    clusterer: Annotated[str, Field(max_length=40)] | None = None
    clusterer_params: dict[str, float | int | str | bool | None] = {}


@datasets_router.post("/datasets", response={202: DatasetShown}, auth=access.curate)
def upload_file(
    request: ApiRequest, file: FileParam[UploadedFile], name: FormName = ""
) -> Status[Dataset]:
    """Upload a list of domains or a ZIP of images; it is read, then waits for `start`."""
    content = cast("File[bytes]", file)
    with transaction.atomic():
        created = intake.receive_upload(
            request.user,
            source_name=file.name or "upload",
            chunks=content.chunks(),
            embedder=DEFAULT_EMBEDDER,
            name=name,
        )
        tasks.send_on_commit(tasks.advance, created.pk)
    return Status(202, get_dataset(request, created.slug))


@router.post("/lists", response={202: DatasetShown})
def upload_list(request: ApiRequest, body: NewListBody) -> Status[Dataset]:
    """Make a data set of a list; it is read, then waits for `start`."""
    with transaction.atomic():
        created = intake.receive_text(
            request.user,
            "\n".join(body.domains),
            embedder=DEFAULT_EMBEDDER,
            name=body.name,
        )
        tasks.send_on_commit(tasks.advance, created.pk)
    return Status(202, get_dataset(request, created.slug))


@router.post("/datasets/{slug}/start", response={202: DatasetShown})
def start(request: ApiRequest, slug: str, body: StartBody) -> Status[Dataset]:
    """Accept what was read: import the domains, fetch their logos, make the first run."""
    dataset = get_editable_dataset(request, slug)
    with transaction.atomic():
        if not intake.confirm(dataset, embedder=body.embedder):
            raise InputError(f"the data set is not ready to start: it is {dataset.intake}")
        tasks.send_on_commit(tasks.advance, dataset.pk)
    return Status(202, get_dataset(request, slug))


@router.post("/datasets/{slug}/domains", response={202: AddedShown})
def add(request: ApiRequest, slug: str, body: ListBody) -> Status[add_domains.Added]:
    """Add domains; they are fetched and placed into the last run."""
    dataset = get_editable_dataset(request, slug)
    with transaction.atomic():
        added = add_domains.add_pasted(dataset, "\n".join(body.domains))
        tasks.send_on_commit(tasks.advance, dataset.pk)
    return Status(202, added)


@datasets_router.delete("/datasets/{slug}", response={204: None}, auth=access.admin)
def delete_dataset(request: ApiRequest, slug: str) -> Status[None]:
    """Delete a data set with its runs and corrections."""
    dataset = get_owned_dataset(request, slug)
    with transaction.atomic():
        lifecycle.request_deletion(dataset)
        tasks.send_on_commit(tasks.delete_dataset, dataset.pk)
    return Status(204, None)


@runs_router.post("/datasets/{slug}/runs", response={202: RunShown}, auth=access.curate)
def start_run(request: ApiRequest, slug: str, body: RunBody) -> Status[Run]:
    """Queue a run."""
    dataset = get_editable_dataset(request, slug)
    with transaction.atomic():
        queued = runs.request_run(dataset, _spec(dataset, body))
        tasks.send_on_commit(tasks.advance, dataset.pk)
    return Status(202, queued)


def _spec(dataset: Dataset, body: RunBody) -> RunSpec:
    last = dataset.runs.order_by("-pk").first()
    base = RunSpec.of(last) if last else RunSpec.default_for(dataset.embedder)
    is_same = body.clusterer in {None, base.clusterer}
    params = (
        {**base.clusterer_params, **body.clusterer_params} if is_same else body.clusterer_params
    )
    return RunSpec(
        embedder=base.embedder,
        clusterer=body.clusterer or base.clusterer,
        clusterer_params=params,
        projector=base.projector,
        projector_params=base.projector_params,
        random_state=base.random_state,
        preparation=base.preparation,
        is_auto=base.is_auto and is_same and not body.clusterer_params,
        is_calibrated=base.is_calibrated and not body.clusterer_params,
        name=body.name,
    )


@router.post("/datasets/{slug}/runs/{run}/cancel", response=RunShown)
def cancel_run(request: ApiRequest, slug: str, run: str) -> Run:
    """Cancel a run that has not finished."""
    found = get_run(get_editable_dataset(request, slug), run)
    if not runs.cancel(found):
        raise InputError("the run has finished")
    found.refresh_from_db()
    return found
