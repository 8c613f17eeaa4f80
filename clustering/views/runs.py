"""Runs of a data set: parameters, results, and the form of a new run."""

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clustering import tasks
from clustering.models import Dataset, Run
from clustering.run_form import RunForm, RunNameForm
from clustering.selectors import datasets, pair_rules
from clustering.services.runs.request import cancel, rename, request_run
from clustering.services.runs.spec import RunSpec
from clustering.views.access import (
    HTMX_STOP_POLLING,
    SignedInRequest,
    get_dataset,
    get_editable_dataset,
    get_run,
)

UNPROCESSABLE = 422


@require_safe
def runs(request: SignedInRequest, slug: str) -> HttpResponse:
    """List the runs, newest first; for htmx, only the table, polled while one is unfinished."""
    dataset = get_dataset(request, slug)
    rows = datasets.run_rows(dataset)
    is_idle = not any(row.is_unfinished for row in rows)
    context = {
        "dataset": dataset,
        "run": get_run(request, dataset),
        "rows": rows,
        "is_idle": is_idle,
    }
    if not request.htmx:
        return render(request, "clustering/runs.html", context)
    status = HTMX_STOP_POLLING if is_idle else 200
    return render(request, "clustering/partials/run_table.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def run_new(request: SignedInRequest, slug: str) -> HttpResponse:
    """Show the form, filled with the parameters of the shown run, or queue a run."""
    dataset = get_editable_dataset(request, slug)
    run = get_run(request, dataset)
    form = RunForm(request.POST or None, initial=RunForm.initial_for(dataset, run))
    form.initial.update(form.offered(request.GET.dict()))
    if request.method == "POST" and form.is_valid():
        return _request_run(request, dataset, form)
    status = UNPROCESSABLE if form.is_bound else 200
    last = dataset.runs.succeeded().first()
    contradictions = pair_rules.contradictions(last) if last else []
    context = {"dataset": dataset, "run": run, "form": form, "contradictions": contradictions}
    return render(request, "clustering/run_new.html", context, status=status)


def _request_run(request: SignedInRequest, dataset: Dataset, form: RunForm) -> HttpResponse:
    clusterer, projector = form.clusterer_choice(), form.projector_choice()
    spec = RunSpec(
        embedder=form.cleaned_data["embedder"],
        clusterer=clusterer.name,
        clusterer_params=clusterer.params,
        projector=projector.name,
        projector_params=projector.params,
        random_state=form.cleaned_data["random_state"],
        preparation=form.cleaned_data["preparation"],
        is_auto=form.is_auto,
        is_calibrated=form.is_calibrated,
        name=form.cleaned_data["name"],
    )
    with transaction.atomic():
        run = request_run(dataset, spec)
        tasks.send_on_commit(tasks.advance, dataset.pk)
    messages.success(request, f"{run.title} is queued.")
    return redirect("runs", dataset.slug)


@require_POST
def run_rename(request: SignedInRequest, slug: str, run_slug: str) -> HttpResponse:
    """Name a run; an empty name removes it."""
    dataset = get_editable_dataset(request, slug)
    run = get_object_or_404(dataset.runs, slug=run_slug)
    form = RunNameForm(request.POST)
    if form.is_valid():
        rename(run, form.cleaned_data["name"])
    else:
        messages.error(request, "A name has at most 80 characters.")
    return redirect("runs", slug)


@require_POST
def run_cancel(request: SignedInRequest, slug: str, run_slug: str) -> HttpResponse:
    """Cancel an unfinished run."""
    dataset = get_editable_dataset(request, slug)
    run = get_object_or_404(dataset.runs, slug=run_slug)
    if run.status in (Run.Status.QUEUED, Run.Status.RUNNING):
        cancel(run)
        messages.success(request, f"{run.title} is cancelled.")
    return redirect("runs", slug)
