"""Locks of clusters, and notes on clusters and logos."""

from django.http import HttpResponse
from django.views.decorators.http import require_POST

from clustering.models import Run
from clustering.pipeline.errors import InputError
from clustering.services.curation import marks
from clustering.views.access import SignedInRequest
from clustering.views.corrections import answer, refuse_stale_page
from clustering.views.idempotency import client_id_of, known_uuid
from clustering.views.picks import LARGEST_ID
from clustering.views.run_context import get_cluster


@require_POST
def lock(request: SignedInRequest, slug: str) -> HttpResponse:
    """Lock a cluster as complete, or unlock it."""

    def decide(run: Run) -> str:
        cluster = get_cluster(run, known_uuid(request.POST.get("cluster", "")))
        refuse_stale_page(request, run, [f"lock {cluster.uid}"])
        is_locked = request.POST.get("is_locked") == "true"
        client_id = client_id_of(request)
        marks.lock(cluster, request.user, is_locked=is_locked, client_id=client_id)
        return f"{'Locked' if is_locked else 'Unlocked'} {cluster.name}"

    return answer(request, slug, decide)


@require_POST
def note(request: SignedInRequest, slug: str) -> HttpResponse:
    """Write a note on a cluster or on the logo of a domain; an empty one removes it."""

    def decide(run: Run) -> str:
        text, client_id = request.POST.get("text", ""), client_id_of(request)
        uid = request.POST.get("cluster", "")
        if uid:
            cluster = get_cluster(run, known_uuid(uid))
            refuse_stale_page(request, run, [f"note {cluster.uid}"])
            marks.note_on_cluster(cluster, request.user, text=text, client_id=client_id)
            return f"Noted on {cluster.name}"
        asked = request.POST.get("domain", "")
        if not asked.isdecimal():
            raise InputError("the note is about nothing; reload the page and try again")
        pk = min(int(asked), LARGEST_ID)
        refuse_stale_page(request, run, [f"note {pk}"])
        marks.note_on_domain(run, request.user, domain_id=pk, text=text, client_id=client_id)
        return "Note saved"

    return answer(request, slug, decide)
