"""Match the clusters of a new run to those of the last one."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

KEEPS_IDENTITY: Final = 0.5  # Jaccard; above it no other cluster can share as much
TAKES_PART: Final = 0.3  # share of a cluster's domains that makes a split or a merge of it


@dataclass(frozen=True)
class ClusterMatch:
    """Where a new cluster comes from; old clusters are given by their uid."""

    continues: str | None
    """The old cluster whose uid and human name it keeps."""
    split_from: str | None
    """The old cluster of which it holds a smaller part."""
    merged_from: tuple[str, ...]
    """Two or more old clusters of which it holds over 30 %, sorted."""


def match(
    new: Mapping[int, Collection[str]], old: Mapping[str, Collection[str]]
) -> dict[int, ClusterMatch]:
    """Match the clusters of a new run (label -> domains) to the old one's (uid -> domains).

    One to one by greatest total Jaccard index; a pair below 0.5 is no match. Ties go by
    label and uid, so that reruns agree.
    """
    shared = _shared(new, old)
    kept = _one_to_one(new, old, shared)
    return {
        label: ClusterMatch(
            kept.get(label),
            _split_from(shared[label], old) if label not in kept else None,
            _merged_from(shared[label], old),
        )
        for label in sorted(new)
    }


def _shared(
    new: Mapping[int, Collection[str]], old: Mapping[str, Collection[str]]
) -> dict[int, Counter[str]]:
    """Count the domains that each new cluster shares with old ones."""
    uid_of = {domain: uid for uid in sorted(old) for domain in old[uid]}
    return {label: Counter(uid_of[name] for name in new[label] if name in uid_of) for label in new}


def _one_to_one(
    new: Mapping[int, Collection[str]],
    old: Mapping[str, Collection[str]],
    shared: Mapping[int, Counter[str]],
) -> dict[int, str]:
    """Choose pairs greedily by Jaccard index; no assignment has a greater total.

    Two clusters with an index above 0.5 share more than half of each, so neither has another
    pair at 0.5. At exactly 0.5 one is half of the other, which may have a second such half.
    """
    ranked = sorted(
        (-count / (len(new[label]) + len(old[uid]) - count), label, uid)
        for label, counts in shared.items()
        for uid, count in counts.items()
    )
    kept: dict[int, str] = {}
    taken: set[str] = set()
    for index, label, uid in ranked:
        if -index >= KEEPS_IDENTITY and label not in kept and uid not in taken:
            kept[label] = uid
            taken.add(uid)
    return kept


def _split_from(shared: Counter[str], old: Mapping[str, Collection[str]]) -> str | None:
    """The old cluster with most of this one's domains, if some of its domains are elsewhere."""
    if not shared:
        return None
    uid = min(shared, key=lambda uid: (-shared[uid], uid))
    return uid if shared[uid] < len(old[uid]) else None


def _merged_from(shared: Counter[str], old: Mapping[str, Collection[str]]) -> tuple[str, ...]:
    parts = [uid for uid, count in shared.items() if count > TAKES_PART * len(old[uid])]
    return tuple(sorted(parts)) if len(parts) > 1 else ()
