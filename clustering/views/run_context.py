"""Shared by the pages of one run: data set, run, label source, preserved query string."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from clustering.models import Cluster, Dataset, Domain, LabelSource, Run
from clustering.selectors import failures, gallery
from clustering.selectors.progress import n_by_status
from clustering.services.curation import undo
from clustering.views.access import SignedInRequest, get_dataset, get_run

N_LOGOS = 240
MAX_QUERY = 253  # characters; no domain is longer


@dataclass(frozen=True)
class RunContext:
    """The run that a page shows, with corrected or machine labels."""

    dataset: Dataset
    run: Run
    label_source: LabelSource
    query_string: str
    """``?run=`` and ``&answer=`` of the request, if any."""

    def template_context(self, request: SignedInRequest) -> dict[str, Any]:
        """Return the context of every page of a run. Five queries."""
        return {
            "dataset": self.dataset,
            "run": self.run,
            "answer": self.label_source.value,
            "is_machine": self.label_source is LabelSource.MACHINE,
            "may_decide": self.dataset.is_editable
            and self.label_source is not LabelSource.MACHINE,
            "preserved_query": self.query_string,
            "counts": gallery.counts(self.run, self.label_source),
            "curation": undo.state(self.run, request.user),
            "client_id": uuid4(),
            "current_url": request.get_full_path(),
        }


def get_run_context(request: SignedInRequest, slug: str) -> RunContext | HttpResponse:
    """Return the context of the requested run, or the page for a data set without runs."""
    return context_of(request, get_dataset(request, slug))


def context_of(request: SignedInRequest, dataset: Dataset) -> RunContext | HttpResponse:
    """As ``get_run_context``, for a data set that ``for_user`` returned, with its role."""
    run = get_run(request, dataset)
    if run is None:
        return page_without_run(request, dataset)
    return RunContext(dataset, run, label_source_of(request), preserved_query(request))


def page_without_run(request: SignedInRequest, dataset: Dataset) -> HttpResponse:
    """Render the page before the first run, with the logos that were found so far."""
    by_status = n_by_status(dataset)
    context = {
        "dataset": dataset,
        "run": None,
        "logos": failures.recent_logos(dataset, N_LOGOS),
        "n_domains": sum(by_status.values()),
        "n_pending": by_status.get(Domain.Status.PENDING, 0),
        "n_found": by_status.get(Domain.Status.FOUND, 0),
    }
    return render(request, "clustering/unclustered.html", context)


def label_source_of(request: HttpRequest) -> LabelSource:
    """Return the label source of ``?answer=``; corrected if unknown."""
    is_machine = request.GET.get("answer") == LabelSource.MACHINE.value
    return LabelSource.MACHINE if is_machine else LabelSource.CORRECTED


def preserved_query(request: HttpRequest) -> str:
    """Return the query string that links to other pages preserve."""
    kept = {name: request.GET[name] for name in ("run", "answer") if request.GET.get(name)}
    return f"?{urlencode(kept)}" if kept else ""


def get_cluster(run: Run, uid: object) -> Cluster:
    """Return the run's cluster, else 404."""
    return get_object_or_404(run.clusters.select_related("medoid"), uid=uid)


def asked_text(request: HttpRequest) -> str:
    """Return ``?q=`` without NUL and surrounding space, cut to ``MAX_QUERY`` characters."""
    return request.GET.get("q", "").replace("\0", "").strip()[:MAX_QUERY]
