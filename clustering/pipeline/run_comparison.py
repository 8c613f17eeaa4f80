"""What became of the clusters of one run in another: merged, split, grown, new, gone."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final

from clustering.pipeline.alignment import TAKES_PART

FEWEST_IN_PART: Final = 2  # domains that make a part of a split cluster, whatever its share

Flows = Mapping[tuple[int | None, int | None], int]
"""Number of domains by their cluster before and after; None is in no cluster."""


class ChangeKind(Enum):
    """What became of a cluster, in the order of a page."""

    MERGED = "merged"
    SPLIT = "split"
    NEW = "new"
    GONE = "gone"
    GROWN = "grown"
    SHRUNK = "shrunk"
    UNCHANGED = "unchanged"


@dataclass(frozen=True)
class Change:
    """Clusters before and after, and how many domains are in both."""

    kind: ChangeKind
    before: tuple[int, ...]
    """Largest first; empty for a new cluster."""
    after: tuple[int, ...]
    """Largest first; empty for one that is gone."""
    n_before: int
    n_after: int
    n_both: int


def changes(flows: Flows, continued: Mapping[int, int]) -> list[Change]:
    """Return one change for each cluster before and after, by kind, the largest first.

    1. A cluster is *merged* if it holds over 30 % of each of two or more earlier ones.
    2. An earlier cluster is *split* if two or more later ones hold over 30 % of it, or two of
       its domains.
    3. Every other cluster *grew* (domains joined), *shrank* or is *unchanged* if it continues
       an earlier one, or holds most of its domains from one; else it is *new*.
    4. Every earlier cluster that is not in these is *gone*.

    Args:
        continued: later cluster -> earlier cluster of the same identity.
    """
    return _Comparison(flows, continued).changes()


class _Comparison:
    def __init__(self, flows: Flows, continued: Mapping[int, int]) -> None:
        self.continued = continued
        self.shared: dict[tuple[int, int], int] = {}
        self.n_before: dict[int, int] = {}
        self.n_after: dict[int, int] = {}
        self.sources: dict[int, list[int]] = {}
        self.targets: dict[int, list[int]] = {}
        for (before, after), n in flows.items():
            if before is not None:
                self.n_before[before] = self.n_before.get(before, 0) + n
            if after is not None:
                self.n_after[after] = self.n_after.get(after, 0) + n
            if before is not None and after is not None:
                self.shared[before, after] = n
                self.sources.setdefault(after, []).append(before)
                self.targets.setdefault(before, []).append(after)
        self.told_before: set[int] = set()
        self.told_after: set[int] = set()

    def changes(self) -> list[Change]:
        found = [*self._merged(), *self._split(), *self._continued(), *self._gone()]
        order = list(ChangeKind)
        key = {kind: place for place, kind in enumerate(order)}
        return sorted(
            found,
            key=lambda one: (
                key[one.kind],
                -max(one.n_before, one.n_after),
                one.after or one.before,
            ),
        )

    def _merged(self) -> list[Change]:
        found = []
        for after in sorted(self.n_after):
            parts = [
                before
                for before in self.sources.get(after, ())
                if self.shared[before, after] > TAKES_PART * self.n_before[before]
            ]
            if len(parts) > 1:
                found.append(self._told(ChangeKind.MERGED, parts, [after]))
        return found

    def _split(self) -> list[Change]:
        found = []
        for before in sorted(set(self.n_before) - self.told_before):
            parts = [
                after for after in self.targets.get(before, ()) if self._is_part(before, after)
            ]
            if len(parts) > 1:
                change = self._told(ChangeKind.SPLIT, [before], parts)
                found.append(change)
        return found

    def _is_part(self, before: int, after: int) -> bool:
        n = self.shared[before, after]
        return n >= FEWEST_IN_PART or n > TAKES_PART * self.n_before[before]

    def _continued(self) -> list[Change]:
        found = []
        for after in sorted(set(self.n_after) - self.told_after):
            before = self._origin(after)
            if before is None:
                found.append(self._told(ChangeKind.NEW, [], [after]))
                continue
            n_both = self.shared.get((before, after), 0)
            if n_both < self.n_after[after]:
                kind = ChangeKind.GROWN
            elif n_both < self.n_before[before]:
                kind = ChangeKind.SHRUNK
            else:
                kind = ChangeKind.UNCHANGED
            found.append(self._told(kind, [before], [after]))
        return found

    def _origin(self, after: int) -> int | None:
        """Return the earlier cluster that a later one continues, unless it was told of."""
        known = self.continued.get(after)
        if known in self.n_before and known not in self.told_before:
            return known
        sources = self.sources.get(after, ())
        most = max(sources, key=lambda one: (self.shared[one, after], -one), default=None)
        if most is None or most in self.told_before:
            return None
        return most if 2 * self.shared[most, after] > self.n_after[after] else None

    def _gone(self) -> list[Change]:
        left = sorted(set(self.n_before) - self.told_before)
        return [self._told(ChangeKind.GONE, [one], []) for one in left]

    def _told(self, kind: ChangeKind, before: list[int], after: list[int]) -> Change:
        self.told_before.update(before)
        self.told_after.update(after)
        return Change(
            kind,
            tuple(sorted(before, key=lambda one: (-self.n_before[one], one))),
            tuple(sorted(after, key=lambda one: (-self.n_after[one], one))),
            sum(self.n_before[one] for one in before),
            sum(self.n_after[one] for one in after),
            sum(self.shared.get((one, other), 0) for one in before for other in after),
        )
