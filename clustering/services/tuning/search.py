"""Searching parameters: ask for a search, compute it under a lease, and read its answer."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from django.db import transaction
from django.utils import timezone
from numpy.typing import NDArray

from clustering.models import Capture, Dataset, Domain, Run, Tuning
from clustering.pipeline.clusterers import CLUSTERERS
from clustering.pipeline.errors import TooFewLogos
from clustering.pipeline.tuning.examples import Example, previews
from clustering.pipeline.tuning.scoring_rules import TuningData
from clustering.pipeline.tuning.search import search
from clustering.services.embedding import vectors_of
from clustering.services.logos.placeholders import Showing, placeholder_ids
from clustering.services.work import due, leases

Labels = NDArray[np.int64]


@dataclass(frozen=True)
class Basis:
    """What a search works on, and the logos that its rows stand for."""

    logo_ids: list[int]
    evidence: TuningData


@transaction.atomic
def request(run: Run) -> Tuning:
    """Queue a search on the vectors of ``run``; one that waits already is returned."""
    due.mark(run.dataset_id)
    waiting = Tuning.objects.filter(run=run).unfinished().first()
    return waiting or Tuning.objects.create(run=run)


def newest(dataset: Dataset, embedder_key: str) -> Tuning | None:
    """Return the newest search on vectors of this key, whatever came of it. One query."""
    tunings = Tuning.objects.filter(run__dataset=dataset, run__embedder_key=embedder_key)
    return tunings.select_related("run").first()


def answered(dataset: Dataset, embedder_key: str) -> Tuning | None:
    """Return the newest search with an answer. One query."""
    tunings = Tuning.objects.filter(run__dataset=dataset, run__embedder_key=embedder_key)
    return tunings.succeeded().select_related("run").first()


def cancel(tuning: Tuning) -> bool:
    """End a search that has not finished; false if it had."""
    mine = Tuning.objects.filter(pk=tuning.pk).unfinished()
    ended = {"status": Tuning.Status.CANCELLED, "lease_token": None}
    return bool(mine.update(**ended, finished_at=timezone.now()))


def due_ids() -> list[int]:
    """Return the searches that no worker holds. One query."""
    return leases.due_ids(Tuning)


def claim(pk: int) -> Tuning | None:
    """Lease a search; None if it is gone, has ended, or another worker holds it."""
    return leases.claim_to_run(Tuning, pk)


def compute(tuning: Tuning) -> None:
    """Compute a claimed search and write its answer, while the lease is ours."""
    leases.run_claimed(tuning, lambda: _compute(tuning))


def _compute(tuning: Tuning) -> None:
    leases.finish(tuning, result=_searched(tuning.run, lambda step: leases.set_step(tuning, step)))


def decide(run: Run) -> None:
    """Choose the clusterer of a claimed automatic run, and keep the search beside it.

    With fewer than three logos there is nothing to choose, and the run keeps what it has.
    """
    mine = Run.objects.filter(pk=run.pk, lease_token=run.lease_token)
    try:
        result = _searched(run, lambda step: leases.set_step(run, step))
    except TooFewLogos:
        return
    chosen = result["report"]["chosen"]
    clusterer = CLUSTERERS.create(chosen["clusterer"], **chosen["params"])
    run.clusterer = chosen["clusterer"]
    run.clusterer_params = asdict(clusterer)  # type: ignore[call-overload] # plug-ins are dataclasses
    if mine.update(clusterer=run.clusterer, clusterer_params=run.clusterer_params):
        Tuning.objects.create(
            run=run, status=Tuning.Status.SUCCEEDED, result=result, finished_at=timezone.now()
        )


def basis_of(run: Run) -> Basis:
    """Return the logos of ``run``'s data set that have a vector, with what people decided.

    In the order of their content, as a run clusters them, and without the stand-ins that it
    leaves out. Four queries and one per 10,000 logos.
    """
    showings = _showings(run.dataset)
    left_out = placeholder_ids(showings)
    counts = Counter(one.logo_id for one in showings if one.logo_id not in left_out)
    logo_ids, vectors = vectors_of(list(counts), run.embedder_key)
    weights = np.array([counts[logo_id] for logo_id in logo_ids], dtype=np.int64)
    decided = _decided(run.dataset, logo_ids)
    return Basis(logo_ids, TuningData(vectors, weights, decided))


def _showings(dataset: Dataset) -> list[Showing]:
    shown = Capture.objects.filter(
        domain__dataset=dataset, domain__status=Domain.Status.FOUND, is_primary=True
    ).order_by("logo__sha256", "domain__name")
    values = shown.values_list(
        "logo_id", "domain__name", "logo__is_placeholder", "domain__decided_at"
    )
    return [
        Showing(logo_id, name, is_known, decided_at is not None)
        for logo_id, name, is_known, decided_at in values
    ]


def _decided(dataset: Dataset, logo_ids: list[int]) -> Labels:
    """Number the groups that people made; a logo that they left alone is a group of its own.

    Of a logo that several domains show, the first one by name counts.
    """
    run = dataset.runs.succeeded().first()
    decided = np.full(len(logo_ids), -1, dtype=np.int64)
    if run is None:
        return decided
    row_of = {logo_id: row for row, logo_id in enumerate(logo_ids)}
    reviewed = run.assignments.reviewed().order_by("-domain__name")
    groups: dict[int, int] = {}
    for row in reviewed.only("logo_id", "human_cluster_id"):
        if row.logo_id in row_of:
            group = -1 - row.logo_id if row.human_cluster_id is None else row.human_cluster_id
            decided[row_of[row.logo_id]] = groups.setdefault(group, len(groups))
    return decided


def _searched(run: Run, tell: Callable[[str], object]) -> dict[str, Any]:
    """Search, and name the rows of the examples by their logos."""
    basis = basis_of(run)
    found = search(basis.evidence, random_state=run.random_state, tell=tell)
    evidence = basis.evidence
    shown = {
        link: [
            {"largest": _named(one.largest, basis), "joined": _named(one.joined, basis)}
            for one in previews(evidence.vectors, evidence.weights, labels)
        ]
        for link, labels in found.labels.items()
    }
    return {"report": found.report.as_json(), "previews": shown}


def _named(examples: Iterable[Example], basis: Basis) -> list[dict[str, Any]]:
    return [
        {"size": one.size, "logos": [basis.logo_ids[row] for row in one.rows]} for one in examples
    ]
