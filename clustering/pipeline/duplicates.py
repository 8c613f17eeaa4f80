"""Near-duplicate detection: the same logo scaled, recompressed or padded."""

from dataclasses import dataclass
from itertools import combinations
from typing import Final

import numpy as np
from numpy.typing import NDArray

from clustering.pipeline.medoids import medoid
from clustering.pipeline.membership import members_by_group
from clustering.pipeline.neighbours import Pairs, components, joined, pairs_within

COPY_DISTANCE: Final = 0.03  # cosine; for embedders without a measured one
COPY_BITS: Final = 4  # of 64 perceptual bits; recompressed copies of one logo differ in fewer
BLOCK_ENDS: Final = (0, 11, 22, 33, 44, 54, 64)  # six blocks: four bits leave two untouched
PAIRS_AT_ONCE: Final = 100_000  # whose vectors are gathered: 400 MB at 512 dimensions


@dataclass(frozen=True)
class Collapsed:
    """One representative for each set of near-duplicates."""

    representative_rows: NDArray[np.int64]
    """Shape (m,), ascending: the medoid of each set."""
    representative_index: NDArray[np.int64]
    """Shape (n,): index into ``representative_rows`` for each row."""


def collapse(
    vectors: NDArray[np.float32], phashes: NDArray[np.uint64], distance: float
) -> Collapsed:
    """Choose a representative of each set of near-duplicates; see ``near_duplicates``."""
    groups = near_duplicates(vectors, phashes, distance)
    has_copies = np.bincount(groups, minlength=len(groups))[groups] > 1
    representative = np.arange(len(groups))
    for rows in members_by_group(np.where(has_copies, groups, -1)):
        representative[rows] = rows[medoid(vectors[rows])]
    return Collapsed(*np.unique(representative, return_inverse=True))


def near_duplicates(
    vectors: NDArray[np.float32], phashes: NDArray[np.uint64], distance: float
) -> NDArray[np.int64]:
    """Return the lowest row of each row's set of near-duplicates, shape (n,).

    Args:
        vectors: shape (n, d), rows of L2 norm 1.
        phashes: shape (n,), 64-bit perceptual hashes.
        distance: cosine; hashes of simple marks collide, so the vectors are compared too.

    Two rows are duplicates if their hashes differ in at most four bits and their vectors by at
    most ``distance``; sets are the connected components. Between different hashes only one row
    of each set with the same hash is compared.
    """
    rows = np.arange(len(vectors))
    first = _joined_rows(len(rows), _same_hash(vectors, phashes, distance))
    kept = np.flatnonzero(first == rows)
    pairs = _close_hashes(phashes[kept])
    near = _distances(vectors, kept[pairs[0]], kept[pairs[1]]) <= distance
    duplicates = Pairs(kept[pairs[0][near]], kept[pairs[1][near]], np.empty(0, np.float32))
    return np.asarray(_joined_rows(len(rows), duplicates)[first], dtype=np.int64)


def _joined_rows(n_rows: int, pairs: Pairs) -> NDArray[np.int64]:
    """Return the lowest row of each row's connected component."""
    _, firsts, groups = np.unique(
        components(n_rows, pairs), return_index=True, return_inverse=True
    )
    return np.asarray(firsts[groups], dtype=np.int64)


def _same_hash(
    vectors: NDArray[np.float32], phashes: NDArray[np.uint64], distance: float
) -> Pairs:
    order = np.argsort(phashes, kind="stable")
    runs = np.split(order, np.flatnonzero(np.diff(phashes[order])) + 1)
    found = []
    for rows in runs:
        if len(rows) > 1:
            pairs = pairs_within(vectors[rows], distance)
            found.append(Pairs(rows[pairs.left], rows[pairs.right], pairs.distances))
    return joined(found)


def _close_hashes(
    phashes: NDArray[np.uint64],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the pairs of rows whose hashes differ in one to four bits.

    Four differing bits leave at least two of six blocks equal (pigeonhole principle), so only
    rows that agree in two blocks are compared, for each pair of blocks: near-linear, where all
    pairs take n^2, and thousands of times faster than a BK-tree.
    """
    found = [np.empty(0, np.int64)]
    for one, other in combinations(range(len(BLOCK_ENDS) - 1), 2):
        found.append(_agreeing(phashes, phashes & (_mask(one) | _mask(other))))
    left, right = np.divmod(np.unique(np.concatenate(found)), max(1, len(phashes)))
    return left, right


def _mask(block: int) -> np.uint64:
    low, high = BLOCK_ENDS[block], BLOCK_ENDS[block + 1]
    return np.uint64((1 << high) - (1 << low))


def _agreeing(phashes: NDArray[np.uint64], keys: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Return the close pairs of equal key as left row x n + right row.

    Rows sorted by key are compared with the next row, then the one after it, and so on while
    any keys are equal.
    """
    order = np.argsort(keys, kind="stable")
    places = np.arange(len(keys) - 1)
    found = []
    step = 1
    while len(places):
        places = places[places + step < len(keys)]
        places = places[keys[order[places]] == keys[order[places + step]]]
        left, right = order[places], order[places + step]
        n_bits = np.bitwise_count(phashes[left] ^ phashes[right])
        close = (n_bits > 0) & (n_bits <= COPY_BITS)
        left, right = left[close], right[close]
        found.append(np.minimum(left, right) * len(keys) + np.maximum(left, right))
        step += 1
    return np.concatenate(found) if found else np.empty(0, np.int64)


def _distances(
    vectors: NDArray[np.float32], left: NDArray[np.int64], right: NDArray[np.int64]
) -> NDArray[np.float32]:
    """Return the cosine distance of each pair."""
    apart = np.empty(len(left), dtype=np.float32)
    for start in range(0, len(left), PAIRS_AT_ONCE):
        some = slice(start, start + PAIRS_AT_ONCE)
        apart[some] = 1.0 - np.einsum("ij,ij->i", vectors[left[some]], vectors[right[some]])
    return np.round(apart, 6)
