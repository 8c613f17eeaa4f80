"""Likely label errors, ranked for review by the probability that the label is wrong."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from clustering.pipeline.domain_words import SharedWord, owner_words, shared_word
from clustering.pipeline.medoids import medoids
from clustering.pipeline.member_confidence import member_confidence
from clustering.pipeline.naming.words import common_words, word_fragments
from clustering.pipeline.neighbours import Neighbours
from clustering.pipeline.pair_score import PairScore

Floats = NDArray[np.float32]
MOST_WORDS: Final = 8  # of a logo that are compared with those of another one


class ErrorKind(Enum):
    """Why a row is suspicious; the value is stored."""

    OUTLIER_SHARED_WORD = "missed_named"
    """An outlier whose domain shares a word with that of a near neighbour."""
    UNRELATED_DOMAIN = "strange"
    """Its domain shares no word with any other of its cluster."""
    FAR_FROM_MEDOID = "far"
    """Far from the other members of its cluster."""
    OUTLIER_SIMILAR = "missed"
    """An outlier with high similarity to a clustered logo."""
    LOW_SIMILARITY = "weak"
    """No other member is within the distance threshold."""
    AMBIGUOUS = "nearer"
    """A logo of another cluster is nearer than its own cluster's."""


@dataclass(frozen=True)
class LabelError:
    """A row whose label may be wrong, and the row that suggests it."""

    row: int
    other: int
    why: ErrorKind
    score: float
    """Probability that the label is wrong: that a member is of another brand than most of its
    cluster, or that an outlier is of the other row's brand."""
    similarity: float
    """Cosine between the two rows."""


def likely_errors(
    vectors: Floats,
    labels: NDArray[np.int64],
    neighbours: Neighbours,
    domains: Sequence[Sequence[str]],
    by: PairScore,
    *,
    top: int = 60,
) -> list[LabelError]:
    """Return up to ``top`` rows by descending score; each row once.

    Args:
        vectors: shape (n, d), rows of L2 norm 1.
        labels: shape (n,), -1 for outliers.
        neighbours: the k-nearest-neighbour graph of the rows; other pairs are not considered.
        domains: the domains of each row.
        by: the pair score of the embedder, for outliers; its threshold is the unit of the
            members' confidence.

    Of two rows that point to each other one is listed. Ties go to the lower row.
    """
    common = common_words(_by_cluster(labels, domains))
    words = [word_fragments(some, common) for some in domains]
    chances = 1.0 - member_confidence(vectors, labels, domains, by.threshold)
    chances[labels < 0] = 0.0
    likeliest = np.argsort(-chances, kind="stable")[: 2 * top]
    rows = likeliest[labels[likeliest] >= 0]
    found = [*_of_members(vectors, labels, neighbours, words, rows, chances, by.threshold)]
    found += _of_outliers(labels, neighbours, domains, words, by)
    found.sort(key=lambda error: (-error.score, error.row))
    kept: dict[int, LabelError] = {}
    for error in found:
        is_mutual = error.other in kept and kept[error.other].other == error.row
        if error.row not in kept and not is_mutual:
            kept[error.row] = error
    return list(kept.values())[:top]


def _by_cluster(
    labels: NDArray[np.int64], domains: Sequence[Sequence[str]]
) -> Iterable[list[str]]:
    held: dict[int, list[str]] = {}
    for label, some in zip(labels.tolist(), domains, strict=True):
        if label >= 0:
            held.setdefault(label, []).extend(some)
    return held.values()


def _of_members(
    vectors: Floats,
    labels: NDArray[np.int64],
    neighbours: Neighbours,
    words: Sequence[frozenset[str]],
    rows: NDArray[np.int64],
    chances: Floats,
    threshold: float,
) -> Iterator[LabelError]:
    """Yield the likeliest wrong members, each with the reason that shows best."""
    centres = medoids(vectors, labels)
    is_same = labels[neighbours.indices] == labels[:, None]
    own = _first(neighbours, is_same & (labels[:, None] >= 0))
    elsewhere = _first(neighbours, ~is_same & (labels[neighbours.indices] >= 0))
    unrelated = set(_unrelated(labels, words).tolist())
    for row in rows.tolist():
        centre = int(centres[labels[row]])
        near, apart = own.get(row, (centre, 1.0 - float(vectors[row] @ vectors[centre])))
        other, apart_there = elsewhere.get(row, (row, 2.0))
        if row in unrelated:
            why, shown = ErrorKind.UNRELATED_DOMAIN, near
        elif apart_there < apart:
            why, shown = ErrorKind.AMBIGUOUS, other
        elif apart > threshold:
            why, shown = ErrorKind.LOW_SIMILARITY, near
        else:
            why, shown = ErrorKind.FAR_FROM_MEDOID, near if row == centre else centre
        if shown != row:
            similarity = float(vectors[row] @ vectors[shown])
            yield _error(row, shown, why, float(chances[row]), similarity)


def _of_outliers(
    labels: NDArray[np.int64],
    neighbours: Neighbours,
    domains: Sequence[Sequence[str]],
    words: Sequence[frozenset[str]],
    by: PairScore,
) -> Iterator[LabelError]:
    """Yield each outlier with the neighbour that is likeliest of its brand."""
    for row in np.flatnonzero(labels < 0).tolist():
        best: LabelError | None = None
        near = zip(neighbours.indices[row].tolist(), neighbours.distances[row], strict=True)
        for other, distance in near:
            cosine = 1.0 - float(distance)
            is_named = other >= 0 and bool(words[row] & words[other])
            is_similar = labels[other] >= 0 and cosine > 0
            if other in (-1, row) or not (is_named or is_similar):
                continue
            word = _word(domains[row], domains[other]) if is_named else SharedWord()
            score = by.probability(cosine, word)
            if best is None or score > best.score:
                why = ErrorKind.OUTLIER_SHARED_WORD if is_named else ErrorKind.OUTLIER_SIMILAR
                best = _error(row, other, why, score, cosine)
        if best is not None:
            yield best


def _word(first: Sequence[str], second: Sequence[str]) -> SharedWord:
    """Return the strongest word that the domains of two logos share."""
    return max(
        (
            shared_word(one, other)
            for one in sorted(owner_words(first))[:MOST_WORDS]
            for other in sorted(owner_words(second))[:MOST_WORDS]
        ),
        key=SharedWord.strength,
    )


def _error(row: int, other: int, why: ErrorKind, score: float, similarity: float) -> LabelError:
    return LabelError(row, other, why, round(score, 4), round(similarity, 4))


def _first(neighbours: Neighbours, mask: NDArray[np.bool_]) -> dict[int, tuple[int, float]]:
    """Return each row's nearest other row where ``mask`` is true, and its distance."""
    own = np.arange(len(neighbours.indices))[:, None]
    real = mask & (neighbours.indices >= 0) & (neighbours.indices != own)
    rows = np.flatnonzero(real.any(axis=1))
    places = real[rows].argmax(axis=1)
    others = neighbours.indices[rows, places].tolist()
    apart = neighbours.distances[rows, places].tolist()
    return dict(zip(rows.tolist(), zip(others, apart, strict=True), strict=True))


def _unrelated(labels: NDArray[np.int64], words: Sequence[frozenset[str]]) -> NDArray[np.int64]:
    """Return the clustered rows that share no name fragment with their cluster."""
    held = Counter(
        (label, trace)
        for label, some in zip(labels.tolist(), words, strict=True)
        for trace in some
    )
    return np.array(
        [
            row
            for row, label in enumerate(labels.tolist())
            if label >= 0 and all(held[label, trace] == 1 for trace in words[row])
        ],
        dtype=np.int64,
    )
