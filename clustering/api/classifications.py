"""Classification of a site, an address or an image against a run; asked once, then polled."""

from datetime import datetime
from typing import Annotated

from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from ninja import Field, File, Router, Schema, Status, UploadedFile

from clustering import tasks
from clustering.api import access
from clustering.api.access import ApiRequest, get_finished_run
from clustering.api.schemas import ClusterName
from clustering.forms import MAX_LOGO_BYTES
from clustering.models import Classification
from clustering.pipeline.domains.names import MAX_ADDRESS_CHARS
from clustering.pipeline.errors import InputError
from clustering.services.classification import request as service
from clustering.views.access import get_dataset, get_editable_dataset

CANDIDATE = ("uid", "name", "score", "domain")

router = Router(tags=["Classification"])


class SiteBody(Schema):
    given: Annotated[str, Field(min_length=1, max_length=MAX_ADDRESS_CHARS)] = Field(
        description="a domain, or the address of an image"
    )


class CandidateShown(ClusterName):
    score: float
    domain: str = Field(description="that shows the most similar logo of the cluster")


class ClassificationShown(Schema):
    id: int
    given: str
    status: str = Field(description="queued, running, succeeded, failed or cancelled")
    created_at: datetime
    finished_at: datetime | None
    cluster: ClusterName | None = Field(description="null: an outlier, or not answered")
    confidence: float | None
    reason: str
    candidates: list[CandidateShown]
    error_code: str
    error_detail: str

    @classmethod
    def of(cls, asked: Classification) -> "ClassificationShown":
        answer = asked.answer
        chosen = answer.get("cluster")
        return cls(
            id=asked.pk,
            given=asked.given,
            status=asked.status,
            created_at=asked.created_at,
            finished_at=asked.finished_at,
            cluster=ClusterName(uid=chosen["uid"], name=chosen["name"]) if chosen else None,
            confidence=answer.get("confidence"),
            reason=answer.get("reason", ""),
            candidates=[
                CandidateShown(**{name: one[name] for name in CANDIDATE})
                for one in answer.get("candidates", ())
            ],
            error_code=asked.error_code,
            error_detail=asked.error_detail,
        )


@router.post(
    "/datasets/{slug}/runs/{run}/classifications",
    response={202: ClassificationShown},
    auth=access.curate,
)
def classify(
    request: ApiRequest, response: HttpResponse, slug: str, run: str, body: SiteBody
) -> Status[ClassificationShown]:
    """Classify the logo of a site or an address; poll the address in `Location`."""
    found = get_finished_run(get_editable_dataset(request, slug), run)
    with transaction.atomic():
        refused, asked = service.request_all(found, request.user, [body.given])
        if not asked:
            raise InputError(refused[0].reason if refused else "there is nothing to classify")
        tasks.send_on_commit(tasks.see_classification, asked[0].pk)
    return _accepted(response, slug, asked[0])


@router.post(
    "/datasets/{slug}/runs/{run}/classifications/image",
    response={202: ClassificationShown},
    auth=access.curate,
)
def classify_image(
    request: ApiRequest, response: HttpResponse, slug: str, run: str, file: File[UploadedFile]
) -> Status[ClassificationShown]:
    """Classify an uploaded image; poll the address in `Location`."""
    found = get_finished_run(get_editable_dataset(request, slug), run)
    if (file.size or 0) > MAX_LOGO_BYTES:
        raise InputError(f"an image has at most {MAX_LOGO_BYTES} bytes")
    upload = service.Upload(file.name or "image", file.read)
    _, asked = service.request_all_with_files(found, request.user, [], [upload])
    with transaction.atomic():
        tasks.send_on_commit(tasks.answer_classifications)
    return _accepted(response, slug, asked[0])


@router.get("/datasets/{slug}/classifications/{pk}", response=ClassificationShown)
def classification(
    request: ApiRequest, slug: str, pk: Annotated[int, Field(ge=1, lt=2**63)]
) -> ClassificationShown:
    """Show a classification; it is kept for a week."""
    found = get_object_or_404(get_dataset(request, slug).classifications, pk=pk)
    return ClassificationShown.of(found)


def _accepted(
    response: HttpResponse, slug: str, asked: Classification
) -> Status[ClassificationShown]:
    response.headers["Location"] = reverse("api:classification", args=[slug, asked.pk])
    response.headers["Retry-After"] = "1"
    return Status(202, ClassificationShown.of(asked))
