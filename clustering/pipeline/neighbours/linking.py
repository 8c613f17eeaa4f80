"""From a k-nearest-neighbour graph to the components of all pairs within a distance."""

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from clustering.pipeline.membership import members_by_group
from clustering.pipeline.neighbours.exact import CHUNK_ROWS, STEPS, distances_between, most_similar
from clustering.pipeline.neighbours.graph import Neighbours, Pairs, components, joined

BRUTE_ROWS: Final = 16_384  # compared exhaustively: two seconds of one core
NEAREST_GROUPS: Final = 24  # compared with each group, above BRUTE_ROWS
FAR: Final = 2.0  # times the distance: groups with more distant means are not compared
COMPARED_ROWS: Final = 1_024  # sampled of a group at most


def links(vectors: NDArray[np.float32], graph: Neighbours, distance: float) -> Pairs:
    """Return pairs with the same connected components as all pairs within ``distance``.

    Args:
        vectors: shape (n, d), rows of L2 norm 1.
        graph: neighbours of the same rows, any k.
        distance: cosine.

    A pair is missing from the graph only if both rows have k nearer neighbours. So only such
    rows are compared, and only across components of the graph's own edges. Exact for an exact
    graph with any k, up to 16,384 such rows; above, components are compared with those of the
    nearest means.
    """
    edges = edges_within(graph, distance)
    groups = components(len(vectors), edges)
    return joined([edges, bridges(vectors, graph, groups, distance)])


def components_within(vectors: NDArray[np.float32], distance: float) -> NDArray[np.int64]:
    """Return the connected component of each row, shape (n,), of all pairs within ``distance``.

    As ``components`` of ``pairs_within``, without a distance for each pair: takes n^2 floats, and
    half the time.
    """
    n_rows = len(vectors)
    near = vectors @ vectors.T >= np.float32(1.0 - distance - 0.5 / STEPS)
    places = np.flatnonzero(near)
    ends = np.searchsorted(places, np.arange(n_rows + 1) * n_rows)
    graph = csr_array((np.ones(len(places), np.int8), places % n_rows, ends), near.shape)
    # A product with the own transpose is symmetric, so each component is strongly connected; to
    # find these needs no transposed copy.
    found = connected_components(graph, directed=True, connection="strong")[1]
    return np.asarray(found, dtype=np.int64)


def edges_within(graph: Neighbours, distance: float) -> Pairs:
    """Return the graph's edges of at most ``distance``, each once, sorted by both rows."""
    rows, places = np.nonzero(graph.distances[:, 1:] <= distance)
    others = graph.indices[:, 1:][rows, places]
    apart = graph.distances[:, 1:][rows, places]
    left, right = np.minimum(rows, others), np.maximum(rows, others)
    _, firsts = np.unique(left * len(graph.indices) + right, return_index=True)
    return Pairs(left[firsts], right[firsts], apart[firsts])


def bridges(
    vectors: NDArray[np.float32],
    graph: Neighbours,
    groups: NDArray[np.int64],
    distance: float,
    *,
    among: NDArray[np.bool_] | None = None,
) -> Pairs:
    """Return the closest pair within ``distance`` of each two groups, where the graph lacks it.

    ``groups``, shape (n,), are components found so far. Only rows whose k neighbours are all
    within ``distance`` are compared (and where ``among`` is true).
    """
    full = graph.distances[:, -1] <= distance
    if among is not None:
        full &= among
    rows = np.flatnonzero(full)
    if graph.is_complete or len(np.unique(groups[rows])) < 2:
        return joined([])
    candidates = vectors[rows]
    found = [
        _closest(_across(candidates, some, others, groups[rows], distance), groups[rows])
        for some, others in _blocks(candidates, groups[rows], distance)
    ]
    best = _closest(joined(found), groups[rows])
    return Pairs(rows[best.left], rows[best.right], best.distances)


def _blocks(
    vectors: NDArray[np.float32], groups: NDArray[np.int64], distance: float
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Yield rows to compare with which rows: all, or those of groups with near means.

    Coarse cells do not help here: in dense regions the centres belong to the same group.
    """
    if len(vectors) <= BRUTE_ROWS:
        all_rows = np.arange(len(vectors))
        for start in range(0, len(vectors), CHUNK_ROWS):
            yield all_rows[start : start + CHUNK_ROWS], all_rows[start:]
        return
    members = [_thinned(rows) for rows in members_by_group(groups)]
    means = np.stack([vectors[rows].mean(axis=0) for rows in members])
    near_groups, similarity = most_similar(means, means, NEAREST_GROUPS)
    for group, others in enumerate(near_groups):
        is_near = 1.0 - similarity[group] <= FAR * distance
        for other in others[is_near & (others > group)]:
            yield members[group], members[other]


def _thinned(rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return at most 1,024 of the rows, evenly spaced."""
    return rows[:: -(-len(rows) // COMPARED_ROWS)]


def _across(
    vectors: NDArray[np.float32],
    some: NDArray[np.int64],
    others: NDArray[np.int64],
    groups: NDArray[np.int64],
    distance: float,
) -> Pairs:
    """Return the pairs within ``distance`` between rows of different groups."""
    block = distances_between(vectors[some], vectors[others])
    apart = groups[some][:, None] != groups[others][None, :]
    found, columns = np.nonzero((block <= distance) & apart)
    one, other = some[found], others[columns]
    return Pairs(np.minimum(one, other), np.maximum(one, other), block[found, columns])


def _closest(pairs: Pairs, groups: NDArray[np.int64]) -> Pairs:
    """Return the closest pair of each two groups; ties go to the lowest rows."""
    low = np.minimum(groups[pairs.left], groups[pairs.right])
    high = np.maximum(groups[pairs.left], groups[pairs.right])
    order = np.lexsort((pairs.right, pairs.left, pairs.distances, high, low))
    low, high = low[order], high[order]
    is_first = np.ones(len(order), dtype=np.bool_)
    is_first[1:] = (low[1:] != low[:-1]) | (high[1:] != high[:-1])
    kept = order[is_first]
    return Pairs(pairs.left[kept], pairs.right[kept], pairs.distances[kept])
