"""Parameter searches: queued, computed under a lease, read."""

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import numpy as np
from django.db import transaction
from django.utils import timezone
from numpy.typing import NDArray

from clustering.models import Capture, Dataset, Domain, Run, Tuning
from clustering.pipeline.clusterers import CLUSTERERS
from clustering.pipeline.errors import TooFewLogos
from clustering.pipeline.pipeline import Shown
from clustering.pipeline.tuning.automatic import Candidates, automatic, candidates
from clustering.pipeline.tuning.examples import Example, previews
from clustering.pipeline.tuning.scoring_rules import TuningData
from clustering.services.embedding import vectors_of
from clustering.services.logos.placeholders import Showing, placeholder_ids
from clustering.services.work import due, leases

Labels = NDArray[np.int64]


@dataclass(frozen=True)
class SearchInput:
    """Input of a search, with the logo id of each row."""

    logo_ids: list[int]
    candidates: Candidates

    @property
    def data(self) -> TuningData:
        return self.candidates.data


@transaction.atomic
def request(run: Run) -> Tuning:
    """Queue a search on the vectors of ``run``; an unfinished one is returned."""
    due.mark(run.dataset_id)
    waiting = Tuning.objects.filter(run=run).unfinished().first()
    return waiting or Tuning.objects.create(run=run)


def newest(dataset: Dataset, embedder_key: str) -> Tuning | None:
    """Return the newest search on vectors of this key, with any status. One query."""
    tunings = Tuning.objects.filter(run__dataset=dataset, run__embedder_key=embedder_key)
    return tunings.select_related("run").first()


def answered(dataset: Dataset, embedder_key: str) -> Tuning | None:
    """Return the newest search that succeeded. One query."""
    tunings = Tuning.objects.filter(run__dataset=dataset, run__embedder_key=embedder_key)
    return tunings.succeeded().select_related("run").first()


def cancel(tuning: Tuning) -> bool:
    """Cancel a search; false if it has finished."""
    mine = Tuning.objects.filter(pk=tuning.pk).unfinished()
    ended = {"status": Tuning.Status.CANCELLED, "lease_token": None}
    return bool(mine.update(**ended, finished_at=timezone.now()))


def due_ids() -> list[int]:
    """Return the searches that no worker holds. One query."""
    return leases.due_ids(Tuning)


def claim(pk: int) -> Tuning | None:
    """Lease a search; None if deleted, ended, or leased by another worker."""
    return leases.claim_to_run(Tuning, pk)


def compute(tuning: Tuning) -> None:
    """Compute a leased search and store its result if the lease still holds."""
    leases.run_claimed(tuning, lambda: _compute(tuning))


def _compute(tuning: Tuning) -> None:
    leases.finish(tuning, result=_searched(tuning.run, lambda step: leases.set_step(tuning, step)))


def choose_clusterer(run: Run) -> None:
    """Choose the clusterer of a leased automatic run, and store the search with it.

    With fewer than three logos the run keeps its clusterer.
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


def search_input(run: Run) -> SearchInput:
    """Return the embedded logos of ``run``'s data set with the corrections about them.

    Ordered by content, without placeholders and near-copies, as in a run. Four queries, and one
    per 10,000 logos.
    """
    captures = list(_captures(run.dataset))
    left_out = placeholder_ids(
        Showing(logo_id, name, is_known, decided_at is not None)
        for logo_id, name, is_known, decided_at, _ in captures
    )
    names: dict[int, list[str]] = {}
    for logo_id, name, *_ in captures:
        names.setdefault(logo_id, []).append(name)
    phashes = {logo_id: int(phash, 16) for logo_id, *_, phash in captures}
    logo_ids, vectors = vectors_of(list(names), run.embedder_key)
    shown = [Shown(tuple(names[pk]), phashes[pk], pk in left_out) for pk in logo_ids]
    decided = _corrected_groups(run.dataset, logo_ids)
    found = candidates(vectors, shown, decided, run.distances.copies)
    return SearchInput([logo_ids[row] for row in found.rows], found)


def _captures(dataset: Dataset) -> Iterable[tuple[int, str, bool, datetime | None, str]]:
    shown = Capture.objects.filter(
        domain__dataset=dataset, domain__status=Domain.Status.FOUND, is_primary=True
    ).order_by("logo__sha256", "domain__name")
    return shown.values_list(
        "logo_id",
        "domain__name",
        "logo__is_placeholder",
        "domain__decided_at",
        "logo__phash",
    )


def _corrected_groups(dataset: Dataset, logo_ids: list[int]) -> Labels:
    """Number the groups in corrections; a logo marked as outlier is its own group.

    For a logo of several domains, the first by name counts.
    """
    run = dataset.runs.succeeded().first()
    decided = np.full(len(logo_ids), -1, dtype=np.int64)
    if run is None:
        return decided
    row_of = {logo_id: row for row, logo_id in enumerate(logo_ids)}
    reviewed = run.assignments.reviewed().without_ignored().order_by("-domain__name")
    groups: dict[int, int] = {}
    for row in reviewed.only("run_id", "logo_id", "human_cluster_id"):
        if row.logo_id in row_of:
            group = -1 - row.logo_id if row.human_cluster_id is None else row.human_cluster_id
            decided[row_of[row.logo_id]] = groups.setdefault(group, len(groups))
    return decided


def _searched(run: Run, report_step: Callable[[str], object]) -> dict[str, Any]:
    """Run the search; replace the rows of the examples by logo ids."""
    given = search_input(run)
    found = automatic(
        given.candidates,
        run.embedder,
        found=run.found_distances.get("threshold"),
        random_state=run.random_state,
        report_step=report_step,
    )
    data = given.data
    shown = {
        linkage: [
            {"largest": _named(one.largest, given), "joined": _named(one.joined, given)}
            for one in previews(data.vectors, data.weights, labels)
        ]
        for linkage, labels in found.labels.items()
    }
    return {"report": found.report.as_json(), "previews": shown}


def _named(examples: Iterable[Example], given: SearchInput) -> list[dict[str, Any]]:
    return [
        {"size": one.size, "logos": [given.logo_ids[row] for row in one.rows]} for one in examples
    ]
