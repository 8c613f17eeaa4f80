"""Quality of a run: metrics, likely label errors, similarities, labels, pair review."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from clustering import tasks
from clustering.models import Judgement, LabelSet, QualityReport, Run
from clustering.pipeline.errors import InputError
from clustering.selectors import datasets
from clustering.services.quality import labels, measure, pair_review
from clustering.services.quality.report import (
    ReportLine,
    label_error_rows,
    labelled_lines,
    people_lines,
    sampled_cards,
    similarity_matrix,
    unlabelled_lines,
)
from clustering.views.access import (
    HTMX_STOP_POLLING,
    SignedInRequest,
    get_editable_dataset,
    get_run,
)
from clustering.views.run_context import RunContext, get_run_context, preserved_query

MAX_PLACE = 32_767  # limit of the column
PLACE_DIGITS = 5


@require_safe
@vary_on_headers("HX-Request")
def quality(request: SignedInRequest, slug: str) -> HttpResponse:
    """Show the newest report on the run; for htmx, polled while one is computed."""
    run_context = get_run_context(request, slug)
    if not isinstance(run_context, RunContext):
        return run_context
    newest = measure.newest(run_context.run)
    is_working = newest is not None and newest.is_unfinished
    context = run_context.template_context(request) | {"newest": newest, "is_working": is_working}
    context |= _people(request, run_context.run) | _answered(run_context)
    if not request.htmx:
        return render(request, "clustering/quality.html", context)
    status = 200 if is_working else HTMX_STOP_POLLING
    return render(request, "clustering/partials/quality.html", context, status=status)


@require_POST
def quality_measure(request: SignedInRequest, slug: str) -> HttpResponse:
    """Queue a report on the run."""
    dataset = get_editable_dataset(request, slug)
    run = get_run(request, dataset)
    if run is not None:
        _send(measure.request(run))
    return _back(request, slug)


@require_POST
def quality_labels(request: SignedInRequest, slug: str) -> HttpResponse:
    """Store uploaded labels and queue a new report."""
    dataset = get_editable_dataset(request, slug)
    file = request.FILES.get("labels")
    if file is None:
        messages.error(request, "Choose a file: CSV with the columns domain and brand.")
        return _back(request, slug)
    try:
        kept = labels.replace_from_file(dataset, request.user, file)
    except InputError as error:
        messages.error(request, str(error))
        return _back(request, slug)
    messages.success(request, f"Labels of {kept.labels.count()} domains are kept.")
    run = get_run(request, dataset)
    if run is not None:
        _send(measure.request_afresh(run))
    return _back(request, slug)


@require_POST
def quality_labels_remove(request: SignedInRequest, slug: str) -> HttpResponse:
    """Delete the labels and queue a new report."""
    dataset = get_editable_dataset(request, slug)
    run = get_run(request, dataset)
    if labels.remove(dataset) and run is not None:
        messages.success(request, "The labels are removed.")
        _send(measure.request_afresh(run))
    return _back(request, slug)


@require_safe
@vary_on_headers("HX-Request")
def pairs(request: SignedInRequest, slug: str) -> HttpResponse:
    """Show the user's next unjudged pair."""
    run = _judged_run(request, slug)
    context = {
        "dataset": run.dataset,
        "run": run,
        "question": pair_review.next_question(run, request.user),
        "progress": pair_review.progress(run, request.user),
        "verdict": _verdict(request, run),
    }
    template = "partials/pairs.html" if request.htmx else "pairs.html"
    return render(request, f"clustering/{template}", context)


@require_POST
def pairs_judge(request: SignedInRequest, slug: str) -> HttpResponse:
    """Record the judgement of a pair and show the next."""
    run = _judged_run(request, slug)
    place, verdict = request.POST.get("place", ""), request.POST.get("verdict", "")
    if (
        not place.isdecimal()
        or len(place) > PLACE_DIGITS
        or verdict not in Judgement.Verdict.values
    ):
        messages.error(request, "Unknown answer; reload the page and try again.")
    else:
        said = Judgement.Verdict(verdict)
        pair_review.judge(run, request.user, place=min(int(place), MAX_PLACE), verdict=said)
    return HttpResponseRedirect(_pairs_address(request, run))


@require_POST
def pairs_undo(request: SignedInRequest, slug: str) -> HttpResponse:
    """Undo the user's last judgement and show its pair."""
    run = _judged_run(request, slug)
    if pair_review.undo(run, request.user) is None:
        messages.error(request, "There is no judgement to undo.")
    return HttpResponseRedirect(_pairs_address(request, run))


def _people(request: SignedInRequest, run: Run) -> dict[str, Any]:
    return {
        "progress": pair_review.progress(run, request.user),
        "verdict": _verdict(request, run),
        "reviewers": pair_review.reviewers(run),
    }


def _verdict(request: SignedInRequest, run: Run) -> list[ReportLine]:
    found = pair_review.verdict(run, request.user)
    return people_lines(found) if found else []


def _answered(run_context: RunContext) -> dict[str, Any]:
    report = measure.answered(run_context.run)
    label_set = LabelSet.objects.filter(dataset=run_context.dataset).first()
    context: dict[str, Any] = {"report": report, "label_set": label_set}
    if report is None:
        return context
    return context | {
        "unlabelled": unlabelled_lines(report),
        "labelled": labelled_lines(report, run_context.label_source),
        "label_errors": label_error_rows(run_context.run, report),
        "similarity_rows": similarity_matrix(run_context.run, report),
        "sizes": datasets.size_buckets(run_context.run),
        "cards": sampled_cards(run_context.run, run_context.label_source),
    }


def _send(asked: QualityReport) -> None:
    tasks.send_on_commit(tasks.report_quality, asked.pk)


def _judged_run(request: SignedInRequest, slug: str) -> Run:
    dataset = get_editable_dataset(request, slug)
    run = get_run(request, dataset)
    if run is None:
        raise Http404("no run has finished")
    run.dataset = dataset  # has the user's role
    return run


def _back(request: SignedInRequest, slug: str) -> HttpResponse:
    return HttpResponseRedirect(reverse("quality", args=(slug,)) + preserved_query(request))


def _pairs_address(request: SignedInRequest, run: Run) -> str:
    return reverse("pairs", args=(run.dataset.slug,)) + preserved_query(request)
