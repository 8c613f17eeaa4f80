"""Classify sites, addresses and image files against a run; add them to the data set."""

from collections.abc import Sequence
from typing import Any, cast

from django.contrib import messages
from django.core.files import File
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from clustering import tasks
from clustering.forms import MAX_LOGO_BYTES, image_formats
from clustering.models import Classification, Dataset, Run
from clustering.pipeline.errors import InputError
from clustering.services.classification.cards import answer_cards, is_waiting
from clustering.services.classification.request import (
    MOST_AT_ONCE,
    Refused,
    Upload,
    forget_ended,
    request_all,
    request_all_with_files,
)
from clustering.services.placement.add_domains import add_classified, add_pasted
from clustering.templatetags.numbers import counted, filesize
from clustering.views.access import (
    HTMX_STOP_POLLING,
    SignedInRequest,
    get_dataset,
    get_editable_dataset,
    get_run,
)
from clustering.views.run_context import page_without_run

UNPROCESSABLE = 422


@require_http_methods(["GET", "HEAD", "POST"])
def classify(request: SignedInRequest, slug: str) -> HttpResponse:
    """Show requests and results; for htmx, only the results, polled until all are done."""
    if request.method == "POST":
        return _ask(request, get_editable_dataset(request, slug))
    dataset = get_dataset(request, slug)
    run = get_run(request, dataset)
    if run is None:
        return page_without_run(request, dataset)
    if not request.htmx:
        return _page(request, dataset, run)
    context = _context(dataset, run)
    status = 200 if context["is_waiting"] else HTMX_STOP_POLLING
    return render(request, "clustering/partials/classify_answers.html", context, status=status)


def _ask(request: SignedInRequest, dataset: Dataset) -> HttpResponse:
    run = get_run(request, dataset)
    if run is None:
        messages.error(request, "Nothing to compare yet: no run has finished.")
        return redirect("overview", dataset.slug)
    lines = request.POST.get("text", "").splitlines()
    files = cast("list[File[bytes]]", request.FILES.getlist("files"))
    try:
        refused, _ = ask_both(request, run, lines, files)
    except InputError as error:
        return _page(request, dataset, run, str(error), request.POST.get("text", ""))
    work_after_commit(dataset)
    for one in refused:
        messages.error(request, f"“{one.text}”: {one.reason}.")
    back = redirect("classify", dataset.slug)
    back["Location"] += f"?run={run.slug}" if "run" in request.GET else ""
    return back


def ask_both(
    request: SignedInRequest, run: Run, lines: Sequence[str], files: "Sequence[File[bytes]]"
) -> tuple[list[Refused], list[Classification]]:
    """Request the classification of lines and files."""
    if not files:
        return request_all(run, request.user, lines)
    _check_sizes(files)
    uploads = [Upload(file.name or "image", file.read) for file in files]
    return request_all_with_files(run, request.user, lines, uploads)


def _check_sizes(files: "Sequence[File[bytes]]") -> None:
    for file in files:
        if (file.size or 0) > MAX_LOGO_BYTES:
            limit = filesize(MAX_LOGO_BYTES)
            raise InputError(f"{file.name} has {filesize(file.size or 0)}; the limit is {limit}")


def work_after_commit(dataset: Dataset) -> None:
    """Send the due tasks after the commit; the sweep resends lost ones."""
    to_see = list(dataset.classifications.filter(logo=None).unfinished().values_list("pk"))
    for (pk,) in to_see:
        tasks.send_on_commit(tasks.see_classification, pk)
    tasks.send_on_commit(tasks.answer_classifications)


def _page(
    request: SignedInRequest, dataset: Dataset, run: Run, error: str = "", text: str = ""
) -> HttpResponse:
    context = _context(dataset, run) | {"error": error, "text": text}
    context |= {"most": MOST_AT_ONCE, "max_bytes": MAX_LOGO_BYTES, "formats": image_formats()}
    status = UNPROCESSABLE if error else 200
    return render(request, "clustering/classify.html", context, status=status)


def _context(dataset: Dataset, run: Run) -> dict[str, Any]:
    cards = answer_cards(dataset)
    return {
        "dataset": dataset,
        "run": run,
        "cards": cards,
        "is_waiting": is_waiting(cards),
    }


@require_POST
def classify_add(request: SignedInRequest, slug: str, pk: int) -> HttpResponse:
    """Add a classified logo to the data set under the given domain."""
    dataset = get_editable_dataset(request, slug)
    asked = get_object_or_404(Classification, pk=pk, dataset=dataset)
    try:
        with transaction.atomic():
            domain = add_classified(asked, request.user, request.POST.get("name", ""))
            tasks.send_on_commit(tasks.advance, dataset.pk)
    except InputError as error:
        messages.error(request, f"Not added: {str(error).rstrip('.')}.")
    else:
        messages.success(request, f"Added {domain.name}. It is being placed into the last run.")
    return redirect("classify", slug)


@require_POST
def classify_clear(request: SignedInRequest, slug: str) -> HttpResponse:
    """Delete finished requests; logos added to the data set stay."""
    forget_ended(get_editable_dataset(request, slug))
    return redirect("classify", slug)


@require_POST
def add_domains(request: SignedInRequest, slug: str) -> HttpResponse:
    """Add pasted domains to the data set; they are fetched and placed into the last run."""
    dataset = get_editable_dataset(request, slug)
    try:
        added = add_pasted(dataset, request.POST.get("text", ""))
        tasks.send_on_commit(tasks.advance, dataset.pk)
    except InputError as error:
        messages.error(request, f"{str(error).capitalize()}.")
        return redirect("overview", slug)
    known = f", {counted(added.n_known, 'row')} known already" if added.n_known else ""
    rejected = f", {added.n_rejected} rejected" if added.n_rejected else ""
    messages.success(request, f"Added {counted(added.n_new, 'domain')}{known}{rejected}.")
    if added.notes:
        messages.info(request, f"{'. '.join(added.notes)}.")
    return redirect("overview", slug)
