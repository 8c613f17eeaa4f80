"""The review queue: one card at a time, decided by one key, answered with the next card."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from clustering.models import Cluster, ReviewItem, Run
from clustering.pipeline.errors import InputError
from clustering.selectors import domain_totals, review_cards
from clustering.services.curation import edits
from clustering.services.curation.conflicts import refuse_stale
from clustering.services.curation.undo import describe, redo_last, undo_last
from clustering.services.logos import review_queue
from clustering.services.review import queue
from clustering.services.runs import resuggest
from clustering.views.access import SignedInRequest, get_editable_dataset, get_run, hold_run
from clustering.views.idempotency import client_id_of, known_uuid
from clustering.views.run_context import (
    RunContext,
    context_of,
    get_cluster,
    get_run_context,
)

LARGEST_ID = 2**63 - 1  # SQLite raises beyond it
Decide = Callable[[SignedInRequest, Run, ReviewItem], tuple[str, str]]
"""Decides about an item; returns the answer to note, and what was done in words."""


@require_safe
@vary_on_headers("HX-Request")
def review(request: SignedInRequest, slug: str) -> HttpResponse:
    """Show the item of ``?item=``, or the next open one after it (``?after=``)."""
    run_context = get_run_context(request, slug)
    if not isinstance(run_context, RunContext):
        return run_context
    run = run_context.run
    asked, after = request.GET.get("item", ""), request.GET.get("after", "")
    item = _item(run, asked) or _next(run, _item(run, after))
    return _page(request, run_context, item)


@require_POST
def review_decide(request: SignedInRequest, slug: str) -> HttpResponse:
    """Decide about an item and answer with the next one."""
    dataset = get_editable_dataset(request, slug)
    decide = VERBS.get(request.POST.get("verb", ""), _assign)
    try:
        with transaction.atomic():
            run = hold_run(request, dataset)
            item = _item(run, request.POST.get("item", ""))
            if item is None:
                messages.error(request, "That question was replaced; this is the next one")
                return _show(request, run, _next(run, None))
            answer, said = decide(request, run, item)
            if answer:
                queue.answered(item, answer)
    except InputError as error:
        messages.error(request, f"{str(error)[0].upper()}{str(error)[1:]}")
        return _show(request, run, item)
    if said:
        messages.success(request, said)
    item.refresh_from_db()
    is_open = item.n_open > 0 and item.skipped_at is None
    return _show(request, run, item if is_open else _next(run, item))


@require_POST
def review_undo(request: SignedInRequest, slug: str) -> HttpResponse:
    """Reverse the latest decision and show the item that it was about."""
    run, shown = _run(request, slug), None
    try:
        with transaction.atomic():
            run = hold_run(request, run.dataset)
            done = undo_last(run, request.user, client_id=client_id_of(request))
    except InputError as error:
        done = None
        messages.error(request, str(error).capitalize())
    else:
        if done is None or done.target is None:
            messages.error(request, "There is nothing to undo")
        else:
            messages.success(request, f"Undid the {describe(done.target)}")
            queue.ask_again(run, done.target)
            shown = queue.asked_by(run, done)
    here = _item(run, request.POST.get("item", ""))
    return _show(request, run, shown or here or _next(run, None))


@require_POST
def review_redo(request: SignedInRequest, slug: str) -> HttpResponse:
    """Make the decision again that was undone last."""
    run = _run(request, slug)
    try:
        with transaction.atomic():
            run = hold_run(request, run.dataset)
            done = redo_last(run, request.user, client_id=client_id_of(request))
    except InputError as error:
        messages.error(request, str(error).capitalize())
    else:
        said = "There is nothing to redo" if done is None else "Done again"
        (messages.error if done is None else messages.success)(request, said)
    return _show(request, run, _next(run, None))


@require_POST
def review_bring_back(request: SignedInRequest, slug: str) -> HttpResponse:
    """Open the skipped items again."""
    run = _run(request, slug)
    n = queue.bring_back(run)
    messages.success(request, f"{n} skipped {'item is' if n == 1 else 'items are'} open again")
    return _show(request, run, _next(run, None))


@require_POST
def review_again(request: SignedInRequest, slug: str) -> HttpResponse:
    """Compute suggestions and queue again from the decisions made so far."""
    run = _run(request, slug)
    resuggest.resuggest(run)
    messages.success(request, "Suggestions are up to date with your decisions")
    return _show(request, run, _next(run, None))


def _run(request: SignedInRequest, slug: str) -> Run:
    run = get_run(request, get_editable_dataset(request, slug))
    if run is None:
        raise Http404
    return run


def _item(run: Run, text: str) -> ReviewItem | None:
    """Return an item by its id; None if it was replaced, by suggesting again."""
    known = int(text) if text.isdecimal() else 0
    return run.review_items.filter(pk=min(known, LARGEST_ID)).first()


def _next(run: Run, item: ReviewItem | None) -> ReviewItem | None:
    return review_cards.first_open(run, after=-1 if item is None else item.place)


def _show(request: SignedInRequest, run: Run, item: ReviewItem | None) -> HttpResponse:
    """Answer htmx with the card, others with a redirect to it."""
    if not request.htmx:
        return HttpResponseRedirect(_address(run, item))
    run_context = context_of(request, run.dataset)
    if not isinstance(run_context, RunContext):
        return run_context
    return _page(request, run_context, item)


def _page(
    request: SignedInRequest, run_context: RunContext, item: ReviewItem | None
) -> HttpResponse:
    run = run_context.run
    domain_totals.read_once(run_context.dataset)
    context: dict[str, Any] = run_context.template_context(request)
    context |= {
        "queue": review_cards.state(run),
        "n_doubtful": review_queue.state(run_context.dataset).n_left,
        "card": review_cards.card(run, item) if item else None,
        "client_id": uuid4(),
    }
    template = "partials/review.html" if request.htmx else "review.html"
    response = render(request, f"clustering/{template}", context)
    if request.htmx and request.method == "POST":
        response["HX-Replace-Url"] = _address(run, item)
    return response


def _address(run: Run, item: ReviewItem | None) -> str:
    return reverse("review", args=(run.dataset.slug,)) + (f"?item={item.pk}" if item else "")


def _assign(request: SignedInRequest, run: Run, item: ReviewItem) -> tuple[str, str]:
    """Move the chosen logos to the suggestion that was pressed, or to a cluster by its id."""
    key, _, uid = request.POST.get("choice", "").partition(":")
    cluster = get_cluster(run, known_uuid(uid or request.POST.get("cluster", "")))
    moved = _moved(request, run, item, cluster)
    return key or "typed", f"Moved {moved} to {cluster.name}"


def _keep_out(request: SignedInRequest, run: Run, item: ReviewItem) -> tuple[str, str]:
    was_member = bool(request.POST.get("own"))
    moved = _moved(request, run, item, None)
    return "out", f"Moved {moved} to the outliers" if was_member else f"Kept {moved} as outliers"


def _ignore(request: SignedInRequest, run: Run, item: ReviewItem) -> tuple[str, str]:
    chosen = _chosen(request, run, item)
    edits.ignore(run, request.user, domain_ids=chosen, client_id=client_id_of(request))
    return "ignored", f"Ignored {_n_logos(chosen)}"


def _keep_in(request: SignedInRequest, run: Run, item: ReviewItem) -> tuple[str, str]:
    """Confirm that a likely wrong member or a shared icon is where it belongs."""
    cluster = get_cluster(run, known_uuid(request.POST.get("own", "")))
    return "kept", f"Kept {_moved(request, run, item, cluster)} in {cluster.name}"


def _new(request: SignedInRequest, run: Run, item: ReviewItem) -> tuple[str, str]:
    name, chosen = request.POST.get("name", ""), _chosen(request, run, item)
    edits.new_cluster(
        run, request.user, domain_ids=chosen, name=name, client_id=client_id_of(request)
    )
    return "new", f"Made {' '.join(name.split())} of {_n_logos(chosen)}"


def _merge(request: SignedInRequest, run: Run, item: ReviewItem) -> tuple[str, str]:
    uids = {known_uuid(uid) for uid in request.POST.getlist("cluster")}
    clusters = list(run.clusters.filter(uid__in=uids, review_subjects__item=item))
    _refuse_stale(request, run, {str(one.uid) for one in clusters})
    done = edits.merge(run, request.user, clusters=clusters, client_id=client_id_of(request))
    return "merged", describe(done)[0].upper() + describe(done)[1:]


def _different(request: SignedInRequest, run: Run, item: ReviewItem) -> tuple[str, str]:
    about = {subject.cluster for subject in item.subjects.select_related("cluster")}
    _refuse_stale(request, run, {str(one.uid) for one in about if one})
    queue.dismiss_merge(item, request.user, client_id=client_id_of(request))
    return "", "Kept apart, also in later runs"


def _skip(request: SignedInRequest, run: Run, item: ReviewItem) -> tuple[str, str]:
    queue.skip(item)
    return "", ""


def _take_apart(request: SignedInRequest, run: Run, item: ReviewItem) -> tuple[str, str]:
    queue.take_apart(item)
    return "", "Its logos are asked one by one"


VERBS: dict[str, Decide] = {
    "assign": _assign,
    "out": _keep_out,
    "ignore": _ignore,
    "keep": _keep_in,
    "new": _new,
    "merge": _merge,
    "different": _different,
    "skip": _skip,
    "apart": _take_apart,
}


def _moved(request: SignedInRequest, run: Run, item: ReviewItem, cluster: Cluster | None) -> str:
    chosen = _chosen(request, run, item)
    edits.assign(
        run,
        request.user,
        domain_ids=chosen,
        cluster=cluster,
        client_id=client_id_of(request),
    )
    return _n_logos(chosen)


def _chosen(request: SignedInRequest, run: Run, item: ReviewItem) -> list[int]:
    """Return the domains of the item that show a ticked picture."""
    ticked = {int(one) for one in request.POST.getlist("domain") if one.isdecimal()}
    asked = run.assignments.filter(domain__in=item.subjects.values("domain"))
    logo_of = dict(asked.order_by("domain__name").values_list("domain_id", "logo_id"))
    pictures = {logo_of.get(pk) for pk in ticked}
    chosen = [pk for pk, logo_id in logo_of.items() if logo_id in pictures]
    if not chosen:
        raise InputError("tick a logo first")
    _refuse_stale(request, run, set(chosen))
    return chosen


def _refuse_stale(request: SignedInRequest, run: Run, about: set[Any]) -> None:
    seen = request.POST.get("seen", "")
    if seen.isdecimal():
        version = min(int(seen), LARGEST_ID)
        refuse_stale(run, seen=version, about=about, client_id=client_id_of(request))


def _n_logos(chosen: list[int]) -> str:
    return f"{len(chosen)} logo" if len(chosen) == 1 else f"{len(chosen)} logos"
