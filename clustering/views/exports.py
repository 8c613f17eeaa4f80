"""The exports of a run: what each looks like, and the files themselves."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_GET

from clustering.models import LabelSource, Run
from clustering.selectors import export_rows
from clustering.views.access import SignedInRequest
from clustering.views.run_context import RunContext, get_run_context

PREVIEW_LINES = 12
PREVIEW_CHARACTERS = 110  # of each line
SIZED_DOMAINS = 5_000  # up to here an export is written once only to tell its size


@dataclass(frozen=True)
class Format:
    """One kind of export."""

    file: str
    title: str
    purpose: str
    media_type: str
    write: Callable[[Run, LabelSource], Iterator[bytes]]


@dataclass(frozen=True)
class ExportPreview:
    """The beginning of an export."""

    format: Format
    head: str
    n_bytes: int | None
    """None where counting would mean writing a long document."""


FORMATS = (
    Format(
        "clusters.json",
        "Clusters, plain",
        "Cluster number to domains; -1 holds the outliers.",
        "application/json",
        export_rows.clusters_json,
    ),
    Format(
        "clusters.full.json",
        "Everything",
        "The run, its parameters and clusters, and where each domain's logo came from.",
        "application/json",
        export_rows.full_json,
    ),
    Format(
        "domains.csv",
        "Table",
        "One row per domain, for a spreadsheet.",
        "text/csv; charset=utf-8",
        export_rows.domains_csv,
    ),
)


@require_GET
def exports(request: SignedInRequest, slug: str) -> HttpResponse:
    """Show every format with its first lines and its size."""
    run_context = get_run_context(request, slug)
    if not isinstance(run_context, RunContext):
        return run_context
    context = run_context.template_context(request)
    is_long = context["counts"].n_domains > SIZED_DOMAINS
    preview = _beginning if is_long else _whole
    context["previews"] = [preview(one, run_context) for one in FORMATS]
    return render(request, "clustering/export.html", context)


@require_GET
def export_file(request: SignedInRequest, slug: str, file: str) -> HttpResponseBase:
    """Stream one export."""
    run_context = get_run_context(request, slug)
    if not isinstance(run_context, RunContext):
        raise Http404("there is no run to export yet")
    chosen = next((one for one in FORMATS if one.file == file), None)
    if chosen is None:
        raise Http404(f"there is no export called {file}")
    run, source = run_context.run, run_context.label_source.value
    name = f"{run_context.dataset.slug}-{run.slug}-{source}-{chosen.file}"
    response = StreamingHttpResponse(
        chosen.write(run_context.run, run_context.label_source), content_type=chosen.media_type
    )
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _whole(chosen: Format, run_context: RunContext) -> ExportPreview:
    """Write the export once; the bytes are those of the file."""
    content = b"".join(chosen.write(run_context.run, run_context.label_source))
    return ExportPreview(chosen, _head(content), len(content))


def _beginning(chosen: Format, run_context: RunContext) -> ExportPreview:
    """Stop writing after the first lines."""
    content = b""
    for part in chosen.write(run_context.run, run_context.label_source):
        content += part
        if content.count(b"\n") >= PREVIEW_LINES:
            break
    return ExportPreview(chosen, _head(content), None)


def _head(content: bytes) -> str:
    lines = content.split(b"\n", PREVIEW_LINES)[:PREVIEW_LINES]
    return "\n".join(line[:PREVIEW_CHARACTERS].decode("utf-8", "ignore") for line in lines)
