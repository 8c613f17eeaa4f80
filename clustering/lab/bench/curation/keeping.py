"""What a later run keeps: identities, names, places on the map; and whether cuts separate."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from clustering.models import Cluster, Run
from clustering.pipeline import evidence
from clustering.pipeline.constraints import Constraints, constrained
from clustering.services.quality.items import quality_items

N_NAMED: Final = 20  # clusters that a person names


@dataclass(frozen=True)
class Kept:
    """Shares of the earlier run that the later one has again."""

    uids: float
    names: float
    moved: float
    """Median distance that an old dot moved, as a share of the map's width."""


def kept(before: Run, after: Run) -> Kept:
    """Compare the clusters and the map of two runs of a growing data set."""
    old = {one.uid: one for one in before.clusters.filter(n_members__gt=0)}
    new = {one.uid: one for one in after.clusters.filter(n_members__gt=0)}
    named = [one for one in old.values() if one.name_source == Cluster.NameSource.HUMAN]
    n_named = sum(one.uid in new and new[one.uid].name == one.name for one in named)
    return Kept(
        uids=len(old.keys() & new.keys()) / max(1, len(old)),
        names=n_named / max(1, len(named)),
        moved=_moved(before, after),
    )


def _moved(before: Run, after: Run) -> float:
    places = [
        {logo_id: (x, y) for logo_id, x, y in rows}
        for rows in (
            run.assignments.filter(x__isnull=False).values_list("logo_id", "x", "y")
            for run in (before, after)
        )
    ]
    common = sorted(places[0].keys() & places[1].keys())
    old, new = (np.array([found[pk] for pk in common]) for found in places)
    width = float(np.ptp(old[:, 0])) or 1.0
    return float(np.median(np.linalg.norm(new - old, axis=1))) / width


def separated_share(run: Run, n_pairs: int, seed: int = 42) -> tuple[float, int]:
    """Return how many random pairs of one cluster the cut at the weakest link separates.

    Returns:
        The share and the number of pairs; a pair is two different logos of one cluster.
    """
    items = quality_items(run)
    labels = items.machine
    weights = np.array([len(names) for names in items.domains], dtype=np.int64)
    generator = np.random.default_rng(seed)
    filled = [rows for rows in _members(labels) if len(rows) > 1]
    sizes = np.array([len(rows) for rows in filled], dtype=np.float64)
    n_separated = 0
    for place in generator.choice(len(filled), n_pairs, p=sizes / sizes.sum()):
        rows = filled[place]
        first, second = generator.choice(len(rows), 2, replace=False)
        weakest = evidence.chain(items.vectors[rows], int(first), int(second)).weakest
        if weakest is None:
            continue
        rule = (int(rows[weakest.first]), int(rows[weakest.second]))
        cut = constrained(labels, items.vectors, weights, Constraints(different=[rule]))
        one, other = cut[rows[first]], cut[rows[second]]
        n_separated += bool(one != other or one < 0)
    return n_separated / n_pairs, n_pairs


def _members(labels: np.ndarray) -> list[np.ndarray]:
    return [np.flatnonzero(labels == label) for label in range(int(labels.max(initial=-1)) + 1)]
