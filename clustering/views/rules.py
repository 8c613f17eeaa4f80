"""Standing rules about pairs of logos, and the history of all decisions."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers

from clustering.selectors import pair_rules
from clustering.services.curation import history as decisions
from clustering.views.access import SignedInRequest
from clustering.views.picks import LARGEST_ID
from clustering.views.run_context import RunContext, get_run_context


@require_GET
@vary_on_headers("HX-Request", "HX-Target")
def rules(request: SignedInRequest, slug: str) -> HttpResponse:
    """Show a page of rules; contradictions first."""
    run_context = get_run_context(request, slug)
    if not isinstance(run_context, RunContext):
        return run_context
    page, rows = pair_rules.rules_page(run_context.run, request.GET.get("page", ""))
    context = run_context.template_context(request) | {"page": page, "rules": rows}
    context["contradictions"] = pair_rules.contradictions(run_context.run)
    template = "partials/rules.html" if request.htmx else "rules.html"
    return render(request, f"clustering/{template}", context)


@require_GET
@vary_on_headers("HX-Request", "HX-Target")
def history(request: SignedInRequest, slug: str) -> HttpResponse:
    """Show a page of all decisions, newest first."""
    run_context = get_run_context(request, slug)
    if not isinstance(run_context, RunContext):
        return run_context
    before = request.GET.get("before", "")
    last = min(int(before), LARGEST_ID) if before.isdecimal() else None
    context = run_context.template_context(request)
    context["history"] = decisions.page(run_context.run, last)
    template = "partials/history.html" if request.htmx else "history.html"
    return render(request, f"clustering/{template}", context)
