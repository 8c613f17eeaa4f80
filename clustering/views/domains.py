"""One domain: its logo, where it came from, what it resembles, where it was put."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from clustering.services import members
from clustering.views.datasets import SignedInRequest, get_dataset, get_run
from clustering.views.looking import answer_of, kept_query


@require_GET
def domain(request: SignedInRequest, slug: str, name: str) -> HttpResponse:
    """Show the domain, whether it has a logo or not."""
    dataset = get_dataset(request, slug)
    found = get_object_or_404(dataset.domains, name=name)
    captures = list(found.captures.select_related("logo"))
    context: dict[str, Any] = {
        "dataset": dataset,
        "run": get_run(request, dataset),
        "domain": found,
    }
    context |= {"capture": next((one for one in captures if one.is_primary), None)}
    context |= {"others": [one for one in captures if not one.is_primary]}
    context |= {"keep": kept_query(request)} | _place(request, context)
    return render(request, "clustering/domain.html", context)


def _place(request: SignedInRequest, context: dict[str, Any]) -> dict[str, Any]:
    run = context["run"]
    assignment = members.assignment_of(run, context["domain"]) if run else None
    if assignment is None:
        return {"assignment": None}
    return {
        "assignment": assignment,
        "cluster": members.cluster_of(assignment, answer_of(request)),
        "neighbours": members.neighbours(run, assignment.logo),
    }
