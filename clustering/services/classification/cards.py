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

SHOWN = 60  # newest questions; older ones are gone in a week anyway
DOUBTFUL = 0.9  # confidence below which one answer in ten is wrong
Clusters = dict[tuple[int, str], Card]


@dataclass(frozen=True)
class CandidateCard:
    """One cluster that the image may belong to; None if the cluster holds nothing any more."""

    card: Card | None
    name: str
    score: float
    domain: str


@dataclass(frozen=True)
class AnswerCard:
    """One question and, if it is answered, the answer."""

    asked: Classification
    cluster: Card | None
    candidates: Sequence[CandidateCard]
    suggested_name: str
    """A domain under which the logo could be added; empty where none can be guessed."""
    is_known: bool
    """Whether the data set has that domain already."""

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
        """Whether the nearest clusters are worth a look."""
        return float(self.asked.answer.get("confidence", 0.0)) < DOUBTFUL


def answer_cards(dataset: Dataset) -> list[AnswerCard]:
    """Return the newest questions with their answers; two queries and four per run asked."""
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


def is_waiting(cards: Iterable[AnswerCard]) -> bool:
    """Say whether a worker still has something to do for one of them."""
    return any(one.asked.is_unfinished for one in cards)


def _uids(answers: Iterable[dict[str, Any]]) -> set[UUID]:
    """Return the clusters that the answers name, the chosen one or candidates."""
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
