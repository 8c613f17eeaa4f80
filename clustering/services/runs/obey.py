"""Makes a run obey the pair rules that it takes over.

The clusterer's groups obey them for images (:mod:`clustering.pipeline.constraints`). People's
decisions about single domains and merged clusters come after that and may break a rule
again; then the domains that nobody decided about give way.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from clustering.models import Assignment, LabelSource, PairRule, Run
from clustering.pipeline.constraints import Constraints, Sets
from clustering.services.runs import moves

ROWS_PER_INSERT: Final = 2_000
NO_LOGO: Final = "one of them has no logo in this run"
IGNORED: Final = "one of them is ignored"
CONTRADICTED: Final = "other decisions contradict this rule"
Pairs = list[tuple[int, int]]
DomainRules = list[tuple[str, tuple[int, int]]]
"""Kind and domain ids of each rule."""


def rules_for(run: Run) -> DomainRules:
    """Return the rules that a new run takes over. Two queries."""
    previous = run.dataset.runs.succeeded().exclude(pk=run.pk).first()
    return _pairs(previous) if previous else []


def constraints_of(rules: DomainRules, row_of: Mapping[int, int]) -> Constraints:
    """Return the rules as pairs of rows.

    Args:
        row_of: the row of each domain's image, by domain id.
    """
    by_kind: dict[str, Pairs] = {}
    for kind, (first, second) in rules:
        if first in row_of and second in row_of and row_of[first] != row_of[second]:
            by_kind.setdefault(kind, []).append((row_of[first], row_of[second]))
    return Constraints(by_kind.get("same", []), by_kind.get("different", []))


def take_over(run: Run, previous: Run) -> int:
    """Copy the rules of the last run; return how many there are."""
    rules = [
        PairRule(
            run=run,
            kind=one.kind,
            first_id=one.first_id,
            second_id=one.second_id,
            decided_at=one.decided_at,
            decided_by_id=one.decided_by_id,
        )
        for one in previous.pair_rules.all()
    ]
    PairRule.objects.bulk_create(rules, batch_size=ROWS_PER_INSERT)
    return len(rules)


def obey(run: Run, movable: Collection[int] | None = None) -> dict[tuple[int, int], str]:
    """Apply the rules: move domains without a decision of their own.

    A pair of one brand follows the side that a person moved, else the cluster that holds most
    of the pairs' domains. Of a pair of different brands, the side leaves whose brand has fewer
    domains in rules.

    Args:
        movable: ids of the domains that may be moved; by default all.

    Returns:
        Why the rule of a pair does not hold, by the ids of its domains.
    """
    rules = _pairs(run)
    if not rules:
        return {}
    ids = {pk for _, pair in rules for pk in pair}
    every = {
        row.domain_id: row
        for row in run.assignments.filter(domain_id__among=ids).only(
            "run_id",  # left out, it would be read by a query for each row
            "domain_id",
            "cluster_id",
            "bound_cluster_id",
            "human_cluster_id",
            "reviewed_at",
            "is_ignored",
        )
    }
    rows = {pk: row for pk, row in every.items() if not row.is_ignored}
    present = [(kind, pair) for kind, pair in rules if pair[0] in rows and pair[1] in rows]
    same = [pair for kind, pair in present if kind == "same"]
    different = [pair for kind, pair in present if kind == "different"]
    places = _Places(run, rows, movable)
    brands = Sets(same)
    members = {pk: group for group in brands.groups() for pk in group}
    for group in brands.groups():
        places.gather(group)
    for first, second in sorted(different):
        places.part(members.get(first, [first]), members.get(second, [second]))
    places.save()
    broken = {pair: IGNORED for _, pair in rules if not rows.keys() >= {*pair}}
    broken |= {pair: NO_LOGO for _, pair in rules if not every.keys() >= {*pair}}
    broken |= {pair: CONTRADICTED for pair in same if not places.are_together(*pair)}
    return broken | {pair: CONTRADICTED for pair in different if places.are_together(*pair)}


@dataclass
class _Places:
    """Where the domains of the rules are."""

    run: Run
    rows: dict[int, Assignment]
    movable: Collection[int] | None

    def __post_init__(self) -> None:
        self.held = {pk: row.cluster_id_by(LabelSource.CORRECTED) for pk, row in self.rows.items()}
        self._moved: dict[int, int | None] = {}

    def are_together(self, first: int, second: int) -> bool:
        return self.held[first] is not None and self.held[first] == self.held[second]

    def gather(self, group: Sequence[int]) -> None:
        """Put one brand's domains into one cluster."""
        free = [pk for pk in group if self._is_free(pk)]
        fixed = {self.held[pk] for pk in group if pk not in set(free)}
        if fixed == {None} or len(fixed) > 1:  # people took one out, or put them apart
            return
        if fixed:
            target = fixed.pop()
        else:
            counted = Counter(self.held[pk] for pk in group if self.held[pk] is not None)
            ranked = sorted(counted.items(), key=lambda item: (-item[1], item[0]))
            target = ranked[0][0] if ranked else moves.new_cluster(self.run, group)
        for pk in free:
            self._move(pk, target)

    def part(self, one: Sequence[int], other: Sequence[int]) -> None:
        """Move the smaller brand out of the other's cluster; alone, it is an outlier."""
        if not self.are_together(one[0], other[0]):
            return
        for leaving in sorted((one, other), key=lambda group: (len(group), -min(group))):
            if all(self._is_free(pk) for pk in leaving):
                target = moves.new_cluster(self.run, leaving) if len(leaving) > 1 else None
                for pk in leaving:
                    self._move(pk, target)
                return

    def save(self) -> None:
        """Write the moves as labels of the run itself; nobody reviewed these domains."""
        moves.save(self.run, self._moved)

    def _is_free(self, pk: int) -> bool:
        is_movable = self.movable is None or pk in self.movable
        return is_movable and self.rows[pk].reviewed_at is None

    def _move(self, pk: int, target: int | None) -> None:
        if self.held[pk] != target:
            self.held[pk] = self._moved[pk] = target


def _pairs(run: Run) -> DomainRules:
    rows = run.pair_rules.order_by("first", "second").values_list("kind", "first", "second")
    return [(kind, (first, second)) for kind, first, second in rows]
