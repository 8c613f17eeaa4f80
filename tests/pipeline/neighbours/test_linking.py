"""Components of a sparse graph, compared with all pairs."""

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from clustering.pipeline.neighbours import (
    components,
    components_within,
    edges_within,
    linking,
    links,
    nearest_exact,
    pairs_within,
)
from tests.pipeline.planted import Floats, rotated, unit


def clumps(n_clumps: int, n_rows: int) -> Floats:
    """Dense clumps in threes: within a three, clumps are near enough to be joined."""
    generator = np.random.default_rng(3)
    brands = np.repeat(unit(generator.normal(size=(n_clumps // 3, 32))), 3, axis=0)
    middles = unit(brands + generator.normal(scale=0.05, size=brands.shape))
    rows = np.repeat(middles, n_rows, axis=0)
    return unit(rows + generator.normal(scale=0.002, size=rows.shape))


@pytest.mark.parametrize("k", [2, 4, 15])
@pytest.mark.parametrize("distance", [0.001, 0.01, 0.1])
def test_clumps_with_more_rows_than_a_list_has_places_are_joined(k: int, distance: float) -> None:
    vectors = clumps(9, 20)

    found = components(180, links(vectors, nearest_exact(vectors, k), distance))

    expected = components(180, pairs_within(vectors, distance))
    assert adjusted_rand_score(expected, found) == 1.0


def test_the_graph_alone_would_leave_them_apart() -> None:
    vectors = clumps(9, 20)

    alone = components(180, edges_within(nearest_exact(vectors, 15), 0.1))

    assert alone.max() + 1 == 9
    assert components(180, pairs_within(vectors, 0.1)).max() + 1 == 3


def test_large_groups_are_compared_by_group_with_the_same_result(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    vectors = clumps(30, 40)
    monkeypatch.setattr(linking, "BRUTE_ROWS", 100)

    found = components(1200, links(vectors, nearest_exact(vectors, 15), 0.1))

    assert adjusted_rand_score(components(1200, pairs_within(vectors, 0.1)), found) == 1.0


def test_a_bridge_is_the_closest_pair_of_two_groups() -> None:
    vectors = rotated(0, 1, 2, 12, 13, 14)

    pairs = links(vectors, nearest_exact(vectors, 3), 0.05)

    bridge = pairs.chosen((pairs.left < 3) & (pairs.right >= 3))
    assert (bridge.left.tolist(), bridge.right.tolist()) == ([2], [3])
    np.testing.assert_allclose(bridge.distances, [1 - np.cos(np.radians(10))], atol=2e-6)


@pytest.mark.parametrize("distance", [0.001, 0.01, 0.1])
def test_components_without_their_pairs_are_the_same(distance: float) -> None:
    vectors = clumps(9, 20)

    found = components_within(vectors, distance)

    assert found.tolist() == components(180, pairs_within(vectors, distance)).tolist()
    assert components_within(vectors[:0], distance).tolist() == []


def test_a_pair_at_the_distance_itself_is_connected() -> None:
    vectors = rotated(0, 60, 121)

    assert components_within(vectors, 0.5).tolist() == [0, 0, 1]
