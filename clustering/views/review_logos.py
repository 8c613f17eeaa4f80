"""Review of low-confidence logos one by one: accept, choose another, refuse, undo."""

from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from clustering import tasks
from clustering.models import Dataset, Domain
from clustering.pipeline.errors import InputError
from clustering.services.logos import choices, lookups, review_queue
from clustering.views.access import SignedInRequest, get_editable_dataset, get_run


@require_safe
@vary_on_headers("HX-Request")
def review_logos(request: SignedInRequest, slug: str) -> HttpResponse:
    """Show the domain of ``?domain=``, or the next in the queue (after ``?after=``)."""
    dataset = get_editable_dataset(request, slug)
    context = {
        "dataset": dataset,
        "run": get_run(request, dataset),
        "queue": review_queue.state(dataset),
        "client_id": uuid4(),
    }
    domain = _asked(request, dataset)
    if domain is not None:
        context |= _domain(dataset, domain)
    template = "partials/review_logos.html" if request.htmx else "review_logos.html"
    response = render(request, f"clustering/{template}", context)
    if request.htmx:
        response["HX-Replace-Url"] = _address(dataset, domain)
    return response


@require_POST
def review_logos_undo(request: SignedInRequest, slug: str) -> HttpResponse:
    """Undo the user's latest choice in the data set and show its domain."""
    dataset = get_editable_dataset(request, slug)
    undone, said = None, "There is no choice of yours to undo here."
    try:
        undone = choices.undo_own(dataset, request.user)
    except InputError as error:
        said = str(error)
    if undone is None:
        messages.error(request, said)
        return HttpResponseRedirect(_address(dataset, _shown(request, dataset)))
    tasks.send_on_commit(tasks.advance, dataset.pk)
    return HttpResponseRedirect(_address(dataset, undone.domain))


def _shown(request: SignedInRequest, dataset: Dataset) -> Domain | None:
    """Return the domain to stay on."""
    return dataset.domains.filter(name=request.POST.get("domain", "").replace("\0", "")).first()


def _asked(request: SignedInRequest, dataset: Dataset) -> Domain | None:
    if request.GET.get("domain"):
        return get_object_or_404(dataset.domains, name=request.GET["domain"])
    after = dataset.domains.filter(name=request.GET.get("after", "")).first()
    if after is None:
        return review_queue.first_open(dataset)
    return review_queue.next_open(dataset, after)


def _domain(dataset: Dataset, domain: Domain) -> dict[str, Any]:
    captures = list(domain.captures.select_related("logo"))
    primary = next((one for one in captures if one.is_primary), None)
    return {
        "domain": domain,
        "place": review_queue.place(dataset, domain),
        "captures": captures,
        "shown": primary or next(iter(captures), None),
        "capture": primary,
        "choice": domain.choices.in_force().select_related("actor").last(),
        "lookup": lookups.latest(domain),
    }


def _address(dataset: Dataset, domain: Domain | None) -> str:
    query = f"?{urlencode({'domain': domain.name})}" if domain else ""
    return reverse("review_logos", args=(dataset.slug,)) + query
