"""Cuts at a distance against the slow definitions."""

from typing import Literal

import numpy as np
import pytest
from scipy.cluster.hierarchy import fcluster, linkage
from sklearn.metrics import adjusted_rand_score

from clustering.pipeline.clusterers import average
from clustering.pipeline.clusterers.threshold import Linkage, Threshold
from clustering.pipeline.errors import InputError
from clustering.pipeline.neighbours import nearest
from tests.pipeline.planted import rotated, unit


@pytest.mark.parametrize(("name", "method"), [("connected", "single"), ("average", "average")])
def test_the_cut_agrees_with_the_full_tree(
    name: Linkage, method: Literal["single", "average"]
) -> None:
    generator = np.random.default_rng(5)
    vectors = unit(generator.normal(size=(120, 3)))

    found = Threshold(0.03, name, min_size=1).fit(vectors, nearest(vectors, 2))

    tree = linkage(vectors.astype(np.float64), method, metric="cosine")
    assert adjusted_rand_score(fcluster(tree, 0.03, "distance"), found.labels) == 1.0
    assert 5 < found.labels.max() < 115


@pytest.mark.parametrize("distance", [0.01, 0.05, 0.2])
def test_components_too_large_for_a_matrix_are_cut_the_same(
    monkeypatch: pytest.MonkeyPatch, distance: float
) -> None:
    generator = np.random.default_rng(5)
    vectors = unit(generator.normal(size=(400, 4)))
    graph = nearest(vectors, 15)
    exact = Threshold(distance, "average", min_size=1).fit(vectors, graph)

    monkeypatch.setattr(average, "MATRIX_ROWS", 3)

    found = Threshold(distance, "average", min_size=1).fit(vectors, graph)
    assert adjusted_rand_score(exact.labels, found.labels) == 1.0
    assert 2 < found.labels.max() < 390


def test_a_large_component_of_copies_alone_is_one_average_group(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    copies = np.repeat(rotated(30), 90, axis=0)
    monkeypatch.setattr(average, "MATRIX_ROWS", 3)

    found = Threshold(0.1, "average").fit(copies, nearest(copies, 15))

    assert found.labels.tolist() == [0] * 90


def test_a_chain_is_one_connected_group_but_not_one_average_group() -> None:
    chain = rotated(0, 20, 40, 60, 80)
    neighbours = nearest(chain, 2)

    connected = Threshold(0.07, "connected").fit(chain, neighbours)
    average = Threshold(0.07, "average").fit(chain, neighbours)

    assert connected.labels.tolist() == [0, 0, 0, 0, 0]
    assert average.labels.tolist() == [0, 0, 1, 1, -1]


def test_the_distance_itself_still_joins() -> None:
    pair = rotated(0, 60)

    assert Threshold(0.5).fit(pair, nearest(pair, 2)).labels.tolist() == [0, 0]
    assert Threshold(0.499).fit(pair, nearest(pair, 2)).labels.tolist() == [-1, -1]


def test_smaller_groups_than_min_size_are_outliers() -> None:
    vectors = rotated(0, 1, 2, 90, 91)

    found = Threshold(0.1, min_size=3).fit(vectors, nearest(vectors, 2))

    assert found.labels.tolist() == [0, 0, 0, -1, -1]


def test_probability_is_a_half_at_a_mean_distance_of_the_cut() -> None:
    vectors = rotated(0, 0, 60)

    found = Threshold(0.5).fit(vectors, nearest(vectors, 2))

    np.testing.assert_allclose(found.probabilities, [5 / 6, 5 / 6, 2 / 3], atol=1e-6)


@pytest.mark.parametrize(
    "options", [{"distance": 0.0}, {"distance": 2.1}, {"linkage": "ward"}, {"min_size": 0}]
)
def test_senseless_options_are_refused(options: dict[str, object]) -> None:
    with pytest.raises(InputError):
        Threshold(**options)  # type: ignore[arg-type]  # that is the point
