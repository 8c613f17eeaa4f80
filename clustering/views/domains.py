"""One domain: its logo and the other candidates, what it resembles, where it was put."""

from typing import Any
from uuid import uuid4

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers

from clustering.models import Dataset, Domain, LogoChoice, Lookup
from clustering.services import choices, lookups, members
from clustering.views.datasets import SignedInRequest, get_dataset, get_run
from clustering.views.looking import answer_of, kept_query


@require_GET
@vary_on_headers("HX-Request")
def domain(request: SignedInRequest, slug: str, name: str) -> HttpResponse:
    """Show the domain; to htmx, the part that is polled while a worker looks something up."""
    dataset = get_dataset(request, slug)
    found = get_object_or_404(dataset.domains, name=name)
    context = _logo(request, dataset, found) | {"keep": kept_query(request)}
    context |= _place(request, context)
    template = "partials/domain_logo.html" if request.htmx else "domain.html"
    return render(request, f"clustering/{template}", context)


def _logo(request: SignedInRequest, dataset: Dataset, found: Domain) -> dict[str, Any]:
    captures = list(found.captures.select_related("logo"))
    history = list(choices.history(found))
    choice = next((one for one in history if one.undone_at is None), None)
    lookup = lookups.latest(found)
    return {
        "dataset": dataset,
        "run": get_run(request, dataset),
        "domain": found,
        "capture": next((one for one in captures if one.is_primary), None),
        "captures": captures,
        "history": history,
        "choice": choice,
        "lookup": lookup,
        "failed_lookup": _failed_since(lookup, choice),
        "client_id": uuid4(),
    }


def _failed_since(lookup: Lookup | None, choice: LogoChoice | None) -> bool:
    """Say whether the last lookup failed, and nobody has decided after it."""
    if lookup is None or lookup.status != Lookup.Status.FAILED:
        return False
    return choice is None or choice.created_at < lookup.created_at


def _place(request: SignedInRequest, context: dict[str, Any]) -> dict[str, Any]:
    run = context["run"]
    assignment = members.assignment_of(run, context["domain"]) if run else None
    if assignment is None:
        return {"assignment": None}
    capture = context["capture"]
    return {
        "assignment": assignment,
        "is_outdated": capture is None or capture.logo_id != assignment.logo_id,
        "cluster": members.cluster_of(assignment, answer_of(request)),
        "neighbours": members.neighbours(run, assignment.logo),
    }
