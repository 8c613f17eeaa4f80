"""What the pages of one run have in common: the data set, the run, and whose answer is shown."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from clustering.models import Cluster, Dataset, LabelSource, Run
from clustering.selectors import gallery
from clustering.services.curation import undo
from clustering.views.access import SignedInRequest, get_dataset, get_run

MAX_QUERY = 253  # characters; no domain is longer


@dataclass(frozen=True)
class RunContext:
    """One look at a run."""

    dataset: Dataset
    run: Run
    answer: LabelSource
    query: str
    """``?run=...&answer=...`` as far as they differ from what one sees by default."""

    def context(self, request: SignedInRequest) -> dict[str, Any]:
        """Return what every page of a run shows; costs five queries."""
        return {
            "dataset": self.dataset,
            "run": self.run,
            "answer": self.answer.value,
            "is_machine": self.answer is LabelSource.MACHINE,
            "may_decide": self.dataset.is_editable and self.answer is not LabelSource.MACHINE,
            "keep": self.query,
            "counts": gallery.counts(self.run, self.answer),
            "curation": undo.state(self.run, request.user),
            "client_id": uuid4(),
            "here": request.get_full_path(),
        }


def look_at(request: SignedInRequest, slug: str) -> RunContext | HttpResponse:
    """Return the look that the address asks for, or the page that says there is no run yet."""
    dataset = get_dataset(request, slug)
    run = get_run(request, dataset)
    if run is None:
        return render(request, "clustering/unclustered.html", {"dataset": dataset, "run": None})
    return RunContext(dataset, run, answer_of(request), kept_query(request))


def answer_of(request: HttpRequest) -> LabelSource:
    """Return whose answer ``?answer=`` asks for; anything odd is the corrected one."""
    is_machine = request.GET.get("answer") == LabelSource.MACHINE.value
    return LabelSource.MACHINE if is_machine else LabelSource.CORRECTED


def kept_query(request: HttpRequest) -> str:
    """Return the part of the address that links to other pages carry along."""
    kept = {name: request.GET[name] for name in ("run", "answer") if request.GET.get(name)}
    return f"?{urlencode(kept)}" if kept else ""


def get_cluster(run: Run, uid: object) -> Cluster:
    """Return the run's cluster, else 404."""
    return get_object_or_404(run.clusters.select_related("medoid"), uid=uid)


def asked_text(request: HttpRequest) -> str:
    """Return what ``?q=`` asks for, trimmed to a sane length, without what no name holds."""
    return request.GET.get("q", "").replace("\0", "").strip()[:MAX_QUERY]
