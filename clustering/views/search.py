"""One search: words, a logo of the data set, or a picture from elsewhere."""

from typing import Any, cast

from django.contrib import messages
from django.core.files import File
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST
from django.views.decorators.vary import vary_on_headers

from clustering.forms import MAX_LOGO_BYTES, image_formats
from clustering.models import Classification, Run
from clustering.pipeline.errors import InputError
from clustering.selectors import logo_tiles
from clustering.selectors import search as searches
from clustering.services.classification.cards import answer_card
from clustering.views.access import SignedInRequest, get_dataset, get_editable_dataset, get_run
from clustering.views.classify import ask_both, work_after_commit
from clustering.views.picks import LARGEST_ID
from clustering.views.run_context import RunContext, asked_text, label_source_of, preserved_query


@require_GET
@vary_on_headers("HX-Request")
def search(request: SignedInRequest, slug: str) -> HttpResponse:
    """Show what ``?q=``, ``?like=`` (a domain) or ``?picture=`` finds."""
    dataset = get_dataset(request, slug)
    run, text = get_run(request, dataset), asked_text(request)
    context: dict[str, Any] = {"dataset": dataset, "run": run, "text": text}
    context |= {"max_bytes": MAX_LOGO_BYTES, "formats": image_formats()}
    label_source, query = label_source_of(request), preserved_query(request)
    if run:
        context |= RunContext(dataset, run, label_source, query).template_context(request)
    if run and "picture" in request.GET:
        context |= _by_picture(request, run)
    elif run and "like" in request.GET:
        domain = get_object_or_404(dataset.domains, name=request.GET["like"].replace("\0", ""))
        assignment = logo_tiles.assignment_of(run, domain)
        logo = assignment.logo if assignment else None
        context |= {"asked": {"logo": logo, "given": domain.name}}
        context |= {"similar": searches.like(run, logo)}
    elif text:
        context |= {"hits": searches.search(dataset, run, label_source, text)}
        context |= {"is_address": text.startswith(("http://", "https://"))}
    template = "partials/search.html" if request.htmx else "search.html"
    return render(request, f"clustering/{template}", context)


def _by_picture(request: SignedInRequest, run: Run) -> dict[str, Any]:
    asked_pk = request.GET["picture"]
    pk = min(int(asked_pk), LARGEST_ID) if asked_pk.isdecimal() else 0
    asked = get_object_or_404(Classification, pk=pk, dataset=run.dataset, run=run)
    similar = [] if asked.is_unfinished else searches.like(run, asked.logo)
    return {"asked": asked, "card": answer_card(asked), "similar": similar}


@require_POST
def search_picture(request: SignedInRequest, slug: str) -> HttpResponse:
    """Have a worker look at the picture of a file or an address, as for a classification."""
    dataset = get_editable_dataset(request, slug)
    run = get_run(request, dataset)
    if run is None:
        messages.error(request, "Nothing to compare yet: no run has finished.")
        return redirect("search", slug)
    files = cast("list[File[bytes]]", request.FILES.getlist("picture")[:1])
    lines = [] if files else [request.POST.get("address", "")]
    try:
        refused, asked = ask_both(request, run, lines, files)
    except InputError:
        messages.error(request, "Choose a picture or enter its address.")
        return redirect("search", slug)
    work_after_commit(dataset)
    if refused:
        messages.error(request, f"“{refused[0].text}”: {refused[0].reason}.")
        return redirect("search", slug)
    back = redirect("search", slug)
    back["Location"] += f"?picture={asked[0].pk}"
    back["Location"] += f"&run={run.slug}" if "run" in request.GET else ""
    return back
