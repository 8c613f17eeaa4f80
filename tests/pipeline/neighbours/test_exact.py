"""Neighbours compared with the plain definition."""

import numpy as np
import pytest

from clustering.pipeline.neighbours import (
    condensed_distances,
    exact,
    most_similar,
    nearest,
    pairs_within,
)
from tests.pipeline.planted import groups, rotated


def test_nearest_agrees_with_sorting_all_distances() -> None:
    vectors, _ = groups([5, 4, 3, 1])

    found = nearest(vectors, 4)

    distances = 1.0 - vectors.astype(np.float64) @ vectors.T.astype(np.float64)
    np.testing.assert_array_equal(found.indices, np.argsort(distances, axis=1)[:, :4])
    np.testing.assert_allclose(found.distances, np.sort(distances, axis=1)[:, :4], atol=2e-6)


def test_condensed_distances_are_those_above_the_diagonal(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    vectors, _ = groups([5, 4, 3, 1])
    monkeypatch.setattr(exact, "CHUNK_ROWS", 4)

    found = condensed_distances(vectors)

    distances = 1.0 - vectors.astype(np.float64) @ vectors.T.astype(np.float64)
    np.testing.assert_allclose(found, distances[np.triu_indices(13, k=1)], atol=1e-6)
    assert np.array_equal(found, np.round(found, 6))
    assert condensed_distances(vectors[:1]).tolist() == []


def test_a_row_comes_first_even_among_its_copies_and_ties_go_to_the_lowest() -> None:
    vectors = rotated(0, 0, 0, 90)

    found = nearest(vectors, 3)

    assert found.indices.tolist() == [[0, 1, 2], [1, 0, 2], [2, 0, 1], [3, 0, 1]]
    assert found.distances[3].tolist() == [0.0, 1.0, 1.0]


def test_k_is_cut_to_the_number_of_rows() -> None:
    found = nearest(rotated(0, 90), 15)

    assert found.indices.tolist() == [[0, 1], [1, 0]]


def test_blocks_do_not_change_the_pairs(monkeypatch: pytest.MonkeyPatch) -> None:
    vectors, _ = groups([9, 8, 3, 1])
    pairs = pairs_within(vectors, 0.05)

    monkeypatch.setattr(exact, "CHUNK_ROWS", 4)

    np.testing.assert_array_equal(pairs_within(vectors, 0.05).left, pairs.left)
    np.testing.assert_array_equal(pairs_within(vectors, 0.05).right, pairs.right)


def test_a_row_is_in_its_own_list_even_when_copies_crowd_it_out() -> None:
    found = nearest(np.repeat(rotated(30), 60, axis=0), 4)

    assert found.indices[:, 0].tolist() == list(range(60))
    assert found.distances.max() == 0.0


def test_most_similar_agrees_with_the_product() -> None:
    base, _ = groups([5, 4, 3, 1])
    queries = base[[2, 7]] * np.float32(1.0)

    rows, similarity = most_similar(queries, base, 3)

    product = queries @ base.T
    np.testing.assert_array_equal(rows, np.argsort(-product, axis=1)[:, :3])
    np.testing.assert_allclose(similarity, -np.sort(-product, axis=1)[:, :3], atol=1e-6)


def test_pairs_within_a_distance_are_given_once_each() -> None:
    pairs = pairs_within(rotated(0, 60, 100), 0.5)

    assert pairs.left.tolist() == [0, 1]
    assert pairs.right.tolist() == [1, 2]
    np.testing.assert_allclose(pairs.distances, [0.5, 1 - np.cos(np.radians(40))], atol=2e-6)
