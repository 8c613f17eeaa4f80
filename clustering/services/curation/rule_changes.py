"""Corrections of pair rules: what two domains are to each other, before and after."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, Self

from clustering.models import Domain, PairRule, Run, User
from clustering.services import brand_groups
from clustering.services.curation.payloads import Side, check_version, counted

LABELS = {"same": "same brand", "different": "different brands"}


class Pair(NamedTuple):
    """Two domains by id, the lower one first."""

    first: int
    second: int

    @classmethod
    def of(cls, one: int, other: int) -> Self:
        return cls(min(one, other), max(one, other))

    @property
    def key(self) -> str:
        """As the log, forms and conflicts name it."""
        return f"{self.first}-{self.second}"


class Decided(NamedTuple):
    """A rule as it is stored; without a rule there is none."""

    kind: str
    decided_at: datetime
    decided_by: int | None

    def encode(self) -> list[Any]:
        return [self.kind, self.decided_at.isoformat(), self.decided_by]

    @classmethod
    def decode(cls, kind: str, at: str, by: int | None) -> Self:
        return cls(kind, datetime.fromisoformat(at), by)


Rules = Mapping[Pair, Decided | None]


@dataclass(frozen=True)
class RuleChange:
    """Rules that were set, replaced or removed."""

    before: Rules
    after: Rules

    @classmethod
    def decode(cls, payload: Mapping[str, Any]) -> Self:
        check_version(payload)
        return cls(_decoded(payload["before"]), _decoded(payload["after"]))

    def encode(self) -> dict[str, Any]:
        return {"before": _encoded(self.before), "after": _encoded(self.after)}

    @property
    def label(self) -> str:
        kinds = {rule.kind for rule in self.after.values() if rule}
        pairs = counted(len(self.after), "pair")
        if not kinds:
            return f"removal of the rules of {pairs}"
        return f"rule “{LABELS[min(kinds)]}” for {pairs}"

    @property
    def domain_ids(self) -> set[int]:
        return {pk for pair in self.after for pk in pair}

    def touched(self) -> set[int | str]:
        return {pair.key for pair in self.after}

    def apply(self, run: Run, side: Side) -> None:
        wanted = self.before if side == "before" else self.after
        known = set(
            Domain.objects.filter(dataset=run.dataset_id, pk__in=self.domain_ids).values_list(
                "pk", flat=True
            )
        )
        user_ids = {one.decided_by for one in wanted.values() if one and one.decided_by}
        users = set(User.objects.filter(pk__in=user_ids).values_list("pk", flat=True))
        for pair, rule in wanted.items():
            if not known.issuperset(pair):  # deleted since
                continue
            rows = run.pair_rules.filter(first=pair.first, second=pair.second)
            if rule is None:
                rows.delete()
                continue
            PairRule.objects.update_or_create(
                run=run,
                first_id=pair.first,
                second_id=pair.second,
                defaults={
                    "kind": rule.kind,
                    "decided_at": rule.decided_at,
                    "decided_by_id": rule.decided_by if rule.decided_by in users else None,
                },
            )
        brand_groups.refresh(run, self.domain_ids, ())


def _decoded(rules: Mapping[str, Any]) -> dict[Pair, Decided | None]:
    return {
        Pair(*map(int, key.split("-"))): Decided.decode(*rule) if rule else None
        for key, rule in rules.items()
    }


def _encoded(rules: Rules) -> dict[str, Any]:
    return {pair.key: rule.encode() if rule else None for pair, rule in rules.items()}
