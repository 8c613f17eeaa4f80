"""Agglomerative clustering against scikit-learn and SciPy."""

import numpy as np
import pytest
from scipy.cluster import hierarchy
from sklearn.cluster import AgglomerativeClustering
from sklearn.metrics import adjusted_rand_score

from clustering.pipeline.clusterers import agglomerative, average
from clustering.pipeline.clusterers.agglomerative import LINKAGES, Agglomerative, Linkage
from clustering.pipeline.errors import InputError
from clustering.pipeline.neighbours import nearest
from tests.pipeline.planted import groups, rotated, unit


@pytest.mark.parametrize("linkage", LINKAGES)
def test_the_cut_at_a_distance_equals_scikit_learn(linkage: Linkage) -> None:
    vectors = unit(np.random.default_rng(5).normal(size=(120, 3)))

    found = Agglomerative(linkage, 0.03, min_size=1).fit(vectors, nearest(vectors, 2))

    is_ward = linkage == "ward"
    reference = AgglomerativeClustering(
        None,
        metric="euclidean" if is_ward else "cosine",
        linkage=linkage,
        distance_threshold=float(np.sqrt(2 * 0.03)) if is_ward else 0.03,
    ).fit_predict(vectors)
    assert adjusted_rand_score(reference, found) == 1.0
    assert 5 < found.max() < 115


@pytest.mark.parametrize("linkage", ["single", "average"])
def test_the_cut_at_a_distance_equals_the_full_tree(linkage: Linkage) -> None:
    vectors = unit(np.random.default_rng(5).normal(size=(120, 3)))

    found = Agglomerative(linkage, 0.03, min_size=1).fit(vectors, nearest(vectors, 2))

    tree = hierarchy.linkage(vectors.astype(np.float64), linkage, metric="cosine")
    assert adjusted_rand_score(hierarchy.fcluster(tree, 0.03, "distance"), found) == 1.0


@pytest.mark.parametrize("linkage", LINKAGES)
def test_the_cut_at_a_number_of_clusters_equals_scikit_learn(linkage: Linkage) -> None:
    vectors = unit(np.random.default_rng(5).normal(size=(120, 3)))

    found = Agglomerative(linkage, n_clusters=9, min_size=1).fit(vectors, nearest(vectors, 5))

    metric = "euclidean" if linkage == "ward" else "cosine"
    reference = AgglomerativeClustering(9, metric=metric, linkage=linkage).fit_predict(vectors)
    assert adjusted_rand_score(reference, found) == 1.0


@pytest.mark.parametrize("searched_rows", [40_960, 3])
@pytest.mark.parametrize("distance", [0.01, 0.05, 0.2])
def test_average_linkage_of_components_too_large_for_a_matrix_is_the_same(
    monkeypatch: pytest.MonkeyPatch, distance: float, searched_rows: int
) -> None:
    generator = np.random.default_rng(5)
    vectors = unit(generator.normal(size=(400, 4)))
    vectors[300:] = vectors[:100]  # copies
    graph = nearest(vectors, 15)
    exact = Agglomerative("average", distance, min_size=1).fit(vectors, graph)

    monkeypatch.setattr(average, "MATRIX_ROWS", 3)
    monkeypatch.setattr(average, "SEARCHED_ROWS", searched_rows)

    found = Agglomerative("average", distance, min_size=1).fit(vectors, graph)
    assert adjusted_rand_score(exact, found) == 1.0
    assert 2 < found.max() < 290


def test_a_large_component_of_copies_is_one_cluster_under_average_linkage(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    copies = np.repeat(rotated(30), 90, axis=0)
    monkeypatch.setattr(average, "MATRIX_ROWS", 3)

    found = Agglomerative("average", 0.1).fit(copies, nearest(copies, 15))

    assert found.tolist() == [0] * 90


def test_a_chain_is_one_cluster_under_single_linkage_only() -> None:
    chain = rotated(0, 20, 40, 60, 80)
    neighbours = nearest(chain, 2)

    single, mean, complete = (
        Agglomerative(linkage, 0.07).fit(chain, neighbours).tolist()
        for linkage in ("single", "average", "complete")
    )

    assert single == [0, 0, 0, 0, 0]
    assert mean == complete == [0, 0, 1, 1, -1]


@pytest.mark.parametrize("linkage", LINKAGES)
def test_two_rows_at_the_threshold_itself_are_merged(linkage: Linkage) -> None:
    pair = rotated(0, 60)
    graph = nearest(pair, 2)

    assert Agglomerative(linkage, 0.5).fit(pair, graph).tolist() == [0, 0]
    assert Agglomerative(linkage, 0.499).fit(pair, graph).tolist() == [-1, -1]


def test_clusters_smaller_than_min_size_are_outliers() -> None:
    vectors = rotated(0, 1, 2, 90, 91)

    found = Agglomerative("single", 0.1, min_size=3).fit(vectors, nearest(vectors, 2))

    assert found.tolist() == [0, 0, 0, -1, -1]


def test_a_tree_of_too_many_rows_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    vectors, _ = groups([6, 5])
    graph = nearest(vectors, 5)
    monkeypatch.setattr(agglomerative, "TREE_ROWS", 8)

    assert Agglomerative("complete").fit(vectors, graph).tolist() == [0] * 6 + [1] * 5
    with pytest.raises(InputError, match="up to 8 images in one tree, got 11"):
        Agglomerative("ward").fit(vectors, graph)


@pytest.mark.parametrize(
    "options",
    [
        {"linkage": "connected"},
        {"distance_threshold": 0.0},
        {"distance_threshold": 2.1},
        {"n_clusters": -1},
        {"min_size": 0},
    ],
)
def test_invalid_options_are_refused(options: dict[str, object]) -> None:
    with pytest.raises(InputError):
        Agglomerative(**options)  # type: ignore[arg-type]
