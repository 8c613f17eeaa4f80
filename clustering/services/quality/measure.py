"""Quality reports: queued, computed by a worker under a lease, stored with the run."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from django.db import transaction

from clustering.models import (
    LabelSet,
    LabelSource,
    QualityReport,
    ReviewItem,
    ReviewPair,
    Run,
)
from clustering.pipeline.evaluation import (
    Figure,
    LabelTruth,
    cluster_similarity,
    label_errors,
    pair_sampling,
    with_intervals,
)
from clustering.pipeline.evaluation.dbcv import dbcv_figure
from clustering.pipeline.evaluation.label_errors import ErrorKind
from clustering.pipeline.evaluation.silhouettes import silhouette_figure
from clustering.pipeline.neighbours import N_NEIGHBOURS, nearest
from clustering.pipeline.pair_score import PairScore
from clustering.selectors import export_rows
from clustering.services import open_reviews
from clustering.services.quality.items import Labels, QualityItems, quality_items
from clustering.services.quality.labels import truth
from clustering.services.review import build as review_queue
from clustering.services.review.build import Question
from clustering.services.work import due, leases

N_PAIRS: Final = 100
N_LABEL_ERRORS: Final = 100
N_MEMBERS: Final = 24  # questions about members; further down few are wrong
MEMBER_REASONS: Final = {
    ErrorKind.UNRELATED_DOMAIN.value: "Its domain shares no word with any other in the cluster.",
    ErrorKind.FAR_FROM_MEDOID.value: "It is far from the other members of the cluster.",
    ErrorKind.LOW_SIMILARITY.value: "No other member of the cluster is similar.",
    ErrorKind.AMBIGUOUS.value: "A logo of another cluster is more similar.",
}
ASKED_FROM: Final = 0.1
"""Probability that a member is wrong, from which on a person is asked."""
N_SIMILARITY: Final = 20  # largest clusters; more don't fit on a page

ReportStep = Callable[[str], object]


@transaction.atomic
def request(run: Run) -> QualityReport:
    """Queue a report on a finished run; an unfinished one is returned."""
    due.mark(run.dataset_id)
    waiting = QualityReport.objects.filter(run=run).unfinished().first()
    return waiting or QualityReport.objects.create(run=run)


@transaction.atomic
def request_afresh(run: Run) -> QualityReport:
    """Queue a report after the labels changed: a running one may have read the old labels."""
    due.mark(run.dataset_id)
    waiting = QualityReport.objects.filter(run=run).queued().first()
    return waiting or QualityReport.objects.create(run=run)


def newest(run: Run) -> QualityReport | None:
    """Return the newest report on the run, without its result. One query."""
    return QualityReport.objects.filter(run=run).defer("result").first()


def answered(run: Run) -> QualityReport | None:
    """Return the newest report that succeeded. One query."""
    return QualityReport.objects.filter(run=run).succeeded().first()


def due_ids() -> list[int]:
    """Return the reports that no worker holds. One query."""
    return leases.due_ids(QualityReport)


def claim(pk: int) -> QualityReport | None:
    """Lease a report; None if deleted, ended, or leased by another worker."""
    return leases.claim_to_run(QualityReport, pk)


def compute(report: QualityReport) -> None:
    """Compute a leased report and store its result if the lease still holds."""
    leases.run_claimed(report, lambda: _compute(report))


def _compute(report: QualityReport) -> None:
    items = quality_items(report.run)
    result = _measured(report.run, items, lambda step: leases.set_step(report, step))
    with transaction.atomic():
        if leases.finish(report, result=result):
            _sample_pairs(report.run, items)
            ask_about_members(report.run, result["doubts"])


def _measured(run: Run, items: QualityItems, report_step: ReportStep) -> dict[str, Any]:
    report_step("Comparing with labels")
    labelled = _labelled(run)
    report_step("Measuring density")
    figures = {
        "dbcv": _json(dbcv_figure(items.vectors, _compact(items.machine).labels)),
        "silhouette": _json(silhouette_figure(items.vectors, items.machine)),
    }
    report_step("Finding likely label errors")
    return {
        "n_logos": len(items.logo_ids),
        "figures": figures,
        "labelled": labelled,
        "doubts": _label_errors(run, items),
        "likeness": _similarity_matrix(items),
    }


def ask_about_members(run: Run, doubts: Sequence[Mapping[str, Any]]) -> None:
    """Put the likeliest wrong members into the review queue, in place of earlier ones."""
    member = ReviewItem.Kind.MEMBER
    with open_reviews.kept(run.pk, run.review_items.filter(kind=member, n_open__gt=0)) as earlier:
        earlier.delete()
    members = [doubt for doubt in doubts if doubt["why"] in MEMBER_REASONS]
    listed = [doubt for doubt in members if doubt["score"] >= ASKED_FROM][:N_MEMBERS]
    rows = run.assignments.filter(
        logo_id__in=[doubt["logo"] for doubt in listed],
        reviewed_at__isnull=True,
        corrected_cluster_id__isnull=False,
    )
    ids: dict[int, list[int]] = {}
    for logo_id, domain_id in rows.order_by("domain__name").values_list("logo_id", "domain_id"):
        ids.setdefault(logo_id, []).append(domain_id)
    review_queue.append(
        run,
        [
            Question(member, 0.0, tuple(ids[doubt["logo"]]), reason=MEMBER_REASONS[doubt["why"]])
            for doubt in listed
            if doubt["logo"] in ids
        ],
    )


def _labelled(run: Run) -> dict[str, Any] | None:
    """Compare both label sources with the uploaded labels; None without matching labels."""
    label_set = LabelSet.objects.filter(dataset=run.dataset).first()
    known = truth(label_set) if label_set else {}
    answers = {
        label_source.value: export_rows.labels(run, label_source) for label_source in LabelSource
    }
    known = {
        name: one for name, one in known.items() if name in answers[LabelSource.MACHINE.value]
    }
    if label_set is None or not known:
        return None
    figures: dict[str, dict[str, Any]] = {}
    for label_source, labels in answers.items():
        same = next((one for one in figures if answers[one] == labels), None)
        figures[label_source] = figures[same] if same else _agreement(labels, known)
    return {"label_set": label_set.pk, "answers": figures}


def _agreement(labels: Mapping[str, int], truth: Mapping[str, LabelTruth]) -> dict[str, Any]:
    return {name: one.as_json() for name, one in with_intervals(labels, truth).items()}


@dataclass(frozen=True)
class _Compact:
    """Consecutive labels, with the original of each."""

    labels: Labels
    originals: Labels


def _compact(labels: Labels) -> _Compact:
    originals = np.unique(labels[labels >= 0])
    compact = np.where(labels >= 0, np.searchsorted(originals, labels), -1)
    return _Compact(compact.astype(np.int64), originals)


def _label_errors(run: Run, items: QualityItems) -> list[dict[str, Any]]:
    graph = nearest(items.vectors, N_NEIGHBOURS)
    labels = _compact(items.corrected).labels
    by = PairScore(run.distances.threshold)
    found = label_errors.likely_errors(
        items.vectors, labels, graph, items.domains, by, top=N_LABEL_ERRORS
    )
    return [
        {
            "logo": items.logo_ids[doubt.row],
            "other": items.logo_ids[doubt.other],
            "why": doubt.why.value,
            "similarity": doubt.similarity,
            "score": doubt.score,
        }
        for doubt in found
    ]


def _similarity_matrix(items: QualityItems) -> dict[str, Any]:
    """Return the cosines between the clusters with the most distinct logos."""
    numbers, sizes = np.unique(items.machine[items.machine >= 0], return_counts=True)
    shown = numbers[np.argsort(-sizes, kind="stable")][:N_SIMILARITY]
    if len(shown) < 2:
        return {"clusters": [], "cosines": []}
    cosines = cluster_similarity.mean_cosines(items.vectors, items.machine, shown)
    return {
        "clusters": [items.cluster_ids[number] for number in shown.tolist()],
        "cosines": np.round(cosines, 3).tolist(),
    }


def _sample_pairs(run: Run, items: QualityItems) -> None:
    """Sample the pairs to review, once per run, because judgements refer to them."""
    if run.review_pairs.exists():
        return
    labels = _compact(items.machine).labels
    drawn = pair_sampling.sample_pairs(
        items.vectors, labels, n_pairs=N_PAIRS, random_state=run.random_state
    )
    ReviewPair.objects.bulk_create(
        ReviewPair(
            run=run,
            place=place,
            stratum=pair.stratum.value,
            n_stratum=pair.n_stratum,
            first_id=items.logo_ids[pair.first],
            second_id=items.logo_ids[pair.second],
            similarity=round(pair.similarity, 4),
        )
        for place, pair in enumerate(drawn)
    )


def _json(figure: Figure | None) -> dict[str, float | int] | None:
    return figure.as_json() if figure else None
