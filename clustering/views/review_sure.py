"""Accept all suggestions above a confidence at once: unticked ones stay in the queue."""

from math import isnan
from typing import Any, Final

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods
from django.views.decorators.vary import vary_on_headers

from clustering.models import Run
from clustering.models.review import LIKELY, SURE
from clustering.pipeline.errors import InputError
from clustering.selectors import review_cards
from clustering.selectors.sure_suggestions import MOST, n_stored, sure_items
from clustering.services.curation import edits
from clustering.services.review import queue
from clustering.templatetags.numbers import counted
from clustering.views.access import SignedInRequest, get_editable_dataset, get_run, hold_run
from clustering.views.corrections import refuse_stale_page
from clustering.views.idempotency import client_id_of
from clustering.views.redirects import redirect_target
from clustering.views.run_context import RunContext, get_run_context

N_BORDERLINE: Final = 20
LOOKED_AT: Final = 10  # recent suggestions, before all others may be accepted unseen
HIGHEST: Final = 0.99
STEP: Final = 0.01


@require_http_methods(["GET", "HEAD", "POST"])
@vary_on_headers("HX-Request", "HX-Target")
def review_sure(request: SignedInRequest, slug: str) -> HttpResponse:
    """Count the suggestions from ``?from=`` on and show the borderline ones; or accept them."""
    if request.method == "POST":
        return _accept(request, slug)
    run_context = get_run_context(request, slug)
    if not isinstance(run_context, RunContext):
        return run_context
    run, least = run_context.run, _confidence(request.GET.get("from", ""))
    sure = sure_items(run, least)
    shown, others = sure[:N_BORDERLINE], sure[N_BORDERLINE:]
    state = review_cards.state(run)
    context: dict[str, Any] = run_context.template_context(request)
    context |= {
        "confidence": least,
        "lowest": LIKELY,
        "highest": HIGHEST,
        "step": STEP,
        "most": MOST,
        "shown": shown,
        "n_stored": n_stored(run, least),
        "n_sure": len(sure),
        "n_outliers": sum(len(one.rows) for one in sure),
        "n_others": len(others),
        "others": " ".join(one.key for one in others),
        "queue": state,
        "may_accept_others": state.n_recent >= LOOKED_AT,
    }
    template = "partials/sure.html" if request.htmx else "review_sure.html"
    return render(request, f"clustering/{template}", context)


def _confidence(text: str) -> float:
    """Return the number in the slider's steps, within its ends; the default if it is none."""
    try:
        asked = float(text)
    except ValueError:
        return SURE
    return SURE if isnan(asked) else min(max(round(asked, 2), LIKELY), HIGHEST)


def _accept(request: SignedInRequest, slug: str) -> HttpResponse:
    dataset = get_editable_dataset(request, slug)
    if get_run(request, dataset) is None:
        return redirect("review", slug)
    try:
        with transaction.atomic():
            run = hold_run(request, dataset)
            n_accepted = _accept_ticked(request, run)
        messages.success(request, f"Accepted {counted(n_accepted, 'suggestion')}")
    except InputError as error:
        messages.error(request, f"{str(error)[0].upper()}{str(error)[1:]}")
    return redirect(redirect_target(request, "review_sure", slug))


def _accept_ticked(request: SignedInRequest, run: Run) -> int:
    """Accept what is ticked and, if asked, the counted others; whatever is new stays open."""
    least = _confidence(request.POST.get("from", ""))
    sure = {one.key: one for one in sure_items(run, least)}
    shown, chosen = set(request.POST.getlist("shown")), set(request.POST.getlist("item"))
    queue.doubt(run, [sure[key].item.pk for key in sure.keys() & (shown - chosen)])
    if "rest" in request.POST and review_cards.state(run).n_recent >= LOOKED_AT:
        chosen |= set(request.POST.get("others", "").split())
    accepted = [sure[key] for key in sure if key in chosen]
    if not accepted:
        return 0
    clusters = {row.domain_id: one.cluster for one in accepted for row in one.rows}
    refuse_stale_page(request, run, clusters)
    edits.accept(run, request.user, clusters=clusters, client_id=client_id_of(request))
    queue.accepted(run, [one.item.pk for one in accepted])
    return len(accepted)
