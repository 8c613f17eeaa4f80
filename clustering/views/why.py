"""Page about two logos of a run: why they are, or are not, in one cluster."""

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers

from clustering.models import Dataset, Domain, Run
from clustering.selectors import why as evidence
from clustering.selectors.why import Side
from clustering.services import storage
from clustering.views.access import SignedInRequest
from clustering.views.idempotency import known_uuid
from clustering.views.run_context import RunContext, get_cluster, get_run_context


@require_GET
@vary_on_headers("HX-Request", "HX-Target")
def why(request: SignedInRequest, slug: str, name: str) -> HttpResponse:
    """Compare a domain with ``second``, with the medoid of ``cluster``, or of its own cluster."""
    run_context = get_run_context(request, slug)
    if not isinstance(run_context, RunContext):
        return run_context
    run, dataset = run_context.run, run_context.dataset
    first = _side(run, dataset, name)
    found = evidence.why(run, first, _second(request, run, dataset, first))
    context = run_context.template_context(request) | {"why": found}
    context["sides"] = [found.first, found.second]
    logos = (side.assignment.logo for side in context["sides"])
    context["common"] = storage.common_colours(*logos)
    template = "partials/why.html" if request.htmx else "why.html"
    return render(request, f"clustering/{template}", context)


def _second(request: SignedInRequest, run: Run, dataset: Dataset, first: Side) -> Side:
    asked, uid = request.GET.get("second", ""), request.GET.get("cluster", "")
    if asked:
        return _side(run, dataset, asked)
    cluster = get_cluster(run, known_uuid(uid)) if uid else first.cluster
    domain = evidence.medoid_of(run, cluster) if cluster else None
    if domain is None:
        raise Http404("there is nothing to compare it with")
    return _of(run, domain)


def _side(run: Run, dataset: Dataset, name: str) -> Side:
    return _of(run, get_object_or_404(dataset.domains, name=name.replace("\0", "")))


def _of(run: Run, domain: Domain) -> Side:
    side = evidence.side_of(run, domain)
    if side is None:
        raise Http404("the domain has no logo in this run")
    return side
