"""Exports of a run: a page that lists the files by their purpose, and the files."""

from codecs import BOM_UTF8
from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST
from django.views.decorators.vary import vary_on_headers

from clustering.pipeline.errors import InputError
from clustering.selectors.progress import n_by_status
from clustering.services.curation import undo
from clustering.views.access import SignedInRequest
from clustering.views.export_formats import FORMATS, PICKED, Format, Unit, grouped
from clustering.views.picks import picked_ids
from clustering.views.redirects import redirect_target
from clustering.views.run_context import RunContext, get_run_context

PREVIEW_LINES = 12
PREVIEW_CHARACTERS = 110  # of each line


@dataclass(frozen=True)
class ExportFile:
    """A file with its number of entries."""

    format: Format
    n_entries: int


@dataclass(frozen=True)
class ExportGroup:
    """The files for one kind of use."""

    title: str
    files: list[ExportFile]


@require_GET
def exports(request: SignedInRequest, slug: str) -> HttpResponse:
    """List the files by use, without reading what they hold: the counts are kept."""
    run_context = get_run_context(request, slug)
    if not isinstance(run_context, RunContext):
        return run_context
    context = run_context.template_context(request)
    n_entries = {
        Unit.CLUSTER: context["counts"].n_clusters,
        Unit.DOMAIN: sum(n_by_status(run_context.dataset).values()),
        Unit.LOGO: run_context.run.n_assigned,
        Unit.DECISION: undo.n_decisions(run_context.run),
    }
    context["n_decisions"] = n_entries[Unit.DECISION]
    context["groups"] = [
        ExportGroup(title, [ExportFile(one, n_entries[one.unit]) for one in some])
        for title, some in grouped()
    ]
    return render(request, "clustering/export.html", context)


@require_GET
@vary_on_headers("HX-Request")
def export_preview(request: SignedInRequest, slug: str, file: str) -> HttpResponse:
    """Show some lines of a text file without reading the whole run; htmx gets only the lines."""
    run_context, chosen = _asked(request, slug, file)
    if chosen.begin is None:
        raise Http404(f"{file} has no preview")
    head = _head(chosen.begin(run_context.run, run_context.label_source))
    context: dict[str, object] = {"head": head, "file": file}
    if request.htmx:
        return render(request, "clustering/partials/export_preview.html", context)
    context |= run_context.template_context(request)
    return render(request, "clustering/export_preview.html", context)


@require_GET
def export_file(request: SignedInRequest, slug: str, file: str) -> HttpResponseBase:
    """Stream one export."""
    run_context, chosen = _asked(request, slug, file)
    run, source = run_context.run, run_context.label_source.value
    name = f"{run_context.dataset.slug}-{run.slug}-{source}-{chosen.file}"
    response = StreamingHttpResponse(
        chosen.write(run_context.run, run_context.label_source), content_type=chosen.media_type
    )
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@require_POST
def export_picked(request: SignedInRequest, slug: str) -> HttpResponseBase:
    """Stream the selected domains, as CSV or as ``format`` says."""
    run_context = get_run_context(request, slug)
    if not isinstance(run_context, RunContext):
        raise Http404("there is no run to export yet")
    run, source = run_context.run, run_context.label_source
    try:
        chosen = picked_ids(request, run)
    except InputError as error:
        messages.error(request, str(error).capitalize())
        return HttpResponseRedirect(redirect_target(request, "gallery", slug))
    ending = request.POST.get("format", "csv")
    if ending not in PICKED:
        raise Http404(f"a selection is not exported as {ending}")
    media_type, write = PICKED[ending]
    name = f"{run_context.dataset.slug}-{run.slug}-{source.value}-selected.{ending}"
    response = StreamingHttpResponse(write(run, source, chosen), content_type=media_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _asked(request: SignedInRequest, slug: str, file: str) -> tuple[RunContext, Format]:
    """Return the run and the format of an address; raise ``Http404`` where there is none."""
    run_context = get_run_context(request, slug)
    if not isinstance(run_context, RunContext):
        raise Http404("there is no run to export yet")
    chosen = next((one for one in FORMATS if one.file == file), None)
    if chosen is None:
        raise Http404(f"there is no export called {file}")
    return run_context, chosen


def _head(beginning: Generator[bytes, None, None]) -> str:
    content = b""
    with closing(beginning) as parts:
        for part in parts:
            content += part
            if content.count(b"\n") >= PREVIEW_LINES:
                break
    lines = content.removeprefix(BOM_UTF8).split(b"\n", PREVIEW_LINES)[:PREVIEW_LINES]
    return "\n".join(line[:PREVIEW_CHARACTERS].decode("utf-8", "ignore") for line in lines)
