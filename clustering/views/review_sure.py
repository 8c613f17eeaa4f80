"""Accept many nearly sure suggestions at once: unticked ones stay in the queue."""

from typing import Any, Final
from uuid import uuid4

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from clustering.models import Run
from clustering.pipeline.errors import InputError
from clustering.selectors import review_cards
from clustering.selectors.sure_suggestions import SureItem, sure_items
from clustering.services.curation import edits
from clustering.services.review import queue
from clustering.templatetags.numbers import counted
from clustering.views.access import SignedInRequest, get_editable_dataset, get_run, hold_run
from clustering.views.corrections import refuse_stale_page
from clustering.views.idempotency import client_id_of
from clustering.views.run_context import RunContext, get_run_context

ON_PAGE: Final = 24
LOOKED_AT: Final = 10  # recent suggestions, before all others may be accepted unseen


@require_http_methods(["GET", "HEAD", "POST"])
def review_sure(request: SignedInRequest, slug: str) -> HttpResponse:
    """Show the first suggestions; or accept the ticked ones, and with ``rest`` the others too."""
    if request.method == "POST":
        return _accept(request, slug)
    run_context = get_run_context(request, slug)
    if not isinstance(run_context, RunContext):
        return run_context
    sure = sure_items(run_context.run)
    state = review_cards.state(run_context.run)
    context: dict[str, Any] = run_context.template_context(request)
    context |= {
        "shown": sure[:ON_PAGE],
        "n_sure": len(sure),
        "n_rest": len(sure[ON_PAGE:]),
        "queue": state,
        "may_accept_rest": state.n_recent >= LOOKED_AT,
        "client_id": uuid4(),
    }
    return render(request, "clustering/review_sure.html", context)


def _accept(request: SignedInRequest, slug: str) -> HttpResponse:
    dataset = get_editable_dataset(request, slug)
    if get_run(request, dataset) is None:
        return redirect("review", slug)
    try:
        with transaction.atomic():
            run = hold_run(request, dataset)
            n_accepted = _accept_ticked(request, run)
    except InputError as error:
        messages.error(request, f"{str(error)[0].upper()}{str(error)[1:]}")
        return redirect("review_sure", slug)
    messages.success(request, f"Accepted {counted(n_accepted, 'suggestion')}")
    return redirect("review_sure" if sure_items(run) else "review", slug)


def _accept_ticked(request: SignedInRequest, run: Run) -> int:
    sure = {one.key: one for one in sure_items(run)}
    shown, ticked = set(request.POST.getlist("shown")), set(request.POST.getlist("item"))
    accepted = [sure[key] for key in sure if key in ticked]
    if "rest" in request.POST and review_cards.state(run).n_recent >= LOOKED_AT:
        accepted += [sure[key] for key in sure if key not in shown]
    queue.doubt(run, [sure[key].item.pk for key in sure.keys() & (shown - ticked)])
    if not accepted:
        return 0
    clusters = {row.domain_id: one.cluster for one in accepted for row in one.rows}
    refuse_stale_page(request, run, clusters)
    edits.accept(run, request.user, clusters=clusters, client_id=client_id_of(request))
    queue.accepted(run, _ids(accepted))
    return len(accepted)


def _ids(sure: list[SureItem]) -> list[int]:
    return [one.item.pk for one in sure]
