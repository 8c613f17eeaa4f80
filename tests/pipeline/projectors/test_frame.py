"""Procrustes alignment, jitter of duplicates, placement of new rows."""

import numpy as np

from clustering.pipeline.projectors.frame import (
    interpolate_from_neighbours,
    jitter,
    procrustes_aligned,
    replace_non_finite,
)
from tests.pipeline.planted import Floats, rotated


def plane(n_rows: int) -> Floats:
    return np.random.default_rng(4).normal(size=(n_rows, 2)).astype(np.float32)


def test_non_finite_coordinates_move_to_the_centre() -> None:
    placed = replace_non_finite(np.array([[0, 0], [2, 4], [np.nan, 1], [4, 2]], dtype=np.float32))

    assert placed.tolist() == [[0, 0], [2, 4], [2, 2], [4, 2]]


def test_a_map_that_was_turned_mirrored_scaled_and_moved_is_brought_back() -> None:
    old = plane(40)
    angle = np.radians(70)
    turn = np.array([[np.cos(angle), np.sin(angle)], [np.sin(angle), -np.cos(angle)]])
    new = (2.5 * old @ turn + [3, -8]).astype(np.float32)
    earlier = old.copy()
    earlier[25:] = np.nan

    np.testing.assert_allclose(procrustes_aligned(new, earlier), old, atol=1e-5)


def test_an_island_that_moved_does_not_pull_the_rest_along() -> None:
    old = plane(40)
    new = old.copy()
    new[:8] += 30
    new = (new @ np.array([[0, 1], [-1, 0]], dtype=np.float32)).astype(np.float32)

    found = procrustes_aligned(new, old)

    moved = np.linalg.norm(found - old, axis=1)
    assert np.median(moved[8:]) < 0.02 * np.ptp(old)


def test_the_same_map_is_left_as_it_is_byte_for_byte() -> None:
    old = plane(40)

    assert procrustes_aligned(old, old).tobytes() == old.tobytes()


def test_too_few_shared_rows_or_a_map_without_width_change_nothing() -> None:
    new, earlier = plane(5), np.full((5, 2), np.nan, dtype=np.float32)
    earlier[:2] = 1.0

    assert procrustes_aligned(new, earlier).tobytes() == new.tobytes()
    assert procrustes_aligned(new, np.ones_like(new)).tobytes() == new.tobytes()


def test_a_copy_of_a_known_row_lands_on_it_and_a_new_one_between_its_like() -> None:
    vectors = rotated(0, 10, 90, 100, 180, 190)
    old = np.array([[0, 0], [1, 0], [50, 0], [51, 0], [99, 0], [98, 0]], dtype=np.float32)

    placed = interpolate_from_neighbours(rotated(90, 5), vectors, old)

    assert abs(placed[0, 0] - 50) < 1
    assert abs(placed[1, 0] - 0.5) < 1


def test_copies_lie_beside_the_first_of_them_and_apart_from_each_other() -> None:
    plane_ = np.array([[0, 0], [10, 0]], dtype=np.float32)

    placed = jitter(plane_, np.array([1, 0, 1, 1, 0]))

    assert placed[[0, 1]].tolist() == [[10, 0], [0, 0]]
    assert len({tuple(place) for place in placed.tolist()}) == 5
    assert np.abs(placed - plane_[[1, 0, 1, 1, 0]]).max() < 0.1
