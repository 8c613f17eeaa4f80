"""List of domains by outcome; page of one domain: candidates, similar logos, cluster."""

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote
from uuid import uuid4

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET, require_safe
from django.views.decorators.vary import vary_on_headers

from clustering.forms import MAX_LOGO_BYTES, image_formats
from clustering.models import Capture, Dataset, Domain, LogoChoice, Lookup
from clustering.pipeline.errors import CODES
from clustering.selectors import logo_tiles, outcomes, run_comparison
from clustering.selectors.failures import FailureGroup, failures, sources
from clustering.services.logos import choices, lookups
from clustering.views.access import SignedInRequest, get_dataset, get_run
from clustering.views.run_context import label_source_of, preserved_query

FILTERS = ("outcome", "code", "finder", "file")


# Name, address, and the query to quote.
SEARCHES = (
    ("Shodan", "https://www.shodan.io/search?query=", "http.favicon.hash:{mmh3}"),
    (
        "Censys",
        "https://search.censys.io/search?resource=hosts&q=",
        'services.http.response.favicons.md5_hash="{md5}"',
    ),
    ("urlscan", "https://urlscan.io/search/#", "hash:{sha256}"),
    ("ZoomEye", "https://www.zoomeye.org/searchResult?q=", 'iconhash:"{mmh3}"'),
)


@require_safe
def domains(request: SignedInRequest, slug: str) -> HttpResponse:
    """List the domains, filtered by outcome, error code, finder or fingerprint."""
    dataset = get_dataset(request, slug)
    asked = {name: request.GET.get(name, "").replace("\0", "") for name in FILTERS}
    page = outcomes.domain_page(dataset, token=request.GET.get("page", ""), **asked)
    groups = failures(dataset)
    context = {
        "dataset": dataset,
        "run": get_run(request, dataset),
        "asked": asked,
        "title": _title(asked, groups),
        "outcomes": outcomes.outcomes(dataset),
        "labels": outcomes.LABELS,
        "failures": groups,
        "sources": sources(dataset),
        "page": page,
    }
    return render(request, "clustering/domains.html", context)


def _title(asked: Mapping[str, str], groups: Iterable[FailureGroup]) -> str:
    if asked["code"]:
        labels = {group.code: group.label for group in groups}
        codes = asked["code"].split(",")
        return "; ".join(labels.get(code, code) for code in codes)
    if asked["file"]:
        return "Same image file"
    if asked["finder"]:
        return f"Found by {asked['finder']}"
    return outcomes.LABELS.get(asked["outcome"], "Domains")


@require_GET
@vary_on_headers("HX-Request")
def domain(request: SignedInRequest, slug: str, name: str) -> HttpResponse:
    """Show the domain; for htmx, the part that is polled during a lookup."""
    dataset = get_dataset(request, slug)
    found = get_object_or_404(dataset.domains, name=name)
    context = _logo(request, dataset, found) | {"preserved_query": preserved_query(request)}
    context |= _place(request, context)
    cells = zip(dataset.other_columns, found.other_cells or (), strict=False)
    context["other_cells"] = [(column, cell) for column, cell in cells if cell]
    context["way"] = [] if request.htmx else run_comparison.way_of(found)
    template = "partials/domain_logo.html" if request.htmx else "domain.html"
    return render(request, f"clustering/{template}", context)


def _logo(request: SignedInRequest, dataset: Dataset, found: Domain) -> dict[str, Any]:
    captures = list(found.captures.select_related("logo__words"))
    history = list(choices.history(found))
    choice = next((one for one in history if one.undone_at is None), None)
    lookup = lookups.latest(found)
    return {
        "dataset": dataset,
        "run": get_run(request, dataset),
        "domain": found,
        "capture": next((one for one in captures if one.is_primary), None),
        "captures": captures,
        "searches": _searches(captures),
        "history": history,
        "choice": choice,
        "lookup": lookup,
        "failed_lookup": _failed_since(lookup, choice),
        "reason": CODES.get(found.error_code, found.error_code),
        "client_id": uuid4(),
        "max_bytes": MAX_LOGO_BYTES,
        "formats": image_formats(),
    }


def _searches(captures: Iterable[Capture]) -> list[dict[str, str]]:
    """Return the addresses of searches for hosts with the file of the primary capture."""
    found = next((one for one in captures if one.is_primary and one.file_sha256), None)
    if found is None:
        return []
    values = {"mmh3": found.file_mmh3, "md5": found.file_md5, "sha256": found.file_sha256}
    return [
        {"name": name, "url": f"{address}{quote(query.format(**values), safe='')}"}
        for name, address, query in SEARCHES
    ]


def _failed_since(lookup: Lookup | None, choice: LogoChoice | None) -> bool:
    """Whether the last lookup failed after the last choice."""
    if lookup is None or lookup.status != Lookup.Status.FAILED:
        return False
    return choice is None or choice.created_at < lookup.created_at


def _place(request: SignedInRequest, context: dict[str, Any]) -> dict[str, Any]:
    run = context["run"]
    assignment = logo_tiles.assignment_of(run, context["domain"]) if run else None
    if assignment is None:
        return {"assignment": None}
    capture = context["capture"]
    return {
        "assignment": assignment,
        "is_outdated": capture is None or capture.logo_id != assignment.logo_id,
        "cluster": logo_tiles.cluster_of(assignment, label_source_of(request)),
        "neighbours": logo_tiles.neighbours(run, assignment.logo),
        "note": run.notes.filter(domain=context["domain"]).first(),
        "may_decide": context["dataset"].is_editable,
        "current_url": request.get_full_path(),
    }
