"""Clusters by brand, one brand with its evidence, and names that collide or differ."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from clustering.models import BrandLink
from clustering.selectors import brand_rows
from clustering.views.access import SignedInRequest
from clustering.views.run_context import RunContext, asked_text, get_run_context

Kind = BrandLink.Kind


@require_GET
def brands(request: SignedInRequest, slug: str) -> HttpResponse:
    """Show a page of the brands of a run."""
    run_context = get_run_context(request, slug)
    if not isinstance(run_context, RunContext):
        return run_context
    text = asked_text(request)
    page = brand_rows.brands_page(run_context.run, request.GET.get("page", ""), text)
    context = run_context.template_context(request) | {"page": page, "text": text}
    return render(request, "clustering/brands.html", context)


@require_GET
def brand(request: SignedInRequest, slug: str, brand_uid: UUID) -> HttpResponse:
    """Show the clusters and outliers of a brand, and what joins them."""
    run_context = get_run_context(request, slug)
    if not isinstance(run_context, RunContext):
        return run_context
    run = run_context.run
    found = get_object_or_404(run.brands.select_related("lead"), uid=brand_uid)
    page, links = brand_rows.links_page(run, request.GET.get("page", ""), Kind.LINK, found)
    context = run_context.template_context(request) | {"page": page, "links": links}
    context |= {"brand": found, "parts": brand_rows.parts(found)}
    return render(request, "clustering/brand.html", context)


@require_GET
def names(request: SignedInRequest, slug: str) -> HttpResponse:
    """Show pairs with one word and other looks, or members with one look and other names."""
    run_context = get_run_context(request, slug)
    if not isinstance(run_context, RunContext):
        return run_context
    is_off = request.GET.get("kind") == Kind.OFF_NAME.value
    kind = Kind.OFF_NAME if is_off else Kind.COLLISION
    page, links = brand_rows.links_page(run_context.run, request.GET.get("page", ""), kind)
    context = run_context.template_context(request) | {"page": page, "links": links}
    return render(request, "clustering/names.html", context | {"is_off_name": is_off})
