"""Clusters side by side, to merge them or to keep them apart."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers

from clustering.selectors import pair_rules, similar_clusters
from clustering.views.access import SignedInRequest
from clustering.views.run_context import RunContext, get_run_context

MOST_DIGITS = 9


@require_GET
@vary_on_headers("HX-Request")
def compare(request: SignedInRequest, slug: str) -> HttpResponse:
    """Show the clusters of ``?c=`` (numbers) beside each other, and similar ones to add."""
    run_context = get_run_context(request, slug)
    if not isinstance(run_context, RunContext):
        return run_context
    run, source = run_context.run, run_context.label_source
    asked = [one for one in request.GET.getlist("c") if one.isdecimal()]
    cards = similar_clusters.compared(run, source, [int(one[:MOST_DIGITS]) for one in asked])
    shown = [card.cluster for card in cards]
    context = run_context.template_context(request) | {"cards": cards}
    context["apart"] = pair_rules.between(run, shown)
    if shown:
        without = [one.pk for one in shown]
        context["similar"] = similar_clusters.similar(run, source, shown[0], without=without)
    template = "partials/compare.html" if request.htmx else "compare.html"
    return render(request, f"clustering/{template}", context)
