"""True answers about a run: of its review queue, or about single likely errors as moves alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import uuid4

from clustering.lab.bench.review.reviewer import BAD
from clustering.models import Run, User
from clustering.pipeline.evaluation import JUDGED_KINDS, LabelTruth, evaluate
from clustering.pipeline.evaluation.label_errors import likely_errors
from clustering.pipeline.neighbours import N_NEIGHBOURS, nearest
from clustering.pipeline.pair_score import PairScore
from clustering.selectors import export_rows
from clustering.services.curation import edits
from clustering.services.quality.items import quality_items

MOST_ASKED = 400  # likely errors of one run that are looked at


@dataclass(frozen=True)
class Question:
    """Two logos that may be wrongly together or wrongly apart, by one domain of each."""

    first: str
    second: str

    @property
    def key(self) -> frozenset[str]:
        return frozenset((self.first, self.second))


def questions(run: Run, asked: Sequence[Question], n: int) -> list[Question]:
    """Return up to ``n`` new questions about the run's likely errors, the likeliest first."""
    items = quality_items(run)
    graph = nearest(items.vectors, N_NEIGHBOURS)
    by = PairScore(run.distances.threshold)
    found = likely_errors(items.vectors, items.corrected, graph, items.domains, by, top=MOST_ASKED)
    known = {one.key for one in asked}
    new = []
    for error in found:
        one = Question(items.domains[error.row][0], items.domains[error.other][0])
        if one.key not in known:
            new.append(one)
            known.add(one.key)
    return new[:n]


def answer_by_moves(
    run: Run, user: User, asked: Sequence[Question], truth: Mapping[str, LabelTruth]
) -> None:
    """Relabel the first logo of each pair alone, where the answer contradicts the run."""
    id_of = _ids(run, asked)
    for one in asked:
        rows = run.assignments.filter(domain__in=[id_of[one.first], id_of[one.second]])
        held = dict(rows.values_list("domain_id", "corrected_cluster_id"))
        mine, other = held[id_of[one.first]], held[id_of[one.second]]
        is_same, ids = _is_same(one, truth), [id_of[one.first]]
        if is_same and mine != other and other is not None:
            cluster = run.clusters.get(pk=other)
            edits.assign(run, user, domain_ids=ids, cluster=cluster, client_id=uuid4())
        elif is_same and mine is None:
            ids.append(id_of[one.second])
            edits.new_cluster(run, user, domain_ids=ids, name=one.first, client_id=uuid4())
        elif not is_same and mine == other and mine is not None:
            edits.assign(run, user, domain_ids=ids, cluster=None, client_id=uuid4())


@dataclass(frozen=True)
class Scores:
    """B-cubed F over one domain per picture."""

    by_look: float
    """Of the looks of a brand, each may be a cluster of its own."""
    by_brand: float

    def __str__(self) -> str:
        return f"{self.by_look:.4f} by look, {self.by_brand:.4f} by brand"

    def gained(self, start: "Scores", n: int) -> str:
        """Return the growth per answer in words."""
        by_look, by_brand = self.by_look - start.by_look, self.by_brand - start.by_brand
        return f"{by_look / n:+.5f} and {by_brand / n:+.5f}"


def scores(run: Run, truth: Mapping[str, LabelTruth]) -> Scores:
    rows = run.assignments.order_by("domain__name").values_list("logo_id", "domain__name")
    first = dict(reversed(list(rows)))
    pictures = {name: truth[name] for name in first.values() if name in truth}
    found = evaluate(export_rows.labels(run), pictures)
    return Scores(found.b3_f1, found.b3_f1_brand)


def brands(truth: Mapping[str, LabelTruth]) -> dict[str, str]:
    """Return the brand of each name as a reviewer knows it; ``BAD`` for what is no logo."""
    return {name: one.brand if one.kind in JUDGED_KINDS else BAD for name, one in truth.items()}


def _is_same(one: Question, truth: Mapping[str, LabelTruth]) -> bool:
    return truth[one.first].brand == truth[one.second].brand


def _ids(run: Run, asked: Sequence[Question]) -> dict[str, int]:
    names = {name for one in asked for name in one.key}
    rows = run.dataset.domains.filter(name__in=names)
    return dict(rows.values_list("name", "pk"))
