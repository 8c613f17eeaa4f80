"""Approximate neighbours by coarse cells, and their recall."""

import numpy as np
import pytest

from clustering.pipeline.neighbours import cells as by_cells
from clustering.pipeline.neighbours import measured_recall, nearest, nearest_exact, search
from clustering.pipeline.neighbours.cells import cells, nearest_in_cells
from clustering.pipeline.neighbours.graph import Neighbours
from tests.pipeline.planted import groups, rotated

SIZES = [40, 25, 10, 5, 3, 2] * 12 + [1] * 80


def test_close_rows_share_a_cell() -> None:
    vectors, _ = groups(SIZES)

    found = nearest_in_cells(vectors, 5)

    assert measured_recall(vectors, found, 0.1) > 0.99
    assert measured_recall(vectors, nearest_exact(vectors, 5)) == 1.0


def test_lists_are_sorted_begin_with_the_row_and_name_each_neighbour_once() -> None:
    vectors, _ = groups(SIZES)

    found = nearest_in_cells(vectors, 9)

    assert found.indices[:, 0].tolist() == list(range(len(vectors)))
    assert (np.diff(np.minimum(found.distances, 9.0), axis=1) >= 0).all()
    assert all(len({*row[row >= 0]}) == (row >= 0).sum() for row in found.indices)
    assert np.isinf(found.distances[found.indices < 0]).all()


def test_distances_are_those_of_the_rows() -> None:
    vectors, _ = groups(SIZES)

    found = nearest_in_cells(vectors, 4)

    true = 1.0 - np.einsum("id,ikd->ik", vectors, vectors[found.indices])
    listed = found.indices >= 0
    np.testing.assert_allclose(found.distances[listed], true[listed], atol=3e-6)


def test_the_same_rows_give_the_same_bytes() -> None:
    vectors, _ = groups(SIZES)

    first, again = nearest_in_cells(vectors, 5), nearest_in_cells(vectors, 5)

    assert first.indices.tobytes() == again.indices.tobytes()
    assert first.distances.tobytes() == again.distances.tobytes()


def test_a_cell_of_too_many_copies_is_dealt_out_each_time_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(by_cells, "MAX_CELL_ROWS", 50)

    found = list(cells(np.repeat(rotated(0), 300, axis=0)))

    assert max(len(members) for members in found) <= 50
    assert sum(len(members) for members in found) == 4 * 300
    assert len({members.tobytes() for members in found}) == len(found)


def test_more_rows_than_exact_has_time_for_go_by_cells(monkeypatch: pytest.MonkeyPatch) -> None:
    vectors, _ = groups([30, 30])
    monkeypatch.setattr(search, "EXACT_ROWS", 59)

    found = nearest(vectors, 3)

    np.testing.assert_array_equal(found.indices, nearest_in_cells(vectors, 3).indices)


def test_recall_counts_the_true_neighbours_that_are_listed() -> None:
    vectors = rotated(0, 1, 2, 90, 91, 92)
    true = nearest_exact(vectors, 3)
    worse = true.indices.copy(), true.distances.copy()
    worse[0][:2, 2], worse[1][:2, 2] = 5, 1.0

    assert measured_recall(vectors, true, 0.1) == 1.0
    assert measured_recall(vectors, Neighbours(*worse), 0.1) == pytest.approx(10 / 12)
    assert measured_recall(rotated(0, 90), true, 0.1) == 1.0
