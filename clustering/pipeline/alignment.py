"""Match the clusters of a new run to the machine and corrected clusters of the last one.

The machine's new groups are compared with its old groups, not with the corrected clusters: a
cluster that people merged from several groups is one that no clusterer would find.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

KEEPS_IDENTITY: Final = 0.5  # Jaccard; above it no other cluster can share as much
TAKES_PART: Final = 0.3  # share of a cluster's domains that makes a split or a merge of it
MAJORITY: Final = 0.5  # of the members of a group


@dataclass(frozen=True)
class OldMember:
    """Where a domain was in the last run; clusters are given by their uid."""

    machine: str | None
    """Of the machine's group; None is an outlier."""
    bound: str | None = None
    """Of the cluster that its group was merged or moved into."""
    is_decided: bool = False
    """A person decided about this very domain."""
    human: str | None = None
    """Where that person put it; None is an outlier."""
    is_follower: bool = False
    """It is bound because people moved the rest of its group, not by a merge."""

    @property
    def corrected(self) -> str | None:
        """The cluster that holds it, corrected."""
        return self.human if self.is_decided else self.bound or self.machine

    def was_put_into(self, uid: str) -> bool:
        """Whether a merge or a move put it into a cluster."""
        return uid in (self.bound, self.human)

    @property
    def merged(self) -> str | None:
        """The cluster that a merge bound it to."""
        return None if self.is_follower else self.bound


@dataclass(frozen=True)
class AbsentPart:
    """A merged cluster whose group the last run did not form."""

    home: str
    """Uid of the cluster that it was merged into."""
    members: Collection[str]
    """The domains of its last group."""


@dataclass(frozen=True)
class ClusterMatch:
    """The old cluster that a new group continues, by uid."""

    continues: str | None
    """The old cluster whose uid and human name it keeps."""
    split_from: str | None
    """The old cluster that it holds a smaller part of."""
    merged_from: tuple[str, ...]
    """Two or more old clusters that it holds over 30 % of, sorted."""
    belongs_to: str | None = None
    """The corrected cluster that its members are in, if that is another one."""
    is_merged: bool = False
    """People merged a part of it into that cluster; else they moved its members one by one."""


@dataclass(frozen=True)
class Alignment:
    """Identities of the clusters of a new run."""

    groups: Mapping[int, ClusterMatch]
    """By the label of the new group."""
    bound: Mapping[str, str] = field(default_factory=dict)
    """Domain -> uid of the merged cluster that it is in, unlike the rest of its new group."""


def align(
    new: Mapping[int, Collection[str]],
    old: Mapping[str, OldMember],
    outliers: Collection[str] = (),
    absent: Mapping[str, AbsentPart] | None = None,
) -> Alignment:
    """Match the machine's new groups (label -> domains) to the last run (domain -> member).

    1. A new group continues the machine's old group with which it has a Jaccard index of 0.5
       or more, one to one. Where people had put all of the old group into another cluster, the
       new one belongs there too. So it is with parts that the last run did not form.
    2. A group that continues none, but has such an index with a corrected cluster, continues
       that cluster. If another group already does, it belongs to it where people put some of its
       domains there.
    3. Of each part of a merged cluster, most stays in that cluster: the largest fragments. A
       group that continues nothing and consists mostly of such fragments belongs to it as well.

    All other domains follow the machine labels.

    Args:
        outliers: domains in no new group.
        absent: merged clusters that the last run had no group of, by uid.
    """
    parts = absent or {}
    machine = _grouped((name, one.machine) for name, one in old.items())
    corrected = _grouped((name, one.corrected) for name, one in old.items())
    shared = _shared(new, corrected)
    known = machine | {uid: part.members for uid, part in parts.items()}
    kept = _one_to_one(new, known, _shared(new, known), last=parts)
    targets = {
        uid: _corrected_cluster(uid, [old[name] for name in names])
        for uid, names in machine.items()
    } | {uid: part.home for uid, part in parts.items()}
    belongs = {label: targets[uid] for label, uid in kept.items() if targets[uid] != uid}
    fragments = _fragments(new, old, outliers)
    whole = _one_to_one(new, corrected, shared)
    taken = set(kept.values())
    for label in sorted(set(new).difference(kept)):
        target = whole.get(label) or _mostly(new[label], old, fragments)
        if target is not None and target not in taken:
            kept[label] = target
            taken.add(target)
        elif target is not None and any(
            name in old and old[name].was_put_into(target) for name in new[label]
        ):
            belongs[label] = target
    groups = {
        label: ClusterMatch(
            kept.get(label),
            _split_from(shared[label], corrected) if label not in kept else None,
            _merged_from(shared[label], corrected),
            belongs.get(label),
            label in belongs
            and (
                kept.get(label) in parts
                or any(name in old and old[name].merged == belongs[label] for name in new[label])
            ),
        )
        for label in sorted(new)
    }
    return Alignment(groups, _apart(new, fragments, groups, outliers))


def match(
    new: Mapping[int, Collection[str]], old: Mapping[str, Collection[str]]
) -> dict[int, ClusterMatch]:
    """Match new groups (label -> domains) to old clusters (uid -> domains) without corrections.

    One to one by greatest total Jaccard index; a pair below 0.5 is no match. Ties go by
    label and uid, so that reruns agree.
    """
    members = {name: OldMember(uid) for uid in sorted(old) for name in old[uid]}
    return dict(align(new, members).groups)


def _grouped(pairs: Iterable[tuple[str, str | None]]) -> dict[str, set[str]]:
    groups: dict[str, set[str]] = {}
    for name, uid in pairs:
        if uid is not None:
            groups.setdefault(uid, set()).add(name)
    return groups


def _corrected_cluster(uid: str, members: Collection[OldMember]) -> str:
    """Return the corrected cluster that an old group belongs to: itself while it holds any."""
    if any(one.corrected == uid and not one.is_decided for one in members):
        return uid
    counted = Counter(one.bound or one.human for one in members)
    most = min(counted, key=lambda target: (-counted[target], target or ""))
    return most if most is not None and counted[most] > MAJORITY * len(members) else uid


def _fragments(
    new: Mapping[int, Collection[str]], old: Mapping[str, OldMember], outliers: Collection[str]
) -> dict[str, str]:
    """Return domain -> merged cluster, for the largest fragments of each part of one.

    They are more than half of the part's domains that are left. A part is the intersection of
    one old machine group with the cluster, without reviewed domains. Each outlier is a fragment.
    """
    merged = {one.merged for one in old.values() if one.merged and not one.is_decided}
    if not merged:
        return {}
    fragment_of: dict[str, tuple[int, str]] = {name: (-1, name) for name in outliers}
    fragment_of |= {name: (label, "") for label, names in new.items() for name in names}
    parts: dict[tuple[str, str], dict[tuple[int, str], list[str]]] = {}
    for name, one in old.items():
        if one.corrected in merged and not one.is_decided and name in fragment_of:
            part = parts.setdefault((one.machine or "", one.corrected or ""), {})
            part.setdefault(fragment_of[name], []).append(name)
    found: dict[str, str] = {}
    for (_, uid), fragments in parts.items():
        n_left, n_kept = sum(map(len, fragments.values())), 0
        for key in sorted(fragments, key=lambda one: (one[0] < 0, -len(fragments[one]), one)):
            if n_kept > MAJORITY * n_left:
                break
            n_kept += len(fragments[key])
            found |= dict.fromkeys(fragments[key], uid)
    return found


def _mostly(
    members: Collection[str], old: Mapping[str, OldMember], fragments: Mapping[str, str]
) -> str | None:
    """Return the merged cluster whose fragments are most of the group's known domains."""
    counted = Counter(fragments[name] for name in members if name in fragments)
    n_known = sum(name in old for name in members)
    found = [uid for uid, count in counted.items() if count > MAJORITY * n_known]
    return found[0] if found else None


def _apart(
    new: Mapping[int, Collection[str]],
    fragments: Mapping[str, str],
    groups: Mapping[int, ClusterMatch],
    outliers: Collection[str],
) -> dict[str, str]:
    if not fragments:
        return {}
    return {name: fragments[name] for name in outliers if name in fragments} | {
        name: fragments[name]
        for label, names in new.items()
        for name in names
        if name in fragments
        and fragments[name] != (groups[label].belongs_to or groups[label].continues)
    }


def _shared(
    new: Mapping[int, Collection[str]], old: Mapping[str, Collection[str]]
) -> dict[int, Counter[str]]:
    """Count the domains that each new group shares with old clusters."""
    uids: dict[str, list[str]] = {}
    for uid in sorted(old):
        for name in old[uid]:
            uids.setdefault(name, []).append(uid)
    return {
        label: Counter(uid for name in new[label] for uid in uids.get(name, ())) for label in new
    }


def _one_to_one(
    new: Mapping[int, Collection[str]],
    old: Mapping[str, Collection[str]],
    shared: Mapping[int, Counter[str]],
    *,
    last: Collection[str] = (),
) -> dict[int, str]:
    """Choose pairs greedily by Jaccard index; no assignment has a greater total.

    Two clusters with an index above 0.5 share more than half of each, so neither has another
    pair at 0.5. At exactly 0.5 one is half of the other, which may have a second such half.

    Args:
        last: clusters that come after others of the same index.
    """
    ranked = sorted(
        (-count / (len(new[label]) + len(old[uid]) - count), uid in last, label, uid)
        for label, counts in shared.items()
        for uid, count in counts.items()
    )
    kept: dict[int, str] = {}
    taken: set[str] = set()
    for index, _, label, uid in ranked:
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
