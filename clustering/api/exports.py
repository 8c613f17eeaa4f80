"""Exports of a run: the files of the export page."""

from typing import Annotated

from django.http import Http404, StreamingHttpResponse
from ninja import Query, Router

from clustering.api.access import ApiRequest, get_finished_run
from clustering.api.items import Labels
from clustering.api.schemas import ExportShown
from clustering.views.access import get_dataset
from clustering.views.export_formats import FORMATS

router = Router(tags=["Exports"])
FILE = {"type": "string", "format": "binary"}
DOCUMENTED = {
    "responses": {
        200: {
            "description": "The file",
            "content": {one.media_type: {"schema": FILE} for one in FORMATS},
        }
    }
}


@router.get("/datasets/{slug}/runs/{run}/exports", response=list[ExportShown])
def export_formats(request: ApiRequest, slug: str, run: str) -> list[ExportShown]:
    """List the files of a run."""
    get_finished_run(get_dataset(request, slug), run)
    return [ExportShown.from_orm(one) for one in FORMATS]


@router.get("/datasets/{slug}/runs/{run}/exports/{file}", openapi_extra=DOCUMENTED)
def export(
    request: ApiRequest, slug: str, run: str, file: str, labels: Annotated[Labels, Query()]
) -> StreamingHttpResponse:
    """Stream a file; the same rows give the same bytes."""
    found = get_finished_run(get_dataset(request, slug), run)
    chosen = next((one for one in FORMATS if one.file == file), None)
    if chosen is None:
        raise Http404(file)
    return StreamingHttpResponse(
        chosen.write(found, labels.labels), content_type=chosen.media_type
    )
