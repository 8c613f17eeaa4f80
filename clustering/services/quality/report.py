"""Quality report for its page: metrics, likely label errors, similarity matrix."""

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from clustering.models import Assignment, Cluster, Domain, LabelSource, Logo, QualityReport, Run
from clustering.pipeline.evaluation.label_errors import ErrorKind
from clustering.pipeline.evaluation.pair_estimates import Estimate, PairEstimate
from clustering.pipeline.naming.words import plain_name, shared_word
from clustering.selectors import gallery
from clustering.selectors.gallery import Card
from clustering.services.quality import measure

SHOWN_ERRORS: Final = 24
SAMPLED_CLUSTERS: Final = 8
SHADES: Final = 10

UNLABELLED: Final = {
    "dbcv": (
        "DBCV",
        "Density inside clusters compared with density between them; from \u22121 to 1.",
    ),
    "silhouette": (
        "Silhouette",
        "Similarity to the own cluster compared with the nearest other; from \u22121 to 1.",
    ),
}
LABELLED: Final = {
    "b3_f1": ("B-cubed F", "Harmonic mean of precision and recall."),
    "b3_precision": ("B-cubed precision", "Mean share of a logo's cluster that is of its brand."),
    "b3_recall": (
        "B-cubed recall",
        "Mean share of a logo's brand and look that is in its cluster.",
    ),
    "pairwise_precision": (
        "Pairwise precision",
        "Share of pairs in one cluster that are of one brand.",
    ),
    "pairwise_recall": ("Pairwise recall", "Share of pairs of one look that are in one cluster."),
    "ari": ("ARI", "Adjusted Rand index: agreement on pairs, corrected for chance."),
    "ami": ("AMI", "Adjusted mutual information, corrected for chance."),
    "outlier_share": ("Outliers", "Share of the labelled domains in no cluster."),
    "singletons_clustered": (
        "Singletons clustered",
        "Share of brands with one domain that are in a cluster; each is an error.",
    ),
}


@dataclass(frozen=True)
class ReportLine:
    """One metric with its position on a scale from ``lowest`` to 1."""

    label: str
    meaning: str
    value: float | None
    low: float
    high: float
    n: int
    lowest: float = 0.0

    @property
    def left(self) -> float:
        """Start of the interval, in percent of the scale."""
        return self._place(self.low)

    @property
    def width(self) -> float:
        """Width of the interval, in percent of the scale; at least 1."""
        return max(1.0, self._place(self.high) - self.left)

    @property
    def at(self) -> float | None:
        """Position of the value, in percent of the scale."""
        return None if self.value is None else self._place(self.value)

    def _place(self, value: float) -> float:
        return round(100 * max(0.0, (value - self.lowest) / (1 - self.lowest)), 1)


@dataclass(frozen=True)
class LabelErrorRow:
    """One likely label error: the logo, and the logo that it is compared with."""

    logo: Logo
    domains: tuple[Domain, ...]
    cluster: Cluster | None
    other_logo: Logo
    other_domains: tuple[Domain, ...]
    other_cluster: Cluster | None
    why: str
    similarity: float

    @property
    def reason(self) -> str:
        return REASONS[ErrorKind(self.why)]

    @property
    def shared_name(self) -> str:
        """Name for a new cluster of both logos."""
        names = [domain.name for domain in (*self.domains, *self.other_domains)]
        shared = shared_word(names)
        return shared.text if shared else plain_name(names[0])

    @property
    def is_outlier(self) -> bool:
        """In no cluster: it may belong to the other logo's."""
        return self.cluster is None


REASONS: Final = {
    ErrorKind.OUTLIER_SHARED_WORD: "An outlier whose domain shares a word with a similar logo's.",
    ErrorKind.UNRELATED_DOMAIN: "Its domain shares no word with any other in its cluster.",
    ErrorKind.FAR_FROM_MEDOID: "It is far from the other members of its cluster.",
    ErrorKind.OUTLIER_SIMILAR: "An outlier very similar to a logo of this cluster.",
    ErrorKind.LOW_SIMILARITY: "It has no similar logo in its cluster.",
    ErrorKind.AMBIGUOUS: "A logo of another cluster is more similar than its own cluster's.",
}


@dataclass(frozen=True)
class SimilarityCell:
    other: Cluster
    cosine: float
    is_own: bool

    @property
    def level(self) -> int:
        """Shade: the cosine in tenths, 0 to 9."""
        return min(SHADES - 1, max(0, int(self.cosine * SHADES)))


@dataclass(frozen=True)
class SimilarityRow:
    """One row of the similarity matrix."""

    cluster: Cluster
    cells: tuple[SimilarityCell, ...]


def unlabelled_lines(report: QualityReport) -> list[ReportLine]:
    """Return the internal metrics."""
    return _lines(report.result["figures"], UNLABELLED, lowest=-1.0)


def labelled_lines(report: QualityReport, label_source: LabelSource) -> list[ReportLine]:
    """Return the metrics against uploaded labels; empty without any."""
    labelled = report.result["labelled"]
    return _lines(labelled["answers"][label_source.value], LABELLED) if labelled else []


def people_lines(verdict: PairEstimate) -> list[ReportLine]:
    """Return the estimates from a person's judgements."""
    return [
        _estimated(
            "Pairwise precision",
            "Share of pairs in one cluster that are right.",
            verdict.precision,
        ),
        _estimated(
            "Pairwise recall",
            "Share of near pairs that belong together and are in one cluster.",
            verdict.recall,
        ),
    ]


def label_error_rows(run: Run, report: QualityReport) -> list[LabelErrorRow]:
    """Return the unreviewed likely label errors, likeliest first. One query."""
    return _unreviewed(run, report.result["doubts"])[:SHOWN_ERRORS]


_JOINS = ("domain", "logo", "cluster", "bound_cluster", "human_cluster")


def _unreviewed(run: Run, listed: Sequence[dict[str, Any]]) -> list[LabelErrorRow]:
    logo_ids = {doubt[side] for doubt in listed for side in ("logo", "other")}
    shown: dict[int, list[Assignment]] = {}
    found = run.assignments.without_ignored().filter(logo_id__in=logo_ids)
    found = found.order_by("domain__name")
    for row in found.select_related(*_JOINS):
        shown.setdefault(row.logo_id, []).append(row)
    rows = [_label_error_row(doubt, shown) for doubt in listed]
    return [row for row in rows if row is not None]


def n_label_errors(run: Run) -> dict[int, int]:
    """Return the number of unreviewed likely errors by cluster id. Two queries."""
    report = measure.answered(run)
    listed = report.result["doubts"] if report else []
    counted: Counter[int] = Counter()
    for row in _unreviewed(run, listed):
        touched = {one.pk for one in (row.cluster, row.other_cluster) if one is not None}
        counted.update(touched)
    return dict(counted)


def similarity_matrix(run: Run, report: QualityReport) -> list[SimilarityRow]:
    """Return the similarity matrix of the largest clusters. One query."""
    given = report.result["likeness"]
    clusters = run.clusters.select_related("medoid").in_bulk(given["clusters"])
    order = [clusters[pk] for pk in given["clusters"] if pk in clusters]
    if len(order) != len(given["clusters"]):
        return []
    return [
        SimilarityRow(own, _cells(own, order, cosines))
        for own, cosines in zip(order, given["cosines"], strict=True)
    ]


def sampled_cards(run: Run, label_source: LabelSource) -> list[Card]:
    """Return a random sample of clusters, the same for every call. Three queries."""
    every = list(
        gallery.clusters(run, label_source).order_by("number").values_list("pk", flat=True)
    )
    generator = random.Random(run.pk)  # noqa: S311  # no secret depends on it
    chosen = generator.sample(every, min(SAMPLED_CLUSTERS, len(every)))
    drawn = list(gallery.clusters(run, label_source).filter(pk__in=chosen).order_by("number"))
    return gallery.cards(run, label_source, drawn)


def _estimated(label: str, meaning: str, one: Estimate) -> ReportLine:
    return ReportLine(label, meaning, one.value, one.low, one.high, one.n)


def _lines(
    figures: dict[str, Any], words: Mapping[str, tuple[str, str]], *, lowest: float = 0.0
) -> list[ReportLine]:
    return [
        ReportLine(label, meaning, **figures[name], lowest=lowest)
        for name, (label, meaning) in words.items()
        if figures.get(name)
    ]


def _label_error_row(
    doubt: dict[str, Any], shown: dict[int, list[Assignment]]
) -> LabelErrorRow | None:
    """Return the error with its rows; None if reviewed, or if a logo was replaced."""
    rows, others = shown.get(doubt["logo"]), shown.get(doubt["other"])
    if not rows or not others or any(row.reviewed_at for row in rows):
        return None
    other = others[0]
    return LabelErrorRow(
        logo=rows[0].logo,
        domains=tuple(row.domain for row in rows),
        cluster=_corrected(rows[0]),
        other_logo=other.logo,
        other_domains=tuple(row.domain for row in others),
        other_cluster=_corrected(other),
        why=doubt["why"],
        similarity=doubt["similarity"],
    )


def _corrected(row: Assignment) -> Cluster | None:
    return row.human_cluster if row.reviewed_at else row.bound_cluster or row.cluster


def _cells(
    own: Cluster, order: Sequence[Cluster], cosines: Sequence[float]
) -> tuple[SimilarityCell, ...]:
    return tuple(
        SimilarityCell(other, cosine, is_own=other == own)
        for other, cosine in zip(order, cosines, strict=True)
    )
