"""The brand layer: groups by picture that are joined by their domain words and their looks.

The groups by picture are never changed. A link joins two of them; the brands are the
components of the links. Two groups that share a word stay apart where their looks disagree:
both have a name of their own, and neither looks like the other.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from clustering.pipeline.clusterers import OUTLIER
from clustering.pipeline.constraints import Constraints
from clustering.pipeline.domain_words import ClusterWords, SharedWord, common_start, owner_words
from clustering.pipeline.medoids import medoid
from clustering.pipeline.membership import members_by_group
from clustering.pipeline.naming.words import MIN_PREFIX, word_fragments
from clustering.pipeline.pair_score import PairScore

SURE: Final = 0.95  # probability from which two groups are joined
DISAGREE: Final = 1.5  # times the distance threshold: looks that say nothing for one brand
MOST_COLLISIONS: Final = 3  # kept of one group
MOST_LINKS: Final = 3  # of one group, besides those of the forest


@dataclass(frozen=True)
class PictureGroup:
    """A cluster, or the logo of an outlier."""

    row: int
    """Of the vectors: its medoid."""
    domains: Sequence[str]
    is_cluster: bool = True


@dataclass(frozen=True)
class BrandLink:
    """Two groups by place, and what they share."""

    first: int
    second: int
    cosine: float
    word: SharedWord
    probability: float
    is_rule: bool = False
    """A person said that they are of one brand."""


@dataclass(frozen=True)
class BrandLayer:
    """What was found about groups by picture."""

    brands: NDArray[np.int64]
    """Shape (n groups,): the brand of each group, numbered by its first group."""
    links: tuple[BrandLink, ...]
    """What joins the groups: a spanning forest, and up to ``MOST_LINKS`` more of each group, which
    hold a brand together when people move its logos."""
    collisions: tuple[BrandLink, ...]
    """Pairs that share a word and stay apart because they look different."""


def picture_groups(
    vectors: NDArray[np.float32],
    labels: NDArray[np.int64],
    names: Sequence[Sequence[str]],
    left_out: Collection[int] = (),
) -> list[PictureGroup]:
    """Return the clusters by label, then the outliers by row.

    Args:
        vectors: shape (n, d), rows of L2 norm 1.
        labels: shape (n,), -1 for an outlier.
        names: the domains that show each row.
        left_out: rows of placeholders, which are no logos.
    """
    clusters = [
        PictureGroup(
            int(rows[medoid(vectors[rows])]), [name for row in rows for name in names[int(row)]]
        )
        for rows in members_by_group(labels)
    ]
    outliers = [row for row in np.flatnonzero(labels < 0).tolist() if row not in left_out]
    return clusters + [PictureGroup(row, names[row], is_cluster=False) for row in outliers]


def brand_layer(
    vectors: NDArray[np.float32],
    groups: Sequence[PictureGroup],
    score: PairScore,
    rules: Constraints = Constraints(),  # noqa: B008  # frozen
) -> BrandLayer:
    """Join groups of one brand.

    Args:
        vectors: shape (n, d), rows of L2 norm 1.
        groups: the larger ones first, since a word of many groups is compared with the first.
        rules: pairs of places in ``groups`` that people put together or apart.
    """
    names = [_own_name(one.domains) for one in groups]
    found = sorted(
        _shared(vectors, groups, names, score),
        key=lambda one: (-round(one.probability, 6), -one.cosine, one.first, one.second),
    )
    vetoed = [one for one in found if _disagree(one, names, score)]
    apart = [*rules.different, *((one.first, one.second) for one in vetoed)]
    joined = Joined(len(groups), apart)
    links = [
        BrandLink(*pair, cosine=1.0, word=SharedWord(), probability=1.0, is_rule=True)
        for pair in sorted(rules.same)
        if joined.join(*pair, by_rule=True)
    ]
    refused = {(one.first, one.second) for one in vetoed}
    sure = [
        one
        for one in found
        if one.word.is_whole and one.probability >= SURE and (one.first, one.second) not in refused
    ]
    n_of = np.zeros(len(groups), dtype=np.int64)
    for one in sure:
        is_new = joined.join(one.first, one.second)
        is_more = joined.are_together(one.first, one.second) and (
            n_of[[one.first, one.second]].max() < MOST_LINKS
        )
        if is_new or is_more:
            n_of[[one.first, one.second]] += not is_new
            links.append(one)
    brands = joined.labels()
    return BrandLayer(brands, tuple(links), tuple(_collisions(found, brands, score)))


def domain_labels(layer: BrandLayer, groups: Sequence[PictureGroup]) -> dict[str, int]:
    """Return the brand of each domain, numbered by descending size; -1 for brands of one."""
    n_domains: Counter[int] = Counter()
    for brand, one in zip(layer.brands.tolist(), groups, strict=True):
        n_domains[brand] += len(one.domains)
    ranked = sorted(n_domains, key=lambda brand: (-n_domains[brand], brand))
    number = {brand: place for place, brand in enumerate(ranked) if n_domains[brand] > 1}
    return {
        name: number.get(brand, OUTLIER)
        for brand, one in zip(layer.brands.tolist(), groups, strict=True)
        for name in one.domains
    }


def _shared(
    vectors: NDArray[np.float32],
    groups: Sequence[PictureGroup],
    names: Sequence[str],
    score: PairScore,
) -> Iterator[BrandLink]:
    """Yield the pairs that share a whole word, or a beginning of names of their own, each once.

    Other pairs, by far the most, can be neither joined nor vetoed.
    """
    words = ClusterWords.of(one.domains for one in groups)
    best: dict[tuple[int, int], SharedWord] = {}
    for place, one in enumerate(groups):
        for other, word in words.shared_with(one.domains).items():
            if place == other or not (word.is_whole or (names[place] and names[other])):
                continue
            pair = min(place, other), max(place, other)
            if word.strength() > best.get(pair, SharedWord()).strength():
                best[pair] = word
    for (first, second), word in best.items():
        cosine = float(vectors[groups[first].row] @ vectors[groups[second].row])
        yield BrandLink(first, second, cosine, word, score.probability(cosine, word))


def _own_name(domains: Iterable[str]) -> str:
    """Return the beginning that most words of a group share; empty for one word."""
    by_start: dict[str, list[str]] = {}
    words = sorted(owner_words(domains))
    for word in words:
        by_start.setdefault(word[:MIN_PREFIX], []).append(word)
    named = max(by_start.values(), key=len, default=[])
    if len(named) < 2 or 2 * len(named) < len(words):
        return ""
    return common_start(named[0], named[-1]).rstrip("-")


def _disagree(link: BrandLink, names: Sequence[str], score: PairScore) -> bool:
    """Whether two groups with names of their own share less than their names, and no look."""
    own = sorted(len(names[place]) for place in (link.first, link.second))
    shared = len(link.word.text)
    are_longer = own[0] > shared or (own[0] > 0 and own[1] > shared and not link.word.is_equal)
    return are_longer and score.apart(link.cosine) > DISAGREE


def _collisions(
    found: Iterable[BrandLink], brands: NDArray[np.int64], score: PairScore
) -> Iterator[BrandLink]:
    """Yield pairs of different brands with a word in common, the likeliest ones of each group."""
    n_of = np.zeros(len(brands), dtype=np.int64)
    for one in found:
        is_apart = brands[one.first] != brands[one.second] and score.apart(one.cosine) > 1.0
        if one.word.is_whole and is_apart:
            n_of[[one.first, one.second]] += 1
            if min(n_of[one.first], n_of[one.second]) <= MOST_COLLISIONS:
                yield one


class Joined:
    """Disjoint sets with cannot-link pairs."""

    def __init__(self, n: int, apart: Iterable[tuple[int, int]]) -> None:
        self._set_of = list(range(n))
        self._members = {place: [place] for place in range(n)}
        self._apart: dict[int, set[int]] = {}
        for first, second in apart:
            self._apart.setdefault(first, set()).add(second)
            self._apart.setdefault(second, set()).add(first)

    def join(self, first: int, second: int, *, by_rule: bool = False) -> bool:
        """Join two sets; return whether they were apart and may be together."""
        one, other = self._set_of[first], self._set_of[second]
        if one == other:
            return False
        if len(self._members[one]) < len(self._members[other]):
            one, other = other, one
        if not by_rule and any(
            self._set_of[foe] == one
            for place in self._members[other]
            for foe in self._apart.get(place, ())
        ):
            return False
        for place in self._members[other]:
            self._set_of[place] = one
        self._members[one] += self._members.pop(other)
        return True

    def are_together(self, first: int, second: int) -> bool:
        return self._set_of[first] == self._set_of[second]

    def labels(self) -> NDArray[np.int64]:
        """Return the number of each place's set, by first member."""
        numbers: dict[int, int] = {}
        found = [numbers.setdefault(one, len(numbers)) for one in self._set_of]
        return np.array(found, dtype=np.int64)


def off_name(domains: Sequence[str], medoid: str) -> list[str]:
    """Return the domains of a group by picture whose name shares nothing with the others.

    Args:
        medoid: a domain of the group's medoid, which is the name to compare with where no two
            domains share anything.
    """
    fragments = {domain: word_fragments([domain]) for domain in domains}
    n_with: dict[str, int] = {}
    for some in fragments.values():
        for one in some:
            n_with[one] = n_with.get(one, 0) + 1
    alone = [domain for domain, some in fragments.items() if all(n_with[one] == 1 for one in some)]
    return alone if len(alone) < len(fragments) else [one for one in alone if one != medoid]
