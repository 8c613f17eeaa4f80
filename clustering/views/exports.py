"""Exports of a run: a page with the first lines of each, and the files."""

from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass

from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_GET

from clustering.models import LabelSource, Run
from clustering.selectors import export_rows
from clustering.selectors.curation_file import curation_json
from clustering.selectors.progress import n_by_status
from clustering.services.curation import undo
from clustering.views.access import SignedInRequest
from clustering.views.run_context import RunContext, get_run_context

Write = Callable[[Run, LabelSource], Generator[bytes, None, None]]
PREVIEW_LINES = 12
PREVIEW_CHARACTERS = 110  # of each line


@dataclass(frozen=True)
class Format:
    """A file format of exports."""

    file: str
    title: str
    purpose: str
    media_type: str
    unit: str
    """What its entries are."""
    write: Write
    begin: Write
    """Writes the first lines without reading the whole run."""


@dataclass(frozen=True)
class ExportPreview:
    """The first lines of an export, and its number of entries."""

    format: Format
    head: str
    n_entries: int


FORMATS = (
    Format(
        "clusters.json",
        "Clusters, plain",
        "Cluster number to domains; -1 holds the outliers.",
        "application/json",
        "cluster",
        export_rows.clusters_json,
        export_rows.clusters_json,
    ),
    Format(
        "clusters.full.json",
        "Everything",
        "The run, its parameters and clusters, and where each domain's logo came from.",
        "application/json",
        "domain",
        export_rows.full_json,
        export_rows.full_json,
    ),
    Format(
        "domains.csv",
        "Table",
        "One row per domain, for a spreadsheet.",
        "text/csv; charset=utf-8",
        "domain",
        export_rows.domains_csv,
        export_rows.domains_csv_beginning,
    ),
    Format(
        "curation.json",
        "Decisions",
        "Merges, splits, moves, names, locks, notes and rules, to import elsewhere.",
        "application/json",
        "decision",
        curation_json,
        curation_json,
    ),
)


@require_GET
def exports(request: SignedInRequest, slug: str) -> HttpResponse:
    """Show the first lines and the number of entries of every format."""
    run_context = get_run_context(request, slug)
    if not isinstance(run_context, RunContext):
        return run_context
    context = run_context.template_context(request)
    n_entries = {
        "cluster": context["counts"].n_clusters,
        "domain": sum(n_by_status(run_context.dataset).values()),
        "decision": undo.n_decisions(run_context.run),
    }
    context["n_decisions"] = n_entries["decision"]
    context["previews"] = [
        ExportPreview(one, _head(one, run_context), n_entries[one.unit]) for one in FORMATS
    ]
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


def _head(chosen: Format, run_context: RunContext) -> str:
    content = b""
    with closing(chosen.begin(run_context.run, run_context.label_source)) as parts:
        for part in parts:
            content += part
            if content.count(b"\n") >= PREVIEW_LINES:
                break
    lines = content.split(b"\n", PREVIEW_LINES)[:PREVIEW_LINES]
    return "\n".join(line[:PREVIEW_CHARACTERS].decode("utf-8", "ignore") for line in lines)
