"""Decisions of people about the clusters of an earlier run: domains whose clusters are one."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from clustering.pipeline.bulk.plan import Plan
from clustering.pipeline.bulk.shape import IMAGES, shape_of
from clustering.pipeline.bulk.store import Store
from clustering.pipeline.neighbours import Pairs, components

CONSTRAINTS: Final = "constraints"
"""File of a run, if it has any."""


def save(store: Store, groups: Sequence[Sequence[str]]) -> None:
    """Write groups of domains whose clusters are to be joined."""
    rows = [
        {"group": number, "domain": domain}
        for number, group in enumerate(groups)
        for domain in group
    ]
    schema = pa.schema({"group": pa.int64(), "domain": pa.string()})
    store.write(CONSTRAINTS, 0, [pa.Table.from_pylist(rows, schema)])


def groups_of_rows(store: Store, plan: Plan) -> list[list[int]]:
    """Return the rows of the images of each group; domains without a logo are left out."""
    if plan.fetch is None or not store.finished(CONSTRAINTS):
        return []
    table = store.read(CONSTRAINTS, 0).to_pylist()
    group_of = {row["domain"]: row["group"] for row in table}
    found: dict[int, list[int]] = {}
    shape = shape_of(store, plan)
    for shard in range(plan.n_shards):
        listed = store.read(IMAGES, shard, ["names"])["names"].to_pylist()
        for row, names in enumerate(listed, int(shape.offsets[shard])):
            for name in names:
                if name in group_of:
                    found.setdefault(group_of[name], []).append(row)
    return list(found.values())


def joined_firsts(firsts: NDArray[np.int64], groups: Sequence[Sequence[int]]) -> NDArray[np.int64]:
    """Return the lowest ``first`` of each cluster's joined clusters.

    Args:
        firsts: shape (n,), ascending, of all clusters.
        groups: the clusters of each group, by ``first``.
    """
    if not groups:
        return firsts
    left = [group[0] for group in groups for _ in group]
    right = [first for group in groups for first in group]
    pairs = Pairs(
        np.searchsorted(firsts, left), np.searchsorted(firsts, right), np.empty(0, np.float32)
    )
    _, lowest, found = np.unique(
        components(len(firsts), pairs), return_index=True, return_inverse=True
    )
    return np.asarray(firsts[lowest[found]])
