"""From links within cells to labels: components, average linkage, numbers of the clusters."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from clustering.pipeline.bulk.cells import LINKS
from clustering.pipeline.bulk.constraints import groups_of_rows, joined_firsts
from clustering.pipeline.bulk.images import placeholders
from clustering.pipeline.bulk.plan import Plan
from clustering.pipeline.bulk.shape import IMAGES, Shape, shape_of
from clustering.pipeline.bulk.store import Store
from clustering.pipeline.bulk.vectors import as_column, half_rows, loaded
from clustering.pipeline.clusterers import OUTLIER
from clustering.pipeline.clusterers.average import split_by_average
from clustering.pipeline.clusterers.labelling import labels_by_size
from clustering.pipeline.duplicates import collapse
from clustering.pipeline.medoids import cohesion, medoid
from clustering.pipeline.member_confidence import WEIGHTS, mean_distances, probabilities
from clustering.pipeline.membership import members_by_group
from clustering.pipeline.neighbours import Pairs, components

COMPONENTS: Final = "components"
MEMBERS: Final = "members"
CLUSTERS: Final = "clusters"
NUMBERS: Final = "numbers"
LABELS: Final = "labels"
RowNumbers = NDArray[Any]
"""Of 32 bits, or 64 where there are more rows."""
LINKS_AT_ONCE: Final = 4_000_000  # joined at once: 250 MB


def join(store: Store, plan: Plan, _number: int) -> Iterator[pa.Table]:
    """Join the links of all cells: the component of each row, and its size.

    The only step whose memory grows with the number of rows: about 20 bytes each.
    """
    shape = shape_of(store, plan)
    kind = np.dtype(np.int32 if shape.n_rows < np.iinfo(np.int32).max else np.int64)
    lowest: RowNumbers = np.arange(shape.n_rows, dtype=kind)
    waiting: list[NDArray[np.int64]] = []
    for partition in range(shape.n_cell_partitions + 1):  # and the landmarks
        table = store.read(LINKS, partition)
        waiting.append(np.stack([table["row"].to_numpy(), table["lowest"].to_numpy()]))
        if sum(part.shape[1] for part in waiting) > LINKS_AT_ONCE:
            lowest = joined(lowest, np.concatenate(waiting, axis=1))
            waiting = []
    if waiting:
        lowest = joined(lowest, np.concatenate(waiting, axis=1))
    sizes = np.bincount(lowest, minlength=shape.n_rows).astype(kind)
    for start, end in _row_ranges(shape):
        own = lowest[start:end]
        yield pa.table({"component": own, "size": sizes[own]})


def joined(lowest: RowNumbers, links: NDArray[np.int64]) -> RowNumbers:
    """Return the lowest row of each row's component, with more links.

    Args:
        lowest: shape (n,), of the links so far.
        links: shape (2, m), rows and what they are linked to.
    """
    ends = lowest[links]
    touched, places = np.unique(ends, return_inverse=True)
    left, right = places.reshape(ends.shape)
    found = components(len(touched), Pairs(left, right, np.empty(0, np.float32)))
    _, firsts, found = np.unique(found, return_index=True, return_inverse=True)
    of_lowest = lowest.copy()
    of_lowest[touched] = touched[firsts[found]]
    return np.asarray(of_lowest[lowest])


def _row_ranges(shape: Shape) -> Iterator[tuple[int, int]]:
    """Yield the first row and the end of each group of shards."""
    for group in shape.groups:
        yield int(shape.offsets[group.start]), int(shape.offsets[group.stop])


def shuffle(store: Store, plan: Plan, number: int) -> Iterator[pa.Table]:
    """Write the rows of a group of shards by component: one row group for each partition.

    An image alone in its component is left out, unless several domains show it.
    """
    shape = shape_of(store, plan)
    shards = shape.groups[number]
    columns = ["vector", "phash", "n_domains"]
    images = pa.concat_tables([store.read(IMAGES, shard, columns) for shard in shards])
    found = store.read_group(COMPONENTS, 0, number)
    component = found["component"].to_numpy().astype(np.int64)
    n_domains, phashes = images["n_domains"].to_numpy(), images["phash"].to_numpy()
    is_kept = (found["size"].to_numpy() > 1) | (n_domains > 1)
    is_kept &= ~np.concatenate([placeholders(store, plan, shard) for shard in shards])
    vectors = half_rows(images["vector"])
    partition = np.where(is_kept, component % shape.n_component_partitions, -1)
    for wanted in range(shape.n_component_partitions):
        rows = np.flatnonzero(partition == wanted)
        yield pa.table(
            {
                "row": rows + shape.offsets[shards.start],
                "component": component[rows],
                "phash": phashes[rows],
                "n_domains": n_domains[rows],
                "vector": as_column(vectors[rows]),
            }
        )


def split(store: Store, plan: Plan, number: int) -> Iterator[pa.Table]:
    """Cluster the components of a partition: one row group for each group of shards.

    ``first`` is the lowest row of the cluster; cohesion is given in the row of its medoid.
    """
    shape = shape_of(store, plan)
    groups = range(len(shape.groups))
    table = pa.concat_tables([store.read_group(MEMBERS, group, number) for group in groups])
    rows, n_domains = table["row"].to_numpy(), table["n_domains"].to_numpy()
    vectors = loaded(half_rows(table["vector"]))
    labels = labels_within(
        vectors, table["phash"].to_numpy(), table["component"].to_numpy(), n_domains, plan
    )
    first = np.full(len(rows), OUTLIER, dtype=np.int64)
    closeness = np.full(len(rows), np.nan, dtype=np.float32)
    probability = np.zeros(len(rows), dtype=np.float32)
    for members in members_by_group(labels):
        first[members] = rows[members[0]]
        probability[members] = _confidence(vectors[members], n_domains[members], plan)
        closeness[members[medoid(vectors[members])]] = cohesion(vectors[members])
    whole = pa.table(
        {
            "row": rows,
            "first": first,
            "n_domains": n_domains,
            "probability": probability,
            "cohesion": closeness,
        }
    )
    bounds = np.searchsorted(rows, [*(start for start, _ in _row_ranges(shape)), shape.n_rows])
    for start, end in pairwise(bounds):
        yield whole.slice(start, end - start)


def labels_within(
    vectors: NDArray[np.float32],
    phashes: NDArray[np.uint64],
    groups: NDArray[np.int64],
    n_domains: NDArray[np.int64],
    plan: Plan,
) -> NDArray[np.int64]:
    """Cluster rows whose components, ``groups``, are known and complete.

    As a run of the interactive mode: near-duplicates count as one image. They are close enough
    to be in one component, so they are found here. Labels are numbered within these rows.
    """
    if len(vectors) == 0:
        return np.empty(0, np.int64)
    unique = collapse(vectors, phashes, plan.copy_distance)
    logos = vectors[unique.representative_rows]
    parts = split_by_average(logos, groups[unique.representative_rows], plan.distance)
    weights = np.bincount(unique.representative_index, n_domains).astype(np.int64)
    return labels_by_size(parts, weights, plan.min_size)[unique.representative_index]


def _confidence(
    vectors: NDArray[np.float32], n_domains: NDArray[np.int64], plan: Plan
) -> NDArray[np.float64]:
    """Return the confidence of the members of one cluster, as if no two domains shared a word."""
    evidence = np.zeros((len(vectors), 2))
    evidence[:, 0] = mean_distances(vectors, n_domains) / plan.distance
    return probabilities(evidence, WEIGHTS)


def number(store: Store, plan: Plan, _number: int) -> Iterator[pa.Table]:
    """Number the clusters by descending number of domains; ties go to the lowest row.

    Clusters that people joined have one number, and a row for each.
    """
    shape = shape_of(store, plan)
    columns = ["row", "first", "n_domains", "cohesion"]
    parts = [
        _summed(store.read(CLUSTERS, partition, columns))
        for partition in range(shape.n_component_partitions)
    ]
    whole = pa.concat_tables(parts)
    whole = whole.take(pa.array(np.argsort(whole["first"].to_numpy())))
    firsts = whole["first"].to_numpy()
    merged = joined_firsts(firsts, _decided_firsts(store, plan, shape))
    heads, places = np.unique(merged, return_inverse=True)
    sizes = np.bincount(places, whole["n_domains"].to_numpy(), minlength=len(heads))
    label_of = np.empty(len(heads), dtype=np.int64)
    label_of[np.lexsort([heads, -sizes])] = np.arange(len(heads))
    order = np.lexsort([firsts, label_of[places]])
    yield whole.append_column("label", pa.array(label_of[places])).take(pa.array(order))


def _decided_firsts(store: Store, plan: Plan, shape: Shape) -> list[list[int]]:
    """Return the clusters that people joined, by their lowest row."""
    groups = groups_of_rows(store, plan)
    wanted = np.unique(np.array([row for group in groups for row in group], dtype=np.int64))
    first_of: dict[int, int] = {}
    for partition in range(shape.n_component_partitions if len(wanted) else 0):
        table = store.read(CLUSTERS, partition, ["row", "first"])
        rows, first = table["row"].to_numpy(), table["first"].to_numpy()
        is_wanted = np.isin(rows, wanted) & (first >= 0)
        first_of |= dict(zip(rows[is_wanted].tolist(), first[is_wanted].tolist(), strict=True))
    found = [[first_of[row] for row in group if row in first_of] for group in groups]
    return [firsts for firsts in found if len(firsts) > 1]


def _summed(table: pa.Table) -> pa.Table:
    """Return one row for each cluster."""
    table = table.filter(pa.array(table["first"].to_numpy() >= 0))
    first, close = table["first"].to_numpy(), table["cohesion"].to_numpy()
    firsts, places = np.unique(first, return_inverse=True)
    is_medoid = ~np.isnan(close)
    order = np.argsort(places[is_medoid])
    return pa.table(
        {
            "first": firsts,
            "n_domains": np.bincount(
                places, table["n_domains"].to_numpy(), minlength=len(firsts)
            ).astype(np.int64),
            "n_images": np.bincount(places, minlength=len(firsts)),
            "medoid": table["row"].to_numpy()[is_medoid][order],
            "cohesion": close[is_medoid][order],
        }
    )


def label(store: Store, plan: Plan, number: int) -> Iterator[pa.Table]:
    """Write the label and probability of each image of a group of shards, in order of rows."""
    shape = shape_of(store, plan)
    shards = shape.groups[number]
    start, end = int(shape.offsets[shards.start]), int(shape.offsets[shards.stop])
    numbers = store.read(NUMBERS, 0, ["first", "label"])
    order = np.argsort(numbers["first"].to_numpy())
    firsts, numbered = numbers["first"].to_numpy()[order], numbers["label"].to_numpy()[order]
    labels = np.full(end - start, OUTLIER, dtype=np.int64)
    probabilities = np.zeros(end - start, dtype=np.float32)
    for partition in range(shape.n_component_partitions):
        table = store.read_group(CLUSTERS, partition, number, ["row", "first", "probability"])
        first = table["first"].to_numpy()
        rows, is_member = table["row"].to_numpy() - start, first >= 0
        labels[rows[is_member]] = numbered[np.searchsorted(firsts, first[is_member])]
        probabilities[rows] = table["probability"].to_numpy()
    for shard in shards:
        own = slice(int(shape.offsets[shard]) - start, int(shape.offsets[shard + 1]) - start)
        yield pa.table({"label": labels[own], "probability": probabilities[own]})
