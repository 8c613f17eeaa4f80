"""Likely label errors, ranked for review."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from clustering.pipeline.medoids import medoids
from clustering.pipeline.naming.words import common_words, word_fragments
from clustering.pipeline.neighbours import Neighbours

Floats = NDArray[np.float32]
N_NEAREST: Final = 5  # nearest logos of an outlier whose domain words are compared


class ErrorKind(Enum):
    """Why a row is suspicious; the value is stored."""

    OUTLIER_SHARED_WORD = "missed_named"
    """An outlier whose domain shares a word with that of a near neighbour."""
    UNRELATED_DOMAIN = "strange"
    """Its domain shares no word with any other of its cluster."""
    FAR_FROM_MEDOID = "far"
    """Low similarity to the medoid of its cluster."""
    OUTLIER_SIMILAR = "missed"
    """An outlier with high similarity to a clustered logo."""
    LOW_SIMILARITY = "weak"
    """Low similarity to its nearest neighbour within the cluster."""
    AMBIGUOUS = "nearer"
    """A logo of another cluster is about as similar as its own cluster's."""


ERROR_RATE: Final[Mapping[ErrorKind, float]] = {
    ErrorKind.OUTLIER_SHARED_WORD: 0.7,
    ErrorKind.UNRELATED_DOMAIN: 0.3,
    ErrorKind.FAR_FROM_MEDOID: 0.2,
    ErrorKind.OUTLIER_SIMILAR: 0.1,
    ErrorKind.LOW_SIMILARITY: 0.05,
    ErrorKind.AMBIGUOUS: 0.05,
}
"""Share of errors among the top rows of each kind, on 920 labelled logos."""


@dataclass(frozen=True)
class LabelError:
    """A row whose label may be wrong, and the row that suggests it."""

    row: int
    other: int
    why: ErrorKind
    score: float
    """Ranking score: the error rate of its kind, reduced by rank within the kind."""
    similarity: float
    """Cosine between the two rows."""


def likely_errors(
    vectors: Floats,
    labels: NDArray[np.int64],
    neighbours: Neighbours,
    domains: Sequence[Sequence[str]],
    *,
    top: int = 60,
) -> list[LabelError]:
    """Return up to ``top`` rows by descending score; each row once, with its best reason.

    Args:
        vectors: shape (n, d), rows of L2 norm 1.
        labels: shape (n,), -1 for outliers.
        neighbours: the k-nearest-neighbour graph of the rows; other pairs are not considered.
        domains: the domains of each row.

    Of two rows that point to each other one is listed. Ties go to the lower row.
    """
    common = common_words(_by_cluster(labels, domains))
    words = [word_fragments(some, common) for some in domains]
    found = [*_of_members(vectors, labels, neighbours, words)]
    found += _of_outliers(labels, neighbours, words)
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
) -> Iterator[LabelError]:
    rows = np.flatnonzero(labels >= 0)
    centres = medoids(vectors, labels)[labels[rows]]
    similarity = np.einsum("ij,ij->i", vectors[rows], vectors[centres])
    to_medoid = _Links(rows, centres, similarity).chosen(rows != centres)
    is_same = labels[neighbours.indices] == labels[:, None]
    own = _first(neighbours, is_same & (labels[:, None] >= 0))
    elsewhere = _first(neighbours, ~is_same & (labels[neighbours.indices] >= 0))
    unrelated = np.isin(own.rows, _unrelated(labels, words))
    yield from _ranked(
        ErrorKind.UNRELATED_DOMAIN, own.chosen(unrelated), -own.similarity[unrelated]
    )
    yield from _ranked(ErrorKind.FAR_FROM_MEDOID, to_medoid, -to_medoid.similarity)
    yield from _ranked(ErrorKind.LOW_SIMILARITY, own, -own.similarity)
    similarity_in = dict(zip(own.rows.tolist(), own.similarity.tolist(), strict=True))
    ambiguous = elsewhere.chosen(np.isin(elsewhere.rows, own.rows))
    inside = np.array([similarity_in[row] for row in ambiguous.rows.tolist()], dtype=np.float32)
    yield from _ranked(ErrorKind.AMBIGUOUS, ambiguous, ambiguous.similarity - inside)


def _of_outliers(
    labels: NDArray[np.int64], neighbours: Neighbours, words: Sequence[frozenset[str]]
) -> Iterator[LabelError]:
    is_out = (labels < 0)[:, None]
    shares_word = np.zeros(neighbours.indices.shape, dtype=bool)
    for row in np.flatnonzero(labels < 0).tolist():
        near = neighbours.indices[row, : N_NEAREST + 1].tolist()
        shares_word[row, : len(near)] = [
            other >= 0 and bool(words[row] & words[other]) for other in near
        ]
    named = _first(neighbours, shares_word)
    yield from _ranked(ErrorKind.OUTLIER_SHARED_WORD, named, named.similarity)
    clustered = _first(neighbours, is_out & (labels[neighbours.indices] >= 0))
    similar = clustered.chosen(clustered.similarity > 0)
    yield from _ranked(ErrorKind.OUTLIER_SIMILAR, similar, similar.similarity)


@dataclass(frozen=True)
class _Links:
    """Rows, another row for each, and the cosines between them."""

    rows: NDArray[np.int64]
    others: NDArray[np.int64]
    similarity: Floats

    def chosen(self, mask: NDArray[np.bool_]) -> "_Links":
        return _Links(self.rows[mask], self.others[mask], self.similarity[mask])


def _first(neighbours: Neighbours, mask: NDArray[np.bool_]) -> _Links:
    """Return each row's nearest other row where ``mask`` is true."""
    own = np.arange(len(neighbours.indices))[:, None]
    real = mask & (neighbours.indices >= 0) & (neighbours.indices != own)
    rows = np.flatnonzero(real.any(axis=1))
    places = real[rows].argmax(axis=1)
    return _Links(
        rows,
        neighbours.indices[rows, places].astype(np.int64),
        np.asarray(1.0 - neighbours.distances[rows, places], dtype=np.float32),
    )


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


def _ranked(why: ErrorKind, links: _Links, anomaly: Floats) -> Iterator[LabelError]:
    """Yield an error per row, scored by its percentile."""
    ranks = np.searchsorted(np.sort(anomaly), anomaly, side="left") / max(1, len(anomaly) - 1)
    for place, rank in enumerate(ranks.tolist()):
        yield LabelError(
            row=int(links.rows[place]),
            other=int(links.others[place]),
            why=why,
            score=round(ERROR_RATE[why] * (1 + rank) / 2, 4),
            similarity=round(float(links.similarity[place]), 4),
        )
