"""Outliers, each with its nearest clusters, and ignored logos."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers

from clustering.selectors import logo_tiles
from clustering.selectors.logo_tiles import OutlierOrder
from clustering.views.access import SignedInRequest
from clustering.views.copies import copies_page, is_about_copies
from clustering.views.run_context import RunContext, asked_text, get_run_context


@require_GET
@vary_on_headers("HX-Request", "HX-Target")
def outliers(request: SignedInRequest, slug: str) -> HttpResponse:
    """Show a page of outliers; for htmx, the part that corrections change."""
    run_context = get_run_context(request, slug)
    if not isinstance(run_context, RunContext):
        return run_context
    if is_about_copies(request):
        return copies_page(request, run_context, None)
    is_by_name = request.GET.get("sort") == OutlierOrder.NAME.value
    order = OutlierOrder.NAME if is_by_name else OutlierOrder.LIKELY
    text, token = asked_text(request), request.GET.get("page", "")
    page, rows = logo_tiles.outliers(
        run_context.run, run_context.label_source, order=order, text=text, token=token
    )
    context = run_context.template_context(request) | {
        "page": page,
        "outliers": rows,
        "text": text,
    }
    context["order"] = order.value
    template = "partials/outliers.html" if request.htmx else "outliers.html"
    return render(request, f"clustering/{template}", context)


@require_GET
@vary_on_headers("HX-Request", "HX-Target")
def ignored(request: SignedInRequest, slug: str) -> HttpResponse:
    """Show a page of ignored logos, to restore them."""
    run_context = get_run_context(request, slug)
    if not isinstance(run_context, RunContext):
        return run_context
    page = logo_tiles.ignored(run_context.run, request.GET.get("page", ""))
    context = run_context.template_context(request) | {"page": page}
    template = "partials/ignored.html" if request.htmx else "ignored.html"
    return render(request, f"clustering/{template}", context)
