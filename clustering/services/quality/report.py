"""A quality report as a page shows it: figures in words, doubts and likenesses as rows."""

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

SHOWN_DOUBTS: Final = 24
SAMPLED_CLUSTERS: Final = 8
HEAT_LEVELS: Final = 10

UNLABELLED: Final = {
    "dbcv": ("DBCV", "Density inside clusters against what parts them; from \u22121 to 1."),
    "silhouette": (
        "Silhouette",
        "Likeness to the own cluster against the next; from \u22121 to 1.",
    ),
}
LABELLED: Final = {
    "b3_f1": ("B-cubed F", "The harmonic mean of the next two."),
    "b3_precision": ("B-cubed precision", "Of a logo's cluster, the share of its own brand."),
    "b3_recall": ("B-cubed recall", "Of a logo's brand and look, the share in its cluster."),
    "pairwise_precision": ("Pairwise precision", "Of the pairs in a cluster, those of one brand."),
    "pairwise_recall": ("Pairwise recall", "Of the pairs of one look, those in one cluster."),
    "ari": ("ARI", "Agreement on pairs beyond chance (adjusted Rand index)."),
    "ami": ("AMI", "Shared information beyond chance (adjusted mutual information)."),
    "outlier_share": ("Outliers", "Share of the labelled domains in no cluster."),
    "singletons_clustered": (
        "Singletons clustered",
        "Of brands with one domain; each is an error.",
    ),
}


@dataclass(frozen=True)
class ReportLine:
    """One figure in a table, and where it lies on a scale from ``lowest`` to 1."""

    label: str
    meaning: str
    value: float | None
    low: float
    high: float
    n: int
    lowest: float = 0.0

    @property
    def left(self) -> float:
        """Where the interval begins, in percent of the scale."""
        return self._place(self.low)

    @property
    def width(self) -> float:
        """How long the interval is, in percent of the scale; never too thin to see."""
        return max(1.0, self._place(self.high) - self.left)

    @property
    def at(self) -> float | None:
        """Where the figure is, in percent of the scale."""
        return None if self.value is None else self._place(self.value)

    def _place(self, value: float) -> float:
        return round(100 * max(0.0, (value - self.lowest) / (1 - self.lowest)), 1)


@dataclass(frozen=True)
class DoubtRow:
    """One doubt: the logo in question, the one that makes one doubt it, and what to do."""

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
        """Why it may be wrong, in words."""
        return REASONS[ErrorKind(self.why)]

    @property
    def shared_name(self) -> str:
        """What a cluster of the two would be called."""
        names = [domain.name for domain in (*self.domains, *self.other_domains)]
        shared = shared_word(names)
        return shared.text if shared else plain_name(names[0])

    @property
    def is_outlier(self) -> bool:
        """In no cluster, so it may belong to the other logo's."""
        return self.cluster is None


REASONS: Final = {
    ErrorKind.OUTLIER_SHARED_WORD: "An outlier whose domain shares a word with a similar logo's.",
    ErrorKind.UNRELATED_DOMAIN: "Its domain shares no word with any other in its cluster.",
    ErrorKind.FAR_FROM_MEDOID: "It is little like the logo that stands for its cluster.",
    ErrorKind.OUTLIER_SIMILAR: "An outlier, but much like a logo of this cluster.",
    ErrorKind.LOW_SIMILARITY: "Even the member most like it is little like it.",
    ErrorKind.AMBIGUOUS: "A logo of another cluster is about as like it as its own.",
}


@dataclass(frozen=True)
class HeatCell:
    """How alike two clusters are."""

    other: Cluster
    cosine: float
    is_own: bool

    @property
    def level(self) -> int:
        """The cosine in tenths, 0 to 9, for its shade."""
        return min(HEAT_LEVELS - 1, max(0, int(self.cosine * HEAT_LEVELS)))


@dataclass(frozen=True)
class HeatRow:
    """One cluster beside all that are shown."""

    cluster: Cluster
    cells: tuple[HeatCell, ...]


def unlabelled_lines(report: QualityReport) -> list[ReportLine]:
    """Return the figures that need no labels."""
    return _lines(report.result["figures"], UNLABELLED, lowest=-1.0)


def labelled_lines(report: QualityReport, label_source: LabelSource) -> list[ReportLine]:
    """Return the agreement with the labels that were there; empty without any."""
    labelled = report.result["labelled"]
    return _lines(labelled["answers"][label_source.value], LABELLED) if labelled else []


def people_lines(verdict: PairEstimate) -> list[ReportLine]:
    """Return what a person's judgements say."""
    return [
        _estimated(
            "Pairwise precision", "Of the pairs in a cluster, the right ones.", verdict.precision
        ),
        _estimated(
            "Pairwise recall",
            "Of the near pairs that belong together, those in one cluster.",
            verdict.recall,
        ),
    ]


def doubt_rows(run: Run, report: QualityReport) -> list[DoubtRow]:
    """Return what is in doubt and undecided, most doubtful first. One query."""
    return _undecided(run, report.result["doubts"])[:SHOWN_DOUBTS]


_DOUBT_JOINS = ("domain", "logo", "cluster", "bound_cluster", "human_cluster")


def _undecided(run: Run, listed: Sequence[dict[str, Any]]) -> list[DoubtRow]:
    logo_ids = {doubt[side] for doubt in listed for side in ("logo", "other")}
    shown: dict[int, list[Assignment]] = {}
    found = run.assignments.filter(logo_id__in=logo_ids).order_by("domain__name")
    for row in found.select_related(*_DOUBT_JOINS):
        shown.setdefault(row.logo_id, []).append(row)
    rows = [_doubt_row(doubt, shown) for doubt in listed]
    return [row for row in rows if row is not None]


def n_doubts(run: Run) -> dict[int, int]:
    """Return by cluster id how many undecided doubts touch it. Two queries."""
    report = measure.answered(run)
    listed = report.result["doubts"] if report else []
    counted: Counter[int] = Counter()
    for row in _undecided(run, listed):
        touched = {one.pk for one in (row.cluster, row.other_cluster) if one is not None}
        counted.update(touched)
    return dict(counted)


def heat_rows(run: Run, report: QualityReport) -> list[HeatRow]:
    """Return the likeness of the largest clusters, as a square. One query."""
    given = report.result["likeness"]
    clusters = run.clusters.select_related("medoid").in_bulk(given["clusters"])
    order = [clusters[pk] for pk in given["clusters"] if pk in clusters]
    if len(order) != len(given["clusters"]):
        return []
    return [
        HeatRow(own, _cells(own, order, cosines))
        for own, cosines in zip(order, given["cosines"], strict=True)
    ]


def sampled_cards(run: Run, label_source: LabelSource) -> list[Card]:
    """Return a few clusters drawn at random, always the same for a run. Three queries."""
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


def _doubt_row(doubt: dict[str, Any], shown: dict[int, list[Assignment]]) -> DoubtRow | None:
    """Return the doubt with its rows; None once a person decided, or a logo was replaced."""
    rows, others = shown.get(doubt["logo"]), shown.get(doubt["other"])
    if not rows or not others or any(row.reviewed_at for row in rows):
        return None
    other = others[0]
    return DoubtRow(
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
) -> tuple[HeatCell, ...]:
    return tuple(
        HeatCell(other, cosine, is_own=other == own)
        for other, cosine in zip(order, cosines, strict=True)
    )
