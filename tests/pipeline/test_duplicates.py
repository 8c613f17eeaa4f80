"""Near-duplicates compared with a search of all pairs."""

import tracemalloc

import numpy as np
import pytest

from clustering.pipeline.duplicates import COPY_BITS, collapse, near_duplicates
from clustering.pipeline.neighbours import Pairs, components
from tests.pipeline.planted import groups, rotated

pytestmark = pytest.mark.slow


def flipped(phash: int, *bits: int) -> np.uint64:
    for bit in bits:
        phash ^= 1 << bit
    return np.uint64(phash)


def test_rows_similar_in_hash_and_vector_are_one() -> None:
    vectors = rotated(0, 1, 2, 90)
    phashes = np.array([7, flipped(7, 0, 20, 40, 63), flipped(7, 1), 7], dtype=np.uint64)

    assert near_duplicates(vectors, phashes, 0.05).tolist() == [0, 0, 0, 3]


def test_five_bits_or_a_distance_above_the_cut_are_too_much() -> None:
    vectors = rotated(0, 1, 30)
    phashes = np.array([7, flipped(7, 0, 15, 30, 45, 60), flipped(7, 1)], dtype=np.uint64)

    assert near_duplicates(vectors, phashes, 0.05).tolist() == [0, 1, 2]


def test_a_chain_of_duplicates_is_one_logo() -> None:
    vectors = rotated(0, 1, 2)
    phashes = np.array([0, 0b1111, 0b11111111], dtype=np.uint64)

    assert near_duplicates(vectors, phashes, 0.05).tolist() == [0, 0, 0]


def test_every_close_pair_of_hashes_is_found() -> None:
    generator = np.random.default_rng(8)
    seeds = generator.integers(0, 1 << 63, 40, dtype=np.uint64)
    phashes = np.repeat(seeds, 12)
    for _ in range(3):
        phashes ^= np.uint64(1) << generator.integers(0, 64, len(phashes), dtype=np.uint64)
    vectors = rotated(*np.zeros(len(phashes)))

    found = near_duplicates(vectors, phashes, 0.05)

    bits = np.bitwise_count(phashes[:, None] ^ phashes[None, :])
    left, right = np.nonzero(np.triu(bits <= COPY_BITS, 1))
    all_pairs = components(len(phashes), Pairs(left, right, np.zeros(len(left), np.float32)))
    np.testing.assert_array_equal(found[:, None] == found, all_pairs[:, None] == all_pairs)
    assert len(set(found.tolist())) > 40


def test_many_unrelated_rows_of_one_hash_take_little_memory() -> None:
    vectors, _ = groups([1] * 1_500, dim=64)
    phashes = np.full(1_500, 7, dtype=np.uint64)

    tracemalloc.start()
    found = near_duplicates(vectors, phashes, 0.01)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert len(set(found.tolist())) == 1_500
    assert peak < 60 << 20  # their 1.1 million pairs, once for each choice of blocks: 400 MB


def test_the_most_typical_row_represents_its_copies() -> None:
    vectors = rotated(0, 6, 3, 90)

    collapsed = collapse(vectors, np.zeros(4, dtype=np.uint64), 0.05)

    assert collapsed.representative_rows.tolist() == [2, 3]
    assert collapsed.representative_index.tolist() == [0, 0, 0, 1]


def test_no_duplicates_leave_every_row_to_itself() -> None:
    vectors, _ = groups([3, 2])
    phashes = np.array([1, 0xFF00, 0xFF0000, 0xFF000000, 0xFF00000000], dtype=np.uint64)

    collapsed = collapse(vectors, phashes, 0.05)

    assert collapsed.representative_rows.tolist() == [0, 1, 2, 3, 4]
    assert collapsed.representative_index.tolist() == [0, 1, 2, 3, 4]
