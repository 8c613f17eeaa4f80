"""Page of one cluster: name, note, members far from the medoid or a suggested split, members."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers

from clustering.models import LabelSource
from clustering.selectors import gallery, logo_tiles
from clustering.selectors.look_alikes import look_alikes
from clustering.selectors.suggested_split import suggested_split
from clustering.views.access import SignedInRequest
from clustering.views.copies import copies_page, is_about_copies
from clustering.views.run_context import RunContext, get_cluster, get_run_context


@require_GET
@vary_on_headers("HX-Request", "HX-Target")
def cluster(request: SignedInRequest, slug: str, uid: UUID) -> HttpResponse:
    """Show the cluster; for htmx, the part that corrections change."""
    run_context = get_run_context(request, slug)
    if not isinstance(run_context, RunContext):
        return run_context
    found = get_cluster(run_context.run, uid)
    if is_about_copies(request):
        return copies_page(request, run_context, found)
    is_split = "split" in request.GET and run_context.label_source is LabelSource.CORRECTED
    page, tiles = logo_tiles.members(
        run_context.run, found, run_context.label_source, request.GET.get("page", "")
    )
    context = run_context.template_context(request) | {
        "cluster": found,
        "page": page,
        "tiles": tiles,
    }
    context["n_domains"] = gallery.size_of(found, run_context.label_source)
    context["n_parts"] = found.parts.count()
    context["note"] = run_context.run.notes.filter(cluster_uid=uid).first()
    context["is_split"] = is_split
    if is_split:
        context["split"] = suggested_split(run_context.run, found, run_context.label_source)
    else:
        context["look_alikes"] = look_alikes(run_context.run, found) if page.is_first else []
        context["strip"] = logo_tiles.check_strip(run_context.run, found, run_context.label_source)
    template = "partials/cluster.html" if request.htmx else "cluster.html"
    return render(request, f"clustering/{template}", context)
