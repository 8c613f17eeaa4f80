"""Counts the decisions, merges and rules of earlier runs that hold in a new one, with reasons."""

from collections.abc import Iterable, Mapping
from typing import Final

from clustering.models import Cluster, Run
from clustering.pipeline.alignment import MAJORITY, OldMember

MOST_REASONS: Final = 100  # listed of those that were not kept
NO_LOGO: Final = "it has no logo in this run"
NO_LOGOS: Final = "none of its logos is in this run"
ELSEWHERE: Final = "its cluster could not be made again"
OUTVOTED: Final = "other decisions put most of its logos elsewhere"


def counted(
    run: Run,
    old: Mapping[str, OldMember],
    before: Iterable[Cluster],
    *,
    n_rules: int,
    broken: Mapping[tuple[int, int], str],
) -> dict[str, object]:
    """Return what ``Run.carried`` stores.

    A decision is about one logo. A merge is a group that belonged to another cluster; it holds
    where most of its logos that are left are in that cluster.

    Args:
        old: where domains were by the decisions, also those that are absent for long.
        before: the clusters that they were in.
        broken: why the rule of a pair does not hold, by the ids of its domains.
    """
    uid_of = {pk: str(uid) for pk, uid in run.clusters.values_list("pk", "uid")}
    now = {
        name: uid_of.get(pk) if pk else None
        for name, pk in run.assignments.values_list("domain__name", "corrected_cluster_id")
    }
    decided = {name: one.human for name, one in old.items() if one.is_decided}
    lost = {name: NO_LOGO for name in decided if name not in now}
    lost |= {name: ELSEWHERE for name, uid in decided.items() if now.get(name, uid) != uid}
    parts = _parts(old)
    apart = {part: why for part, names in parts.items() if (why := _why_apart(part, names, now))}
    found: dict[str, object] = {}
    if decided or parts:
        found = {
            "n_decisions": len(decided),
            "n_decisions_kept": len(decided) - len(lost),
            "n_merges": len(parts),
            "n_merges_kept": len(parts) - len(apart),
        }
    if n_rules:
        found |= {"n_rules": n_rules, "n_rules_kept": n_rules - len(broken)}
    reasons = [*sorted(lost.items()), *_of_merges(apart, before), *_of_rules(run, broken)]
    if reasons:
        shown = reasons[:MOST_REASONS]
        found["not_kept"] = [{"domain": what, "reason": why} for what, why in shown]
    return found


Part = tuple[str, str]
"""The uids of a group and of the cluster that it was merged into."""


def _parts(old: Mapping[str, OldMember]) -> dict[Part, list[str]]:
    parts: dict[Part, list[str]] = {}
    for name, one in old.items():
        if one.merged and one.machine and not one.is_decided:
            parts.setdefault((one.machine, one.merged), []).append(name)
    return parts


def _why_apart(part: Part, names: Iterable[str], now: Mapping[str, str | None]) -> str:
    left = [now[name] for name in names if name in now]
    if not left:
        return NO_LOGOS
    return OUTVOTED if left.count(part[1]) <= MAJORITY * len(left) else ""


def _of_merges(apart: Mapping[Part, str], before: Iterable[Cluster]) -> list[tuple[str, str]]:
    name_of = {str(one.uid): one.name for one in before} if apart else {}
    told = [
        (f"merge of {name_of.get(part, part)} into {name_of.get(target, target)}", why)
        for (part, target), why in apart.items()
    ]
    return sorted(told)


def _of_rules(run: Run, broken: Mapping[tuple[int, int], str]) -> list[tuple[str, str]]:
    if not broken:
        return []
    rules = run.pair_rules.values_list("first", "second", "first__name", "second__name")
    pairs = {(one, other): f"{name} and {second}" for one, other, name, second in rules}
    return sorted((pairs[pair], why) for pair, why in broken.items())
