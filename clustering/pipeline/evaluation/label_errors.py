"""What in a clustering is most likely wrong, ranked, so that people look there first."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from clustering.pipeline.medoids import medoids
from clustering.pipeline.naming.words import everyday_words, traces
from clustering.pipeline.neighbours import Neighbours

Floats = NDArray[np.float32]
N_KINDRED: Final = 5  # nearest logos of an outlier whose domains are compared with its own


class Why(Enum):
    """What is odd; the value is stored."""

    MISSED_NAMED = "missed_named"
    """An outlier whose domain shares a word with that of a logo like it."""
    STRANGE = "strange"
    """Its domain shares no word with any other of its cluster."""
    FAR = "far"
    """It is little like the medoid of its cluster."""
    MISSED = "missed"
    """An outlier that is much like a logo of a cluster."""
    WEAK = "weak"
    """Even the logo of its cluster that is most like it is little like it."""
    NEARER = "nearer"
    """A logo elsewhere is about as like it as those of its cluster are."""


CHANCE: Final[Mapping[Why, float]] = {
    Why.MISSED_NAMED: 0.7,
    Why.STRANGE: 0.3,
    Why.FAR: 0.2,
    Why.MISSED: 0.1,
    Why.WEAK: 0.05,
    Why.NEARER: 0.05,
}
"""Share of the oddest of each kind that was wrong on 920 labelled logos; orders the kinds."""


@dataclass(frozen=True)
class Doubt:
    """A row that may be in the wrong place, and the row that makes one doubt it."""

    row: int
    other: int
    why: Why
    score: float
    """For ranking: the chance of its kind, less for what is less odd of it."""
    similarity: float
    """Cosine between the two rows."""


def doubts(
    vectors: Floats,
    labels: NDArray[np.int64],
    neighbours: Neighbours,
    domains: Sequence[Sequence[str]],
    *,
    top: int = 60,
) -> list[Doubt]:
    """Return up to ``top`` rows, most doubtful first; each row once, for its strongest reason.

    Args:
        vectors: shape (n, d), rows of L2 norm 1.
        labels: shape (n,), -1 for outliers.
        neighbours: the k-nearest-neighbour graph of the rows; what it does not list is not seen.
        domains: those that show each row.

    A row scores by its kind of doubt, and by how many rows are less odd in that way. Of two
    rows that doubt each other one is listed. Ties go to the lower row.
    """
    everyday = everyday_words(_by_cluster(labels, domains))
    words = [traces(some, everyday) for some in domains]
    found = [*_of_members(vectors, labels, neighbours, words)]
    found += _of_outliers(labels, neighbours, words)
    found.sort(key=lambda doubt: (-doubt.score, doubt.row))
    kept: dict[int, Doubt] = {}
    for doubt in found:
        is_returned = doubt.other in kept and kept[doubt.other].other == doubt.row
        if doubt.row not in kept and not is_returned:
            kept[doubt.row] = doubt
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
) -> Iterator[Doubt]:
    rows = np.flatnonzero(labels >= 0)
    centres = medoids(vectors, labels)[labels[rows]]
    likeness = np.einsum("ij,ij->i", vectors[rows], vectors[centres])
    to_medoid = _Links(rows, centres, likeness).chosen(rows != centres)
    is_same = labels[neighbours.indices] == labels[:, None]
    own = _first(neighbours, is_same & (labels[:, None] >= 0))
    elsewhere = _first(neighbours, ~is_same & (labels[neighbours.indices] >= 0))
    strange = np.isin(own.rows, _strangers(labels, words))
    yield from _ranked(Why.STRANGE, own.chosen(strange), -own.likeness[strange])
    yield from _ranked(Why.FAR, to_medoid, -to_medoid.likeness)
    yield from _ranked(Why.WEAK, own, -own.likeness)
    likeness_in = dict(zip(own.rows.tolist(), own.likeness.tolist(), strict=True))
    torn = elsewhere.chosen(np.isin(elsewhere.rows, own.rows))
    inside = np.array([likeness_in[row] for row in torn.rows.tolist()], dtype=np.float32)
    yield from _ranked(Why.NEARER, torn, torn.likeness - inside)


def _of_outliers(
    labels: NDArray[np.int64], neighbours: Neighbours, words: Sequence[frozenset[str]]
) -> Iterator[Doubt]:
    is_out = (labels < 0)[:, None]
    kindred = np.zeros(neighbours.indices.shape, dtype=bool)
    for row in np.flatnonzero(labels < 0).tolist():
        near = neighbours.indices[row, : N_KINDRED + 1].tolist()
        kindred[row, : len(near)] = [
            other >= 0 and bool(words[row] & words[other]) for other in near
        ]
    named = _first(neighbours, kindred)
    yield from _ranked(Why.MISSED_NAMED, named, named.likeness)
    clustered = _first(neighbours, is_out & (labels[neighbours.indices] >= 0))
    alike = clustered.chosen(clustered.likeness > 0)
    yield from _ranked(Why.MISSED, alike, alike.likeness)


@dataclass(frozen=True)
class _Links:
    """Rows, another row for each, and how alike the two are."""

    rows: NDArray[np.int64]
    others: NDArray[np.int64]
    likeness: Floats

    def chosen(self, mask: NDArray[np.bool_]) -> "_Links":
        return _Links(self.rows[mask], self.others[mask], self.likeness[mask])


def _first(neighbours: Neighbours, mask: NDArray[np.bool_]) -> _Links:
    """Return each row's nearest neighbour where ``mask`` is true, without the row itself."""
    own = np.arange(len(neighbours.indices))[:, None]
    real = mask & (neighbours.indices >= 0) & (neighbours.indices != own)
    rows = np.flatnonzero(real.any(axis=1))
    places = real[rows].argmax(axis=1)
    return _Links(
        rows,
        neighbours.indices[rows, places].astype(np.int64),
        np.asarray(1.0 - neighbours.distances[rows, places], dtype=np.float32),
    )


def _strangers(labels: NDArray[np.int64], words: Sequence[frozenset[str]]) -> NDArray[np.int64]:
    """Return the clustered rows that share no trace with another row of their cluster."""
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


def _ranked(why: Why, links: _Links, oddness: Floats) -> Iterator[Doubt]:
    """Yield a doubt per row, scored by the share of the rows that are less odd."""
    ranks = np.searchsorted(np.sort(oddness), oddness, side="left") / max(1, len(oddness) - 1)
    for place, rank in enumerate(ranks.tolist()):
        yield Doubt(
            row=int(links.rows[place]),
            other=int(links.others[place]),
            why=why,
            score=round(CHANCE[why] * (1 + rank) / 2, 4),
            similarity=round(float(links.likeness[place]), 4),
        )
