"""Page that compares two runs of a data set."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from clustering.selectors import run_comparison
from clustering.views.access import SignedInRequest, get_dataset

LAST_PAGE = 1_000_000


@require_GET
def run_compare(request: SignedInRequest, slug: str, run_slug: str) -> HttpResponse:
    """Show what became of each cluster of the run ``?with=``, by default the one before."""
    dataset = get_dataset(request, slug)
    runs = dataset.runs.succeeded()
    run = get_object_or_404(runs, slug=run_slug)
    asked = request.GET.get("with", "")
    before = get_object_or_404(runs, slug=asked) if asked else run_comparison.earlier_run(run)
    kind, page = request.GET.get("kind", ""), request.GET.get("page", "")
    context: dict[str, object] = {
        "dataset": dataset,
        "run": run,
        "before": before,
        "others": [one for one in runs if one.pk != run.pk],
        "kind": kind,
    }
    if before is not None:
        at = min(int(page), LAST_PAGE) if page.isdecimal() else 1
        context["found"] = run_comparison.compare(before, run, kind=kind, page=at)
    return render(request, "clustering/run_comparison.html", context)
