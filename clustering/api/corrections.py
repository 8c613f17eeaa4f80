"""Corrections of a run: the services and the undo of the pages."""

import re
from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Final
from uuid import UUID, uuid4, uuid5

from django.db import transaction
from django.http import HttpResponse
from ninja import Field, Header, Path, Query, Router, Schema

from clustering.api import access
from clustering.api.access import ApiRequest, get_finished_run, hold_finished_run
from clustering.api.datasets import NEWEST_FIRST
from clustering.api.paging import Page, Paging, page_of
from clustering.api.problems import Problem
from clustering.models import Correction, Run
from clustering.services.curation import decisions, undo
from clustering.services.curation.edits import MAX_NAME
from clustering.services.curation.marks import MOST_CHARACTERS
from clustering.views.access import get_dataset, get_editable_dataset

KEYS: Final = UUID("5b5df3ad-9f32-4a0e-9d0c-7c1a4f7a4b52")  # names the ids of keyed requests
ETAG: Final = re.compile(r'"(\d{1,18})"')
MAX_KEY: Final = 200
ANY: Final = "*"

router = Router(tags=["Corrections"])


class CorrectionShown(Schema):
    id: int
    verb: str
    text: str
    actor: str
    created_at: datetime

    @classmethod
    def of(cls, correction: Correction) -> "CorrectionShown":
        return cls(
            id=correction.pk,
            verb=correction.verb,
            text=decisions.told(correction),
            actor=correction.actor.username if correction.actor else "",
            created_at=correction.created_at,
        )


class Decided(CorrectionShown):
    version: int = Field(description="of the run afterwards, as in the ETag")
    is_dry_run: bool


Domains = Annotated[list[str], Field(min_length=1, max_length=decisions.MOST_DOMAINS)]
Name = Annotated[str, Field(min_length=1, max_length=MAX_NAME)]


class AssignBody(Schema):
    domains: Domains
    cluster: UUID | None = Field(description="null: they are outliers")


class DomainsBody(Schema):
    domains: Domains


class NewClusterBody(Schema):
    domains: Domains
    name: Name


class MergeBody(Schema):
    clusters: Annotated[list[UUID], Field(min_length=1, max_length=decisions.MOST_CLUSTERS)]
    into: UUID | None = Field(default=None, description="by default the largest")
    name: Annotated[str, Field(max_length=MAX_NAME)] = ""


class ClusterBody(Schema):
    cluster: UUID


class RenameBody(ClusterBody):
    name: Name


class NoteBody(Schema):
    text: Annotated[str, Field(max_length=MOST_CHARACTERS, description="empty removes the note")]
    cluster: UUID | None = None
    domain: Annotated[str, Field(description="if no cluster is given")] = ""


class DryRun(Schema):
    dry_run: bool = Field(
        default=False, description="check and describe the decision without making it"
    )


class Headers(Schema):
    """Of a decision."""

    idempotency_key: str = Field(
        default="",
        max_length=MAX_KEY,
        alias="Idempotency-Key",
        description="the same request with the same key decides once",
    )
    if_match: str = Field(
        default="",
        max_length=MAX_KEY,
        alias="If-Match",
        description="ETag of the corrections that the decision is based on; 412 if newer ones"
        " are about the same domains or clusters",
    )


Sent = Annotated[Headers, Header()]
Dry = Annotated[DryRun, Query()]


@router.get("/datasets/{slug}/runs/{run}/corrections", response=Page[CorrectionShown])
def corrections(
    request: ApiRequest, response: HttpResponse, slug: str, run: str, page: Paging
) -> Page[CorrectionShown]:
    """List the corrections made in a run, newest first; the ETag is for `If-Match`."""
    found = get_finished_run(get_dataset(request, slug), run)
    response.headers["ETag"] = f'"{undo.state(found, request.user).version}"'
    rows = found.corrections.select_related("actor", "target__target")
    return page_of(rows, NEWEST_FIRST, page, CorrectionShown.of)


def decide(
    request: ApiRequest,
    response: HttpResponse,
    place: tuple[str, str],
    command: decisions.Command,
    sent: Headers,
    dry: DryRun,
) -> Decided:
    slug, run = place
    dataset = get_editable_dataset(request, slug)
    with transaction.atomic():
        found = hold_finished_run(dataset, run)
        decision = decisions.decide(
            found,
            request.user,
            command,
            client_id=_client_id(request, found, command, sent.idempotency_key),
            seen=_seen(sent.if_match),
            is_dry_run=dry.dry_run,
        )
    response.headers["ETag"] = f'"{decision.version}"'
    shown = CorrectionShown.of(decision.correction).dict()
    return Decided(**shown, version=decision.version, is_dry_run=decision.is_dry_run)


def _client_id(request: ApiRequest, run: Run, command: decisions.Command, key: str) -> UUID:
    """Return an id of the request: the same key with other values is another decision."""
    return uuid5(KEYS, repr((request.user.pk, run.pk, key, command))) if key else uuid4()


def _seen(if_match: str) -> int | None:
    if if_match in {"", ANY}:
        return None
    found = ETAG.fullmatch(if_match.strip())
    if found is None:
        detail = "If-Match is not an ETag of the corrections of a run"
        raise Problem(HTTPStatus.BAD_REQUEST, "bad_etag", detail)
    return int(found[1])


PATH: Final = "/datasets/{slug}/runs/{run}/corrections"
Operation = Callable[..., Decided]


def posted(verb: str, on: Router = router) -> Callable[[Operation], Operation]:
    """Return the decorator of an operation that makes a correction."""
    return on.post(f"{PATH}/{verb}", response=Decided, auth=access.curate)


@posted("assign")
def assign(
    request: ApiRequest,
    response: HttpResponse,
    slug: str,
    run: str,
    body: AssignBody,
    sent: Sent,
    dry: Dry,
) -> Decided:
    """Move domains to a cluster, or out as outliers."""
    command = decisions.Assign(tuple(body.domains), body.cluster)
    return decide(request, response, (slug, run), command, sent, dry)


@posted("ignore")
def ignore(
    request: ApiRequest,
    response: HttpResponse,
    slug: str,
    run: str,
    body: DomainsBody,
    sent: Sent,
    dry: Dry,
) -> Decided:
    """Leave domains out of clusters and outliers."""
    command = decisions.Ignore(tuple(body.domains))
    return decide(request, response, (slug, run), command, sent, dry)


@posted("restore")
def restore(
    request: ApiRequest,
    response: HttpResponse,
    slug: str,
    run: str,
    body: DomainsBody,
    sent: Sent,
    dry: Dry,
) -> Decided:
    """Take ignored domains back to where they were."""
    command = decisions.Restore(tuple(body.domains))
    return decide(request, response, (slug, run), command, sent, dry)


@posted("new-cluster")
def new_cluster(
    request: ApiRequest,
    response: HttpResponse,
    slug: str,
    run: str,
    body: NewClusterBody,
    sent: Sent,
    dry: Dry,
) -> Decided:
    """Make a cluster of domains."""
    command = decisions.NewCluster(tuple(body.domains), body.name)
    return decide(request, response, (slug, run), command, sent, dry)


@posted("merge")
def merge(
    request: ApiRequest,
    response: HttpResponse,
    slug: str,
    run: str,
    body: MergeBody,
    sent: Sent,
    dry: Dry,
) -> Decided:
    """Merge clusters."""
    command = decisions.MergeClusters(tuple(body.clusters), body.into, body.name)
    return decide(request, response, (slug, run), command, sent, dry)


@posted("split-back")
def split_back(
    request: ApiRequest,
    response: HttpResponse,
    slug: str,
    run: str,
    body: ClusterBody,
    sent: Sent,
    dry: Dry,
) -> Decided:
    """Take a merged cluster apart again."""
    command = decisions.SplitBackCluster(body.cluster)
    return decide(request, response, (slug, run), command, sent, dry)


@posted("rename")
def rename(
    request: ApiRequest,
    response: HttpResponse,
    slug: str,
    run: str,
    body: RenameBody,
    sent: Sent,
    dry: Dry,
) -> Decided:
    """Give a cluster another name."""
    command = decisions.RenameCluster(body.cluster, body.name)
    return decide(request, response, (slug, run), command, sent, dry)


@posted("lock")
def lock(
    request: ApiRequest,
    response: HttpResponse,
    slug: str,
    run: str,
    body: ClusterBody,
    sent: Sent,
    dry: Dry,
) -> Decided:
    """Lock a cluster as complete: the machine adds nothing to it any more."""
    command = decisions.LockCluster(body.cluster)
    return decide(request, response, (slug, run), command, sent, dry)


@posted("unlock")
def unlock(
    request: ApiRequest,
    response: HttpResponse,
    slug: str,
    run: str,
    body: ClusterBody,
    sent: Sent,
    dry: Dry,
) -> Decided:
    """Unlock a cluster."""
    command = decisions.LockCluster(body.cluster, is_locked=False)
    return decide(request, response, (slug, run), command, sent, dry)


@posted("note")
def note(
    request: ApiRequest,
    response: HttpResponse,
    slug: str,
    run: str,
    body: NoteBody,
    sent: Sent,
    dry: Dry,
) -> Decided:
    """Write a note on a cluster or on the logo of a domain."""
    command = decisions.Note(body.text, body.cluster, body.domain)
    return decide(request, response, (slug, run), command, sent, dry)


@posted("undo")
def undo_correction(
    request: ApiRequest, response: HttpResponse, slug: str, run: str, sent: Sent, dry: Dry
) -> Decided:
    """Reverse the latest decision of the token's user."""
    return decide(request, response, (slug, run), decisions.Undo(), sent, dry)


@posted("{pk}/undo")
def undo_one(
    request: ApiRequest,
    response: HttpResponse,
    slug: str,
    run: str,
    pk: Annotated[int, Path(ge=1, lt=2**63)],
    sent: Sent,
    dry: Dry,
) -> Decided:
    """Reverse one decision of any user, unless a later one is about the same domains."""
    return decide(request, response, (slug, run), decisions.UndoOne(pk), sent, dry)


@posted("redo")
def redo_correction(
    request: ApiRequest, response: HttpResponse, slug: str, run: str, sent: Sent, dry: Dry
) -> Decided:
    """Make the decision again that the token's user undid last."""
    return decide(request, response, (slug, run), decisions.Redo(), sent, dry)
