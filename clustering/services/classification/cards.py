"""Result cards of classification requests. Only reads."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from clustering.models import Classification, Dataset, LabelSource, Run
from clustering.pipeline.domains.names import normalise
from clustering.pipeline.errors import InputError
from clustering.selectors import gallery
from clustering.selectors.gallery import Card
from clustering.services.classification.worker import confidence_text

SHOWN = 60  # newest; requests are deleted after a week
DOUBTFUL = 0.9  # confidence below which one answer in ten is wrong
Clusters = dict[tuple[int, str], Card]


@dataclass(frozen=True)
class CandidateCard:
    """One candidate cluster; None if it is empty by now."""

    card: Card | None
    name: str
    score: float
    domain: str


@dataclass(frozen=True)
class AnswerCard:
    """One request with its result, if finished."""

    asked: Classification
    cluster: Card | None
    candidates: Sequence[CandidateCard]
    suggested_name: str
    """Suggested domain for adding the logo; empty if none can be guessed."""
    is_known: bool
    """Whether the data set already has that domain."""

    @property
    def is_answered(self) -> bool:
        return self.asked.status == Classification.Status.SUCCEEDED

    @property
    def is_failed(self) -> bool:
        return self.asked.status == Classification.Status.FAILED

    @property
    def sureness(self) -> str:
        return confidence_text(float(self.asked.answer.get("confidence", 0.0)))

    @property
    def is_doubtful(self) -> bool:
        return float(self.asked.answer.get("confidence", 0.0)) < DOUBTFUL


def answer_cards(dataset: Dataset) -> list[AnswerCard]:
    """Return the newest requests with their results; two queries, and four per run."""
    newest = dataset.classifications.select_related("run", "logo", "added_as", "asked_by")
    asked = list(newest[:SHOWN])
    clusters: Clusters = {}
    for run in {one.run for one in asked}:
        answers = [one.answer for one in asked if one.run_id == run.pk]
        clusters |= _clusters(run, _uids(answers))
    names = {one.pk: _suggested_name(one) for one in asked}
    known = dataset.domains.filter(name__in=names.values()).values_list("name", flat=True)
    known_names = set(known)
    return [
        _answer_card(one, clusters, names[one.pk], is_known=names[one.pk] in known_names)
        for one in asked
    ]


def answer_card(asked: Classification) -> AnswerCard:
    """Return one request with its result."""
    clusters = _clusters(asked.run, _uids([asked.answer]))
    return _answer_card(asked, clusters, "", is_known=False)


def is_waiting(cards: Iterable[AnswerCard]) -> bool:
    """Whether a request is unfinished."""
    return any(one.asked.is_unfinished for one in cards)


def _uids(answers: Iterable[dict[str, Any]]) -> set[UUID]:
    """Return the uids of the chosen and candidate clusters of the results."""
    return {
        UUID(one["uid"])
        for answer in answers
        for one in (*answer.get("candidates", ()), answer.get("cluster"))
        if one
    }


def _clusters(run: Run, uids: set[UUID]) -> Clusters:
    shown = gallery.clusters(run, LabelSource.CORRECTED).filter(uid__in=uids)
    cards = gallery.cards(run, LabelSource.CORRECTED, list(shown))
    return {(run.pk, str(card.cluster.uid)): card for card in cards}


def _answer_card(
    asked: Classification, clusters: Clusters, name: str, *, is_known: bool
) -> AnswerCard:
    chosen = asked.answer.get("cluster") or {}
    return AnswerCard(
        asked=asked,
        cluster=clusters.get((asked.run_id, chosen.get("uid", ""))),
        candidates=[
            CandidateCard(
                clusters.get((asked.run_id, one["uid"])), one["name"], one["score"], one["domain"]
            )
            for one in asked.answer.get("candidates", ())
        ],
        suggested_name=name,
        is_known=is_known,
    )


def _suggested_name(asked: Classification) -> str:
    is_file = asked.kind == Classification.Kind.FILE
    for text in (asked.given.rpartition(".")[0], asked.given) if is_file else (asked.given,):
        try:
            return normalise(text)
        except InputError:
            continue
    return ""
