"""The map of a run: its page, the points that it draws, and what they are called."""

import base64
import gzip
import json
from typing import Any

import numpy as np
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_GET
from numpy.typing import NDArray

from clustering import plots
from clustering.selectors.map_points import point_columns, point_names
from clustering.views.access import SignedInRequest
from clustering.views.run_context import RunContext, get_run_context

FASTEST = 1  # of gzip's levels: a third of the time of the usual 6 for 5 % more bytes
KINDS = ("u1", "i2", "i4")  # unsigned 8 bits, signed 16, signed 32


@require_GET
def map_page(request: SignedInRequest, slug: str) -> HttpResponse:
    """Show the frame of the map; the points follow."""
    run_context = get_run_context(request, slug)
    if not isinstance(run_context, RunContext):
        return run_context
    return render(request, "clustering/map.html", run_context.template_context(request))


@require_GET
def map_points(request: SignedInRequest, slug: str) -> HttpResponse:
    """Give the figure and, beside it, the cluster of each point."""
    run_context = get_run_context(request, slug)
    if not isinstance(run_context, RunContext):
        return _no_run()
    points = point_columns(run_context.run, run_context.label_source)
    columns = {
        "logos": _packed(points.logos),
        "clusters": _packed(points.clusters),
        "n_domains": _packed(points.n_domains),
        "names": [name for name, _ in points.legend],
        "uids": [str(uid) for _, uid in points.legend],
        "figure": plots.map_figure(points),
    }
    return _answer(request, columns)


@require_GET
def map_names(request: SignedInRequest, slug: str) -> HttpResponse:
    """Give what hovering and searching need, and drawing does not."""
    run_context = get_run_context(request, slug)
    if not isinstance(run_context, RunContext):
        return _no_run()
    names = point_names(run_context.run)
    columns = {
        "logos": _packed(names.logos),
        "domains": ["\n".join(run_context) for run_context in names.domains],
        "sha256s": _encoded(bytes.fromhex("".join(names.sha256s))),
        "is_dark": _packed(names.is_dark),
    }
    return _answer(request, columns)


def _no_run() -> HttpResponse:
    return JsonResponse({"error": "no run"}, status=404)


def _answer(request: HttpRequest, columns: dict[str, Any]) -> HttpResponse:
    content = json.dumps(columns, separators=(",", ":")).encode()
    response = HttpResponse(content, content_type="application/json")
    if "gzip" in request.headers.get("Accept-Encoding", ""):
        response.content = gzip.compress(content, FASTEST, mtime=0)
        response["Content-Encoding"] = "gzip"
    patch_vary_headers(response, ["Accept-Encoding"])
    return response


def _packed(column: NDArray[Any]) -> dict[str, str]:
    """Return the column as Plotly writes typed arrays, in as few bytes as its numbers need."""
    low, high = int(column.min(initial=0)), int(column.max(initial=0))
    kind = next(one for one in KINDS if np.iinfo(one).min <= low and high <= np.iinfo(one).max)
    return {"dtype": kind, "bdata": _encoded(column.astype(f"<{kind}").tobytes())}


def _encoded(content: bytes) -> str:
    return base64.b64encode(content).decode()
