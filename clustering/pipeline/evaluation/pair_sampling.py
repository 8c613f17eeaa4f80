"""Pairs of logos for people to judge, drawn so that a hundred say something about all.

Pairs differ in what they can tell. Those of one cluster give precision; nearly all others are
strangers, so recall is asked of a pool only: the image pairs between each cluster (or outlier)
and the five that look most like it. What lies farther apart is taken for different, as in the
pooled judgements of information retrieval (Sparck Jones & van Rijsbergen, 1975).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from clustering.pipeline.medoids import medoids
from clustering.pipeline.membership import members_by_group
from clustering.pipeline.neighbours import nearest

N_NEAREST: Final = 5  # groups that each group is compared with
FIRST_PHASE: Final = 100_000  # pairs whose likeness is known; drawn where there are more
WEAK_SHARE: Final = 0.2  # of the pairs inside: the least alike, where strangers are
CLOSE_SHARE: Final = 0.1  # of the pairs apart: the most alike, where missed ones are
ROWS_AT_ONCE: Final = 1_024


class Stratum(Enum):
    """Where a pair was drawn from; the value is stored."""

    WEAK = "weak"
    """In one cluster, among the least alike."""
    FIRM = "firm"
    """In one cluster, the rest."""
    ACROSS_CLOSE = "across_close"
    """In two neighbouring clusters, among the most alike."""
    ACROSS = "across"
    """In two neighbouring clusters, the rest."""
    OUTLIER_CLOSE = "outlier_close"
    """An outlier and a logo of a group near it, among the most alike."""
    OUTLIER = "outlier"
    """An outlier and a logo of a group near it, the rest."""

    @property
    def is_inside(self) -> bool:
        """Whether the two are in one cluster."""
        return self in {Stratum.WEAK, Stratum.FIRM}


QUOTAS: Final[Mapping[Stratum, float]] = {
    Stratum.WEAK: 0.15,
    Stratum.FIRM: 0.25,
    Stratum.ACROSS_CLOSE: 0.1,
    Stratum.ACROSS: 0.15,
    Stratum.OUTLIER_CLOSE: 0.1,
    Stratum.OUTLIER: 0.25,
}
"""Of the sample; what a small stratum cannot fill, the others get.

The large strata rule the intervals: asking 30 weak and 15 firm pairs in place of 15 and 25
widened precision on 920 labelled logos from 0.86-1.00 to 0.81-1.00, and recall likewise.
"""


@dataclass(frozen=True)
class Pair:
    """Two rows to be judged, and how many pairs their stratum holds."""

    first: int
    second: int
    similarity: float
    stratum: Stratum
    n_stratum: int


@dataclass(frozen=True)
class _Slots:
    """Members of groups: the group of each, and the place in it."""

    groups: NDArray[np.int64]
    offsets: NDArray[np.int64]


@dataclass(frozen=True)
class _PairPlaces:
    """The rows of some pairs of one kind; ``n_all`` is how many pairs there are."""

    first: NDArray[np.int64]
    second: NDArray[np.int64]
    n_all: int


@dataclass(frozen=True)
class _Drawn:
    """The same with how alike the two are."""

    first: NDArray[np.int64]
    second: NDArray[np.int64]
    similarity: NDArray[np.float32]
    n_all: int

    def at(self, rows: NDArray[np.int64], n_all: int) -> "_Drawn":
        """Return some of the pairs, which stand for ``n_all``."""
        return _Drawn(self.first[rows], self.second[rows], self.similarity[rows], n_all)


def draw(
    vectors: NDArray[np.float32],
    labels: NDArray[np.int64],
    *,
    n_pairs: int = 100,
    random_state: int = 0,
) -> list[Pair]:
    """Return up to ``n_pairs`` different pairs of rows, in the order of asking.

    Args:
        vectors: shape (n, d), rows of L2 norm 1, one per different image.
        labels: shape (n,), -1 for outliers.

    The strata take turns, so that a review that stops early has asked about all of them.
    """
    generator = np.random.default_rng(random_state)
    inside = _inside(_groups(labels), generator)
    across, out = _apart(vectors, labels, generator)
    strata = {
        **_split(_known(vectors, inside), Stratum.WEAK, Stratum.FIRM, WEAK_SHARE),
        **_split(_known(vectors, across), Stratum.ACROSS_CLOSE, Stratum.ACROSS, CLOSE_SHARE),
        **_split(_known(vectors, out), Stratum.OUTLIER_CLOSE, Stratum.OUTLIER, CLOSE_SHARE),
    }
    return _interleaved(strata, n_pairs, generator)


def _inside(members: Sequence[NDArray[np.int64]], generator: np.random.Generator) -> _PairPlaces:
    """Return pairs within clusters: all, or so many drawn evenly."""
    sizes = np.array([len(rows) for rows in members], dtype=np.int64)
    chosen, offsets, n_all = _chosen(sizes * (sizes - 1) // 2, generator)
    # Pairs of a cluster are counted (1, 0), (2, 0), (2, 1), (3, 0) ...: the inverse of a triangle.
    later = ((1 + np.sqrt(1 + 8 * offsets.astype(np.float64))) / 2).astype(np.int64)
    earlier = offsets - later * (later - 1) // 2
    return _located(members, _Slots(chosen, earlier), _Slots(chosen, later), n_all)


def _apart(
    vectors: NDArray[np.float32], labels: NDArray[np.int64], generator: np.random.Generator
) -> tuple[_PairPlaces, _PairPlaces]:
    """Return pairs between neighbouring clusters, and pairs with an outlier."""
    groups = _groups(labels)
    middles = medoids(vectors, labels)
    links = _links(vectors[np.concatenate([middles, np.flatnonzero(labels < 0)])])
    is_across = (links < len(middles)).all(axis=1)
    return (
        _between(groups, links[is_across], generator),
        _between(groups, links[~is_across], generator),
    )


def _groups(labels: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """Return the rows of each cluster, then each outlier alone."""
    return members_by_group(labels) + [np.array([row]) for row in np.flatnonzero(labels < 0)]


def _links(medoid_vectors: NDArray[np.float32]) -> NDArray[np.int64]:
    """Return which groups are near one another, each pair once, shape (m, 2)."""
    k = min(N_NEAREST + 1, len(medoid_vectors))
    found = nearest(medoid_vectors, k).indices.astype(np.int64)
    own = np.repeat(np.arange(len(found)), found.shape[1])
    links = np.sort(np.stack([own, found.ravel()], axis=1), axis=1)
    real = (links[:, 0] >= 0) & (links[:, 0] < links[:, 1])
    return np.unique(links[real], axis=0)


def _between(
    groups: Sequence[NDArray[np.int64]], links: NDArray[np.int64], generator: np.random.Generator
) -> _PairPlaces:
    sizes = np.array([len(rows) for rows in groups], dtype=np.int64)
    chosen, offsets, n_all = _chosen(sizes[links].prod(axis=1), generator)
    widths = sizes[links[chosen, 1]]
    first = _Slots(links[chosen, 0], offsets // np.maximum(widths, 1))
    second = _Slots(links[chosen, 1], offsets % np.maximum(widths, 1))
    return _located(groups, first, second, n_all)


def _chosen(
    counts: NDArray[np.int64], generator: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.int64], int]:
    """Number the pairs of all boxes, choose evenly, and return box, place in it, and how many."""
    ends = np.cumsum(counts)
    n_all = int(ends[-1]) if len(ends) else 0
    if n_all > FIRST_PHASE:
        numbers = np.unique(generator.integers(0, n_all, FIRST_PHASE))
    else:
        numbers = np.arange(n_all)
    boxes = np.searchsorted(ends, numbers, side="right")
    return boxes, numbers - (ends - counts)[boxes], n_all


def _located(
    groups: Sequence[NDArray[np.int64]], first: _Slots, second: _Slots, n_all: int
) -> _PairPlaces:
    rows = np.concatenate([*groups, np.zeros(0, dtype=np.int64)])
    starts = np.concatenate([[0], np.cumsum([len(group) for group in groups])]).astype(np.int64)
    return _PairPlaces(
        first=rows[starts[first.groups] + first.offsets],
        second=rows[starts[second.groups] + second.offsets],
        n_all=n_all,
    )


def _known(vectors: NDArray[np.float32], places: _PairPlaces) -> _Drawn:
    """Add how alike the two of each pair are."""
    parts = [np.zeros(0, dtype=np.float32)]
    for start in range(0, len(places.first), ROWS_AT_ONCE):
        some = slice(start, start + ROWS_AT_ONCE)
        left, right = vectors[places.first[some]], vectors[places.second[some]]
        parts.append(np.einsum("ij,ij->i", left, right))
    return _Drawn(places.first, places.second, np.concatenate(parts), places.n_all)


def _split(drawn: _Drawn, special: Stratum, rest: Stratum, share: float) -> dict[Stratum, _Drawn]:
    """Part the pairs by likeness: the least alike inside, the most alike outside, are special."""
    n_known = len(drawn.first)
    if n_known == 0:
        return {}
    keys = drawn.similarity if special.is_inside else -drawn.similarity
    order = np.lexsort((drawn.second, drawn.first, np.round(keys, 5)))
    n_special = max(1, round(share * n_known))
    n_special_all = min(drawn.n_all, max(1, round(n_special * drawn.n_all / n_known)))
    parts = {special: drawn.at(order[:n_special], n_special_all)}
    if n_special < n_known:
        parts[rest] = drawn.at(order[n_special:], drawn.n_all - n_special_all)
    return parts


def _interleaved(
    strata: Mapping[Stratum, _Drawn], n_pairs: int, generator: np.random.Generator
) -> list[Pair]:
    taken = _allocated({one: len(drawn.first) for one, drawn in strata.items()}, n_pairs)
    queue = []
    for stratum, drawn in strata.items():
        rows = generator.permutation(len(drawn.first))[: taken[stratum]]
        for turn, row in enumerate(rows):
            pair = Pair(
                first=int(drawn.first[row]),
                second=int(drawn.second[row]),
                similarity=float(drawn.similarity[row]),
                stratum=stratum,
                n_stratum=drawn.n_all,
            )
            queue.append(((turn + 0.5) / taken[stratum], stratum.value, pair))
    return [pair for *_, pair in sorted(queue, key=lambda item: item[:2])]


def _allocated(sizes: Mapping[Stratum, int], n_pairs: int) -> dict[Stratum, int]:
    """Share the sample out by quota; what a stratum cannot fill goes to the others."""
    taken = dict.fromkeys(sizes, 0)
    n_left = min(n_pairs, sum(sizes.values()))
    while n_left > 0:
        room = [one for one in sizes if taken[one] < sizes[one]]
        total = sum(QUOTAS[one] for one in room)
        given = 0
        for one in sorted(room, key=lambda stratum: -QUOTAS[stratum]):
            wanted = max(1, round(n_left * QUOTAS[one] / total))
            added = min(wanted, sizes[one] - taken[one], n_left - given)
            taken[one] += added
            given += added
        n_left -= given
    return taken
