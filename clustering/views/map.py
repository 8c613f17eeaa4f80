"""The map of a run, and the points that it draws."""

import base64

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_GET

from clustering import plots
from clustering.services import maps
from clustering.views.datasets import SignedInRequest
from clustering.views.looking import Look, look_at


@require_GET
def map_page(request: SignedInRequest, slug: str) -> HttpResponse:
    """Show the frame of the map; the points follow."""
    look = look_at(request, slug)
    if not isinstance(look, Look):
        return look
    return render(request, "clustering/map.html", look.context(request))


@require_GET
@gzip_page
def map_points(request: SignedInRequest, slug: str) -> HttpResponse:
    """Give the figure and, beside it, the names that the page shows."""
    look = look_at(request, slug)
    if not isinstance(look, Look):
        return JsonResponse({"error": "no run"}, status=404)
    points = maps.points(look.run, look.answer)
    legend = [
        {"name": c.name, "url": reverse("cluster", args=(slug, c.uid)) + look.query}
        for c in points.legend
    ]
    columns = {
        "clusters": base64.b64encode(points.clusters.astype("<i4").tobytes()).decode(),
        "logos": points.logos,
        "grounds": points.grounds,
        "domains": points.domains,
        "legend": legend,
        "figure": plots.map_figure(points),
    }
    return JsonResponse(columns)
