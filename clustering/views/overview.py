"""Overview of a data set: progress, results, failures; stop, resume, retry, delete."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clustering import tasks
from clustering.models import Dataset
from clustering.pipeline.errors import CODES
from clustering.selectors import changes, datasets, domain_totals, export_rows, failures, outcomes
from clustering.selectors.coverage import coverage
from clustering.selectors.progress import StageProgress, is_idle, n_by_status, stages
from clustering.selectors.progress_version import version
from clustering.selectors.review_cards import open_items
from clustering.services import workflow
from clustering.services.datasets import lifecycle
from clustering.services.fetching import worker
from clustering.services.logos import review_queue
from clustering.services.runs.request import request_again
from clustering.templatetags.numbers import counted
from clustering.views.access import (
    HTMX_STOP_POLLING,
    SignedInRequest,
    get_dataset,
    get_editable_dataset,
    get_owned_dataset,
    get_run,
)

STRIP_LENGTH = 32  # one row of a wide screen
BEFORE_IMPORT = (Dataset.Intake.RECEIVED, Dataset.Intake.READY, Dataset.Intake.REFUSED)


@dataclass(frozen=True)
class DatasetProgress:
    """The part of the page that is polled."""

    stages: list[StageProgress]
    is_idle: bool

    @property
    def percent(self) -> int:
        """Mean of the stages' percentages."""
        shares = [_share(stage) for stage in self.stages]
        return int(100 * sum(shares) / len(shares)) if shares else 0

    @property
    def is_working(self) -> bool:
        """Whether a stage goes on, be it one beside the result."""
        return not self.is_idle or any(stage.state == "working" for stage in self.stages)

    @property
    def is_stopped(self) -> bool:
        return any(stage.state == "stopped" for stage in self.stages)

    @property
    def is_done(self) -> bool:
        """Whether every stage has ended well."""
        return self.is_idle and all(stage.state == "done" for stage in self.stages)


def _share(stage: StageProgress) -> float:
    if stage.state == "done":
        return 1.0
    return min(stage.done / stage.total, 1.0) if stage.total else 0.0


@require_safe
def overview(request: SignedInRequest, slug: str) -> HttpResponse:
    """Show progress and results."""
    dataset = get_dataset(request, slug)
    if dataset.intake in BEFORE_IMPORT:
        return redirect("intake", slug)
    run = get_run(request, dataset)
    domain_totals.read_once(dataset)
    context = _progress_context(dataset, _progress(dataset)) | {
        "run": run,
        "sizes": datasets.size_buckets(run) if run else [],
        "queue": review_queue.state(dataset),
        "n_to_review": open_items(run) if run else 0,
        "n_changed": changes.count(run) if run else 0,
    }
    return render(request, "clustering/overview.html", context)


@require_safe
def progress(request: SignedInRequest, slug: str) -> HttpResponse:
    """Serve the polled part; redirect to the page without htmx."""
    dataset = get_dataset(request, slug)
    if not request.htmx:
        return redirect("overview", slug)
    etag = f'"{version(dataset)}{dataset.is_editable:d}"'
    unchanged = get_conditional_response(request, etag=etag)
    if unchanged is not None:
        unchanged.headers["ETag"] = etag
        return unchanged
    domain_totals.read_once(dataset)
    now = _progress(dataset)
    if not now.is_working:  # reload: the page has new parts
        return HttpResponse(status=HTMX_STOP_POLLING, headers={"HX-Refresh": "true"})
    context = _progress_context(dataset, now)
    response = render(request, "clustering/partials/progress.html", context)
    response.headers["ETag"] = etag
    patch_vary_headers(response, ["HX-Request"])
    return response


@require_safe
def failures_csv(request: SignedInRequest, slug: str) -> StreamingHttpResponse:
    """Serve the failed domains with their reasons."""
    dataset = get_dataset(request, slug)
    code = request.GET.get("code") or None
    lines = export_rows.failures_csv(dataset, code)
    name = f"{slug}-{code}-failures" if code in CODES else f"{slug}-failures"
    return StreamingHttpResponse(
        lines,
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}.csv"'},
    )


def _progress(dataset: Dataset) -> DatasetProgress:
    return DatasetProgress(stages(dataset), is_idle(dataset))


def _progress_context(dataset: Dataset, now: DatasetProgress) -> dict[str, Any]:
    found = outcomes.outcomes(dataset)
    return {
        "dataset": dataset,
        "progress": now,
        "failures": failures.failures(dataset),
        "outcomes": found,
        "coverage": coverage(dataset),
        "n_domains": sum(one.n for one in found),
        "sources": failures.sources(dataset),
        "logos": failures.recent_logos(dataset, STRIP_LENGTH),
    }


@require_POST
def cancel(request: SignedInRequest, slug: str) -> HttpResponse:
    """Stop after the current batch; finished work stays."""
    workflow.cancel(get_editable_dataset(request, slug))
    messages.success(request, "Stopped. Finished work is kept; you can resume.")
    return redirect("overview", slug)


@require_POST
def resume(request: SignedInRequest, slug: str) -> HttpResponse:
    """Resume a stopped data set."""
    dataset = get_editable_dataset(request, slug)
    with transaction.atomic():
        workflow.resume(dataset)
        _advance_after_commit(dataset)
    return redirect("overview", slug)


@require_POST
def retry(request: SignedInRequest, slug: str) -> HttpResponse:
    """Retry failed domains, all or those with one code, and cluster again."""
    dataset = get_editable_dataset(request, slug)
    with transaction.atomic():
        n_retried = worker.retry_failed(dataset, request.POST.get("code") or None)
        _advance_after_commit(dataset)
    if n_retried:
        messages.success(request, f"Trying {counted(n_retried, 'domain')} again.")
    else:
        messages.error(request, "No failed domain of this kind is left.")
    return redirect("overview", slug)


@require_POST
def recluster(request: SignedInRequest, slug: str) -> HttpResponse:
    """Queue a run like the last one, for logos that changed since."""
    dataset = get_editable_dataset(request, slug)
    with transaction.atomic():
        queued = request_again(dataset)
        _advance_after_commit(dataset)
    if queued is None:
        messages.success(request, "A run is queued already and will include the changes.")
    return redirect("overview", slug)


def _advance_after_commit(dataset: Dataset) -> None:
    tasks.send_on_commit(tasks.advance, dataset.pk)


@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: SignedInRequest, slug: str) -> HttpResponse:
    """Confirm, then delete the data set with its runs and corrections."""
    dataset = get_owned_dataset(request, slug)
    if request.method != "POST":
        context = {
            "dataset": dataset,
            "n_domains": sum(n_by_status(dataset).values()),
            "n_runs": dataset.runs.count(),
            "n_corrections": dataset.corrections.count(),
        }
        return render(request, "clustering/dataset_delete.html", context)
    with transaction.atomic():
        lifecycle.request_deletion(dataset)
        tasks.send_on_commit(tasks.delete_dataset, dataset.pk)
    messages.success(request, f"Deleted {dataset.name}.")
    return redirect("home")
