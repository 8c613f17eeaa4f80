"""The domains that show one picture, below its tile or on a page of their own."""

from django.http import HttpResponse
from django.shortcuts import render

from clustering.models import Cluster
from clustering.selectors import logo_tiles
from clustering.views.access import SignedInRequest
from clustering.views.picks import LARGEST_ID
from clustering.views.run_context import RunContext


def is_about_copies(request: SignedInRequest) -> bool:
    """Whether the domains of the logo ``?copies=`` are asked for."""
    return request.GET.get("copies", "").isdecimal()


def copies_page(
    request: SignedInRequest, run_context: RunContext, cluster: Cluster | None
) -> HttpResponse:
    """List the domains of a cluster, or the outliers, that show the logo ``?copies=``."""
    logo_id = min(int(request.GET["copies"]), LARGEST_ID)
    rows = logo_tiles.copies(run_context.run, cluster, run_context.label_source, logo_id)
    context = run_context.template_context(request) | {"copies": rows, "cluster": cluster}
    context["pick"] = logo_tiles.pick_of(logo_id, cluster)
    template = "partials/copies.html" if request.htmx else "copies.html"
    return render(request, f"clustering/{template}", context)
