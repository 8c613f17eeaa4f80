"""Which cluster of a new run continues which cluster of the old one."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.optimize import linear_sum_assignment

KEEPS_IDENTITY: Final = 0.5  # Jaccard; above it no other cluster can share as much
TAKES_PART: Final = 0.3  # share of a cluster's domains that makes a split or a merge of it


@dataclass(frozen=True)
class Match:
    """What a new cluster goes back to; old clusters are given by their uid."""

    continues: str | None
    """The old cluster whose uid and human name it keeps."""
    split_from: str | None
    """The old cluster of which it is a lesser part."""
    merged_from: tuple[str, ...]
    """Two or more old clusters of which it took up a good part, sorted."""


def match(
    new: Mapping[int, Collection[str]], old: Mapping[str, Collection[str]]
) -> dict[int, Match]:
    """Match the clusters of a new run (label -> domains) to the old one's (uid -> domains).

    One to one by greatest total Jaccard index (Hungarian method); a pair below 0.5 is no
    match. Ties go by label and uid, so that reruns agree.
    """
    shared = _shared(new, old)
    kept = _one_to_one(new, old, shared)
    return {
        label: Match(
            kept.get(label),
            _split_from(label, kept.get(label), old, shared),
            _merged_from(label, old, shared),
        )
        for label in sorted(new)
    }


def _shared(
    new: Mapping[int, Collection[str]], old: Mapping[str, Collection[str]]
) -> Counter[tuple[int, str]]:
    """Count the domains that a new and an old cluster share; only pairs that share any."""
    home = {domain: uid for uid in sorted(old) for domain in old[uid]}
    return Counter(
        (label, home[domain]) for label in new for domain in new[label] if domain in home
    )


def _one_to_one(
    new: Mapping[int, Collection[str]],
    old: Mapping[str, Collection[str]],
    shared: Counter[tuple[int, str]],
) -> dict[int, str]:
    """Only pairs at 0.5 and above enter the matrix: at most a few per cluster, so it is small."""
    jaccard = {
        (label, uid): count / (len(new[label]) + len(old[uid]) - count)
        for (label, uid), count in shared.items()
    }
    good = {pair: index for pair, index in jaccard.items() if index >= KEEPS_IDENTITY}
    labels, uids = sorted({pair[0] for pair in good}), sorted({pair[1] for pair in good})
    gain = np.zeros((len(labels), len(uids)))
    for (label, uid), index in good.items():
        gain[labels.index(label), uids.index(uid)] = index
    rows, columns = linear_sum_assignment(gain, maximize=True)
    pairs = [(labels[row], uids[column]) for row, column in zip(rows, columns, strict=True)]
    return {label: uid for label, uid in pairs if (label, uid) in good}


def _split_from(
    label: int,
    kept: str | None,
    old: Mapping[str, Collection[str]],
    shared: Counter[tuple[int, str]],
) -> str | None:
    """The old cluster that most of this one's domains come from, if it is only a part of it."""
    if kept is not None:
        return None
    sources = [(-count, uid) for (to, uid), count in shared.items() if to == label]
    if not sources:
        return None
    count, uid = min(sources)
    return uid if -count < len(old[uid]) else None


def _merged_from(
    label: int, old: Mapping[str, Collection[str]], shared: Counter[tuple[int, str]]
) -> tuple[str, ...]:
    parts = [
        uid
        for (to, uid), count in shared.items()
        if to == label and count > TAKES_PART * len(old[uid])
    ]
    return tuple(sorted(parts)) if len(parts) > 1 else ()
