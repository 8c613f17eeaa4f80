"""One cluster: its name, its doubtful members, and all of them to choose from."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers

from clustering.selectors import logo_tiles
from clustering.views.access import SignedInRequest
from clustering.views.run_context import RunContext, get_cluster, look_at


@require_GET
@vary_on_headers("HX-Request", "HX-Target")
def cluster(request: SignedInRequest, slug: str, uid: UUID) -> HttpResponse:
    """Show the cluster; to htmx, the part that a correction changes."""
    look = look_at(request, slug)
    if not isinstance(look, RunContext):
        return look
    found = get_cluster(look.run, uid)
    page, tiles = logo_tiles.members(look.run, found, look.answer, request.GET.get("page", "1"))
    context = look.context(request) | {"cluster": found, "page": page, "tiles": tiles}
    context["strip"] = logo_tiles.check_strip(look.run, found, look.answer)
    template = "partials/cluster.html" if request.htmx else "cluster.html"
    return render(request, f"clustering/{template}", context)
