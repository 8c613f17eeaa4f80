"""Gallery of clusters, and the cluster autocomplete."""

from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers

from clustering.selectors.gallery import (
    CardOrder,
    GalleryQuery,
    gallery_page,
    matching_clusters,
    montage_logos,
)
from clustering.services import storage
from clustering.services.quality import report
from clustering.views.access import SignedInRequest
from clustering.views.run_context import (
    RunContext,
    asked_text,
    get_cluster,
    get_run_context,
)

CARD_TARGETS = {"cards", "card-list"}  # targets of htmx
# Replaced logos change a picture without a decision, so it is not kept for ever.
PICTURE_HEADERS = {
    "Cache-Control": "private, max-age=3600",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
ORDER_LABELS = {
    CardOrder.SIZE: "Largest first",
    CardOrder.COHESION: "Least cohesive first",
    CardOrder.LABEL_ERRORS: "Most likely errors first",
    CardOrder.NAME: "By name",
}


@require_GET
@vary_on_headers("HX-Request", "HX-Target")
def gallery(request: SignedInRequest, slug: str) -> HttpResponse:
    """Show a page of cluster cards; for htmx, only the cards."""
    run_context = get_run_context(request, slug)
    if not isinstance(run_context, RunContext):
        return run_context
    order, text = _order(request), asked_text(request)
    label_errors = (
        report.n_label_errors(run_context.run) if order is CardOrder.LABEL_ERRORS else {}
    )
    wanted = GalleryQuery(order, text, request.GET.get("page", ""), label_errors)
    page, cards = gallery_page(run_context.run, run_context.label_source, wanted)
    context = run_context.template_context(request) | {"page": page, "cards": cards, "text": text}
    context |= {"order": order.value, "orders": [(o.value, n) for o, n in ORDER_LABELS.items()]}
    is_part = request.htmx and request.htmx.target in CARD_TARGETS
    template = "partials/cards.html" if is_part else "gallery.html"
    return render(request, f"clustering/{template}", context)


@require_GET
def montage(request: SignedInRequest, slug: str, uid: UUID) -> HttpResponse:
    """Serve the picture of a cluster's logos; its address changes with decisions."""
    run_context = get_run_context(request, slug)
    if not isinstance(run_context, RunContext):
        raise Http404("There is no run.")
    run, label_source = run_context.run, run_context.label_source
    logos = montage_logos(run, get_cluster(run, uid), label_source)
    picture = storage.montage_picture(logos, is_plain="plain" in request.GET)
    return HttpResponse(picture, content_type="image/webp", headers=PICTURE_HEADERS)


@require_GET
def find_clusters(request: SignedInRequest, slug: str) -> HttpResponse:
    """List the clusters that match the typed text, as options."""
    run_context = get_run_context(request, slug)
    if not isinstance(run_context, RunContext):
        return HttpResponse("")
    found = matching_clusters(run_context.run, run_context.label_source, asked_text(request))
    context = {
        "cards": found,
        "dataset": run_context.dataset,
        "preserved_query": run_context.query_string,
        "text": asked_text(request),
        "is_review": request.GET.get("for") == "review",
    }
    return render(request, "clustering/partials/cluster_options.html", context)


def _order(request: SignedInRequest) -> CardOrder:
    try:
        return CardOrder(request.GET.get("sort", ""))
    except ValueError:
        return CardOrder.SIZE
