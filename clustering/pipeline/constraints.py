"""Makes any clustering obey what people said about pairs: of one brand, or of different ones.

The rules are applied to the final groups, which works for every clusterer (must-link as edges
of weight zero moves logos that no rule is about):

1. Groups with a pair of one brand are joined.
2. A group with a pair of different brands is cut at the weakest link between the two: on their
   path in the maximum spanning tree of the cosines, the edge with the smallest one. Pairs of
   one brand are edges of the tree that are never cut.
"""

from collections import deque
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Generic, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from clustering.pipeline.clusterers import OUTLIER

BOUND: Final = 2.0  # above every cosine
Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True)
class Constraints:
    """Pairs of rows."""

    same: Sequence[tuple[int, int]] = ()
    different: Sequence[tuple[int, int]] = ()

    def __bool__(self) -> bool:
        return bool(self.same or self.different)


class Link(NamedTuple):
    """An edge of a spanning tree."""

    first: int
    second: int
    cosine: float
    """``BOUND`` for a pair of one brand."""


class Sets(Generic[Key]):
    """Disjoint sets (union-find with path halving)."""

    def __init__(self, pairs: Iterable[tuple[Key, Key]] = ()) -> None:
        self._parent: dict[Key, Key] = {}
        for first, second in pairs:
            self.join(first, second)

    def find(self, key: Key) -> Key:
        """Return the representative of the set that contains a key."""
        parent = self._parent
        while parent.setdefault(key, key) != key:
            parent[key] = parent.setdefault(parent[key], parent[key])
            key = parent[key]
        return key

    def join(self, first: Key, second: Key) -> None:
        self._parent[self.find(second)] = self.find(first)

    def groups(self) -> list[list[Key]]:
        """Return the sets, in the order in which their keys were first seen."""
        found: dict[Key, list[Key]] = {}
        for key in list(self._parent):
            found.setdefault(self.find(key), []).append(key)
        return list(found.values())


def constrained(
    labels: NDArray[np.int64],
    vectors: NDArray[np.float32],
    weights: NDArray[np.int64],
    rules: Constraints,
) -> NDArray[np.int64]:
    """Return labels that obey the rules; what was cut into a single domain is an outlier.

    Pairs of different brands that other pairs declare to be of one brand stay together.

    Args:
        labels: shape (n,), -1 for an outlier.
        vectors: shape (n, d), rows of L2 norm 1.
        weights: shape (n,), domains that show each row.
    """
    joined = _joined(labels, rules.same)
    partners = _partners(rules.same)
    forbidden: dict[int, list[tuple[int, int]]] = {}
    for first, second in sorted((min(pair), max(pair)) for pair in rules.different):
        if joined[first] == joined[second] != OUTLIER:
            forbidden.setdefault(int(joined[first]), []).append((first, second))
    following = int(joined.max(initial=OUTLIER)) + 1
    for label, pairs in forbidden.items():
        rows = np.flatnonzero(joined == label)
        parts = _cut(spanning_tree(rows, vectors, partners), pairs)
        for place, part in enumerate(sorted(parts, key=lambda one: (-len(one), min(one)))):
            if weights[part].sum() == 1:
                joined[part] = OUTLIER
            elif place > 0:
                joined[part] = following
                following += 1
    return joined


def _joined(labels: NDArray[np.int64], pairs: Sequence[tuple[int, int]]) -> NDArray[np.int64]:
    """Join groups; outliers, which have no group, join as themselves."""
    first_own = int(labels.max(initial=OUTLIER)) + 1
    own = np.where(labels < 0, first_own + np.arange(len(labels)), labels)
    sets = Sets((int(own[first]), int(own[second])) for first, second in pairs)
    label_of = np.arange(first_own + len(labels))
    label_of[first_own:] = OUTLIER
    for group in sets.groups():
        label_of[group] = min(group)
    return np.asarray(label_of[own], dtype=np.int64)


def _partners(pairs: Sequence[tuple[int, int]]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for first, second in pairs:
        found.setdefault(first, []).append(second)
        found.setdefault(second, []).append(first)
    return found


def spanning_tree(
    rows: NDArray[np.int64],
    vectors: NDArray[np.float32],
    partners: dict[int, list[int]] | None = None,
) -> list[Link]:
    """Return the maximum spanning tree of the rows by cosine (Prim), in n steps of n cosines.

    Args:
        partners: rows of one brand with a row; these pairs are in the tree.
    """
    place_of = {int(row): place for place, row in enumerate(rows)}
    own = vectors[rows]
    best = np.full(len(rows), -BOUND, dtype=np.float64)
    nearest = np.zeros(len(rows), dtype=np.int64)
    is_out = np.ones(len(rows), dtype=np.bool_)
    links: list[Link] = []
    place = 0
    for step in range(len(rows)):
        if step > 0:
            place = int(np.argmax(np.where(is_out, best, -np.inf)))
            other = int(rows[nearest[place]])
            links.append(Link(other, int(rows[place]), float(best[place])))
        is_out[place] = False
        cosines = np.round(own @ own[place], 6).astype(np.float64)
        for partner in (partners or {}).get(int(rows[place]), ()):
            if partner in place_of:
                cosines[place_of[partner]] = BOUND
        is_nearer = is_out & (cosines > best)
        best[is_nearer], nearest[is_nearer] = cosines[is_nearer], place
    return links


def _cut(links: Sequence[Link], pairs: Sequence[tuple[int, int]]) -> list[list[int]]:
    """Cut the tree so that no pair is connected; return the rows of each part."""
    left = set(links)
    for first, second in pairs:
        weakest = weakest_link(left, first, second)
        if weakest is not None:
            left.discard(weakest)
    sets = Sets((row, row) for link in links for row in link[:2])
    for first, second, _ in left:
        sets.join(first, second)
    return sets.groups()


def path(links: Iterable[Link], first: int, second: int) -> list[Link]:
    """Return the links from one row of a forest to another; empty if there is no way."""
    beside: dict[int, list[Link]] = {}
    for link in links:
        beside.setdefault(link.first, []).append(link)
        beside.setdefault(link.second, []).append(link)
    came_by: dict[int, Link | None] = {first: None}
    waiting = [first]
    while waiting and second not in came_by:
        row = waiting.pop()
        for link in beside.get(row, ()):
            other = link.second if link.first == row else link.first
            if other not in came_by:
                came_by[other] = link
                waiting.append(other)
    found: list[Link] = []
    row = second
    while link_back := came_by.get(row):
        found.append(link_back)
        row = link_back.second if link_back.first == row else link_back.first
    return found[::-1]


def weakest_link(links: Iterable[Link], first: int, second: int) -> Link | None:
    """Return the link to cut between two rows; None if none is between them or may be cut."""
    between = [link for link in path(links, first, second) if link.cosine < BOUND]
    return min(between, key=lambda link: (link.cosine, link.first, link.second), default=None)


@dataclass(frozen=True)
class Contradiction(Generic[Key]):
    """A pair of different brands whose two sides a chain of pairs declares to be of one."""

    different: tuple[Key, Key]
    same: tuple[tuple[Key, Key], ...]
    """The shortest chain from one side to the other."""


def contradictions(
    same: Iterable[tuple[Key, Key]], different: Iterable[tuple[Key, Key]]
) -> list[Contradiction[Key]]:
    """Return contradicting rules, such as A = B, B = C and A different from C."""
    pairs = list(same)
    sets = Sets(pairs)
    beside: dict[Key, list[Key]] = {}
    for first, second in pairs:
        beside.setdefault(first, []).append(second)
        beside.setdefault(second, []).append(first)
    return [
        Contradiction((first, second), _chain(beside, first, second))
        for first, second in different
        if sets.find(first) == sets.find(second)
    ]


def _chain(beside: dict[Key, list[Key]], first: Key, second: Key) -> tuple[tuple[Key, Key], ...]:
    came_from = {first: first}
    waiting = deque([first])
    while second not in came_from:
        key = waiting.popleft()
        for other in beside.get(key, ()):
            if other not in came_from:
                came_from[other] = key
                waiting.append(other)
    chain = []
    while second != first:
        chain.append((came_from[second], second))
        second = came_from[second]
    return tuple(reversed(chain))
