"""The map of a run: its page, its points, their names and the search among them."""

import base64
import gzip
import json
import struct
from dataclasses import asdict
from typing import Any
from urllib.parse import urlencode

import numpy as np
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_GET, require_POST
from numpy.typing import NDArray

from clustering import plots
from clustering.pipeline.errors import InputError
from clustering.selectors import map_points
from clustering.selectors.map_points import WHOLE, MapPart
from clustering.selectors.map_values import MapValue, point_values
from clustering.services import storage
from clustering.services.curation import undo
from clustering.templatetags.logos import SMALL
from clustering.views.access import SignedInRequest
from clustering.views.picks import LARGEST_ID, picked_ids
from clustering.views.run_context import RunContext, asked_text, get_run_context

FASTEST = 1  # of gzip's levels: a third of the time of the usual 6 for 5 % more bytes
KINDS = ("u1", "i2", "u2", "i4")  # 8, 16 or 32 bits, signed or not
LAST = 65_535  # the largest 16-bit position
MOST_DIGITS = 6  # of the numbers that name a part
MOST_LABELS = 200  # of one request
MAX_NAMED = 20_000  # logos; names of a larger map are asked for one by one


@require_GET
def map_page(request: SignedInRequest, slug: str) -> HttpResponse:
    """Show the frame of the map; the points follow."""
    run_context = get_run_context(request, slug)
    if not isinstance(run_context, RunContext):
        return run_context
    first, *rest = map_points.parts(run_context.run)
    page = {
        "first_part": _address(run_context, first),
        "rest": _address(run_context, rest[0]) if rest else "",
        "is_sample": bool(rest) and rest[0].last < rest[0].of - 1,
    }
    return render(request, "clustering/map.html", run_context.template_context(request) | page)


def _address(run_context: RunContext, part: MapPart) -> str:
    """Return the address of the points of a part."""
    address = reverse("map_points", args=[run_context.dataset.slug]) + run_context.query_string
    if part == WHOLE:
        return address
    return f"{address}{'&' if '?' in address else '?'}{urlencode(asdict(part))}"


@require_GET
def map_part(request: SignedInRequest, slug: str) -> HttpResponse:
    """Return the data for drawing: a JSON header, then the columns as they lie in memory.

    It covers the whole map, or the logos of ``?of=9&first=1&last=8``, a :class:`MapPart`.
    """
    run_context = get_run_context(request, slug)
    if not isinstance(run_context, RunContext):
        return _no_run()
    run = run_context.run
    part = _asked_part(request)
    points = map_points.point_columns(run, run_context.label_source, part)
    x, x_scale = _quantised(points.x)
    y, y_scale = _quantised(points.y)
    columns = {
        "x": x,
        "y": y,
        "logo_steps": np.diff(points.logos, prepend=0),
        "clusters": points.clusters,
        "n_domains": points.n_domains,
        "sizes": plots.marker_sizes(points.n_domains),
        "uids": np.frombuffer(b"".join(uid.bytes for _, uid, _ in points.legend), np.uint8),
        "numbers": np.array([number for *_, number in points.legend], np.int64),
        "medoids": points.medoids,
    }
    packed = {name: _narrowed(column) for name, column in columns.items()}
    header = {
        "columns": [(name, one.dtype.str[1:], len(one)) for name, one in packed.items()],
        "scales": {"x": x_scale, "y": y_scale},
        "names": [name for name, *_ in points.legend],
        "version": undo.state(run).version,
        "has_names": part == WHOLE and len(points.logos) <= MAX_NAMED,
        "trace": plots.TRACE,
        "layout": plots.LAYOUT,
    }
    head = json.dumps(header, separators=(",", ":")).encode()
    content = [struct.pack("<I", len(head)), head, *(one.tobytes() for one in packed.values())]
    return _compressed(request, b"".join(content), "application/octet-stream")


@require_GET
def map_names(request: SignedInRequest, slug: str) -> HttpResponse:
    """Return the names of a small map, which searching needs, but drawing does not."""
    run_context = get_run_context(request, slug)
    if not isinstance(run_context, RunContext):
        return _no_run()
    names = map_points.point_names(run_context.run)
    columns = {
        "logos": _packed(names.logos),
        "domains": ["\n".join(domains) for domains in names.domains],
        "words": names.words,
    }
    content = json.dumps(columns, separators=(",", ":")).encode()
    return _compressed(request, content, "application/json")


@require_GET
def map_labels(request: SignedInRequest, slug: str) -> HttpResponse:
    """Return the first domain and the thumbnail of the points ``?logos=1,2,3``, by id.

    A request for each thumbnail took longer than the rest.
    """
    run_context = get_run_context(request, slug)
    if not isinstance(run_context, RunContext):
        return _no_run()
    asked = [one for one in request.GET.get("logos", "").split(",") if one.isdecimal()]
    ids = [min(int(one), LARGEST_ID) for one in asked[:MOST_LABELS]]
    labels = map_points.point_labels(run_context.run, ids)
    answer = {
        str(logo): {
            "domain": label.domain,
            "is_dark": label.is_dark,
            "picture": _data_url(storage.thumbnail_picture(label.sha256, SMALL)),
        }
        for logo, label in labels.items()
    }
    return JsonResponse(answer)


def _data_url(picture: storage.Picture | None) -> str | None:
    return f"data:image/webp;base64,{_encoded(picture.content)}" if picture else None


@require_GET
def map_values(request: SignedInRequest, slug: str) -> HttpResponse:
    """Return the values that colour the points.

    ``?by=`` is a :class:`MapValue`, or ``column-0``, ... for another column of the upload.
    """
    run_context = get_run_context(request, slug)
    if not isinstance(run_context, RunContext):
        return _no_run()
    choices: dict[str, MapValue | int] = {one.value: one for one in MapValue}
    choices |= {f"column-{n}": n for n in range(len(run_context.dataset.other_columns))}
    by = choices.get(request.GET.get("by", "confidence"))
    if by is None:
        raise Http404("the map has no such colours")
    values = point_values(run_context.run, run_context.label_source, by)
    columns: dict[str, object] = {
        "logos": _packed(values.logos),
        "codes": _packed(values.codes),
        "names": values.names,
        "has_rest": values.has_rest,
        "is_scale": values.is_scale,
    }
    return _compressed(request, json.dumps(columns).encode(), "application/json")


@require_POST
def map_picked(request: SignedInRequest, slug: str) -> HttpResponse:
    """Return the logos of the selection that the form sends."""
    run_context = get_run_context(request, slug)
    if not isinstance(run_context, RunContext):
        return _no_run()
    try:
        chosen = picked_ids(request, run_context.run)
    except InputError as error:
        return JsonResponse({"error": str(error)}, status=400)
    return JsonResponse({"logos": _packed(map_points.logos_of(run_context.run, chosen))})


@require_GET
def map_search(request: SignedInRequest, slug: str) -> HttpResponse:
    """Return the logos that have the words of ``?q=``."""
    run_context = get_run_context(request, slug)
    if not isinstance(run_context, RunContext):
        return _no_run()
    found = map_points.matches(run_context.run, asked_text(request))
    return JsonResponse({"n": found.n, "logos": _packed(found.logos)})


def _asked_part(request: HttpRequest) -> MapPart:
    texts = [request.GET.get(name, "") for name in ("of", "first", "last")]
    if not all(text.isdecimal() and len(text) <= MOST_DIGITS for text in texts):
        return WHOLE
    of, first, last = map(int, texts)
    return MapPart(max(1, of), first, last)


def _no_run() -> HttpResponse:
    return JsonResponse({"error": "no run"}, status=404)


def _compressed(request: HttpRequest, content: bytes, media_type: str) -> HttpResponse:
    response = HttpResponse(content, content_type=media_type)
    if "gzip" in request.headers.get("Accept-Encoding", ""):
        response.content = gzip.compress(content, FASTEST, mtime=0)
        response["Content-Encoding"] = "gzip"
    patch_vary_headers(response, ["Accept-Encoding"])
    return response


def _quantised(values: NDArray[np.float32]) -> tuple[NDArray[np.int64], tuple[float, float]]:
    """Return 16-bit integers with lowest value and step: value = lowest + step * integer."""
    low, high = float(values.min(initial=np.inf)), float(values.max(initial=-np.inf))
    if not low < high:
        return np.zeros(len(values), np.int64), (low if len(values) else 0.0, 1.0)
    step = (high - low) / LAST
    return np.round((values - low) / step).astype(np.int64), (low, step)


def _narrowed(column: NDArray[Any]) -> NDArray[Any]:
    """Return the column, little-endian, in as few bytes as its numbers need."""
    low, high = int(column.min(initial=0)), int(column.max(initial=0))
    kind = next(one for one in KINDS if np.iinfo(one).min <= low and high <= np.iinfo(one).max)
    return column.astype(f"<{kind}")


def _packed(column: NDArray[Any]) -> dict[str, str]:
    """Return the column as base64 with its type, as Plotly writes typed arrays."""
    narrow = _narrowed(column)
    return {"dtype": narrow.dtype.str[1:], "bdata": _encoded(narrow.tobytes())}


def _encoded(content: bytes) -> str:
    return base64.b64encode(content).decode()
