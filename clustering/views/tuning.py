"""Tuning: start a parameter search, view its results, start a run with them."""

from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from clustering import tasks
from clustering.models import Dataset, Tuning
from clustering.selectors import sweep_curves
from clustering.selectors.sweep_curves import DISTANCE_STEP, DISTANCES, Curve
from clustering.services.runs.request import request_run
from clustering.services.runs.spec import RunSpec
from clustering.services.tuning import search as tuning_search
from clustering.templatetags.charts import Chart, ChartLine
from clustering.views.access import (
    HTMX_STOP_POLLING,
    SignedInRequest,
    get_dataset,
    get_editable_dataset,
    get_run,
)
from clustering.views.run_context import page_without_run


@require_safe
def tune(request: SignedInRequest, slug: str) -> HttpResponse:
    """Show the newest search on the run's vectors; polled while it is unfinished."""
    dataset = get_dataset(request, slug)
    run = get_run(request, dataset)
    if run is None:
        return page_without_run(request, dataset)
    newest = tuning_search.newest(dataset, run.embedder_key)
    is_working = newest is not None and newest.is_unfinished
    context = {
        "dataset": dataset,
        "run": run,
        "newest": newest,
        "is_working": is_working,
        **_answer(request, tuning_search.answered(dataset, run.embedder_key)),
    }
    if not request.htmx:
        return render(request, "clustering/tune.html", context)
    status = 200 if is_working else HTMX_STOP_POLLING
    return render(request, "clustering/partials/tune_state.html", context, status=status)


@require_POST
def tune_start(request: SignedInRequest, slug: str) -> HttpResponse:
    """Queue a search on the run's vectors."""
    dataset = get_editable_dataset(request, slug)
    run = get_run(request, dataset)
    if run is not None:
        with transaction.atomic():
            asked = tuning_search.request(run)
            tasks.send_on_commit(tasks.tune, asked.pk)
    return redirect(reverse("tune", args=[slug]) + _query(request))


@require_POST
def tune_cancel(request: SignedInRequest, slug: str, pk: int) -> HttpResponse:
    """Cancel an unfinished search."""
    dataset = get_editable_dataset(request, slug)
    tuning_search.cancel(_tuning(dataset, pk))
    return redirect(reverse("tune", args=[slug]) + _query(request))


@require_safe
def tune_preview(request: SignedInRequest, slug: str, pk: int) -> HttpResponse:
    """Show figures, curve and logos at one distance; requested by the slider."""
    dataset = get_dataset(request, slug)
    tuning = _tuning(dataset, pk)
    if not tuning.result:
        return redirect("tune", slug)
    context = {"dataset": dataset, "tuning": tuning, **_preview(request, tuning)}
    if not request.htmx:
        query = {
            name: request.GET[name] for name in ("linkage", "distance") if name in request.GET
        }
        return redirect(f"{reverse('tune', args=[slug])}?{urlencode(query)}")
    return render(request, "clustering/partials/tune_preview.html", context)


@require_POST
def tune_run(request: SignedInRequest, slug: str, pk: int) -> HttpResponse:
    """Start a run with the shown distance, or with automatic choice."""
    dataset = get_editable_dataset(request, slug)
    tuning = _tuning(dataset, pk)
    chosen = tuning.result.get("report", {}).get("chosen")
    if chosen is None:
        return redirect("tune", slug)
    is_auto = "auto" in request.POST
    if not is_auto:
        shown = sweep_curves.curve(
            tuning, request.POST.get("linkage", ""), _distance(request.POST)
        )
        chosen = shown.point
    spec = replace(
        RunSpec.of(tuning.run),
        clusterer=chosen["clusterer"],
        clusterer_params=chosen["params"],
        is_auto=is_auto,
        name="",
    )
    with transaction.atomic():
        run = request_run(dataset, spec)
        tasks.send_on_commit(tasks.advance, dataset.pk)
    messages.success(request, f"Run {run.title} is queued.")
    return redirect("runs", slug)


def _tuning(dataset: Dataset, pk: int) -> Tuning:
    tunings = Tuning.objects.filter(run__dataset=dataset).select_related("run__dataset")
    return get_object_or_404(tunings, pk=pk)


def _query(request: SignedInRequest) -> str:
    return f"?{request.GET.urlencode()}" if request.GET else ""


def _distance(values: Any) -> float | None:
    """Return the requested distance; None if it is not a number."""
    try:
        return float(values.get("distance", ""))
    except ValueError:
        return None


def _answer(request: SignedInRequest, tuning: Tuning | None) -> dict[str, Any]:
    if tuning is None:
        return {"tuning": None}
    report = tuning.result["report"]
    return {
        "tuning": tuning,
        "report": report,
        "use_chosen": _form_query(report["chosen"]),
        "grid": [(one, _form_query(one)) for one in report["grid"]],
        "k_chart": _k_chart(report),
        "k_query": urlencode({"clusterer": "kmeans", "kmeans-n_clusters": report["k_suggested"]}),
        **_preview(request, tuning),
    }


def _preview(request: SignedInRequest, tuning: Tuning) -> dict[str, Any]:
    shown = sweep_curves.curve(tuning, request.GET.get("linkage", ""), _distance(request.GET))
    return {
        "curve": shown,
        "linkages": list(tuning.result["report"]["sweeps"]),
        "first": DISTANCES[0],
        "last": DISTANCES[-1],
        "step": DISTANCE_STEP,
        "pictures": sweep_curves.pictures(tuning, shown),
        "score_chart": _score_chart(shown),
        "count_chart": _count_chart(shown),
        "use_shown": _form_query(shown.point),
    }


def _score_chart(shown: Curve) -> Chart:
    label = "Agreement" if shown.score == "agreement" else "Silhouette"
    line = ChartLine(label, "chart-first", shown.values(shown.score), 3)
    return _chart(f"{label} by distance, best at {shown.best:.2f}", shown, [line])


def _count_chart(shown: Curve) -> Chart:
    lines = [
        ChartLine("Clusters", "chart-first", shown.values("n_clusters")),
        ChartLine("Outliers", "chart-second", shown.values("n_outliers")),
    ]
    return _chart("Clusters and outliers by distance", shown, lines)


def _chart(title: str, shown: Curve, lines: list[ChartLine]) -> Chart:
    return Chart(title, DISTANCES, "Distance", 2, lines, shown.place, shown.chosen)


def _k_chart(report: dict[str, Any]) -> Chart | None:
    points = report["k_means"]
    if len(points) < 2:
        return None
    counts = [point["n_clusters"] for point in points]
    suggested = report["k_suggested"]
    lines = [
        ChartLine(
            "Silhouette", "chart-first", [point["silhouette"] or 0.0 for point in points], 3
        ),
        ChartLine("Inertia", "chart-second", [point["inertia"] for point in points]),
    ]
    place = counts.index(suggested) if suggested in counts else None
    return Chart(f"K-Means, best at {suggested}", counts, "Clusters", 0, lines, place)


def _form_query(candidate: Any) -> str:
    """Return the query string that fills the form of a new run with a candidate."""
    name = candidate["clusterer"]
    options = {f"{name}-{option}": value for option, value in candidate["params"].items()}
    return urlencode({"clusterer": name, **options})
