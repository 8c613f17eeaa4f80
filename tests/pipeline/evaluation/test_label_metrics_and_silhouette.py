"""Agreement metrics compared with their definitions and published values."""

import tracemalloc

import numpy as np
import pytest
from numpy.typing import NDArray

from clustering.pipeline.evaluation import (
    LabelTruth,
    b_cubed,
    evaluate,
    outliers_as_singletons,
    silhouette,
    silhouettes,
    with_intervals,
)
from clustering.pipeline.evaluation.label_metrics import adjusted_rand
from tests.pipeline.planted import groups


def b_cubed_by_definition(first: NDArray[np.int64], second: NDArray[np.int64]) -> float:
    shares = [np.mean(second[first == first[row]] == second[row]) for row in range(len(first))]
    return float(np.mean(shares))


def test_b_cubed_agrees_with_its_definition() -> None:
    generator = np.random.default_rng(3)
    clusters, classes = generator.integers(0, 5, 60), generator.integers(0, 4, 60)

    assert b_cubed(clusters, classes) == pytest.approx(b_cubed_by_definition(clusters, classes))
    assert b_cubed(classes, clusters) == pytest.approx(b_cubed_by_definition(classes, clusters))


def test_b_cubed_gives_the_value_of_the_textbook_example() -> None:
    # Manning, Raghavan & Schuetze, Introduction to Information Retrieval, figure 16.4:
    # x x x x x o | x o o o o d | x x d d d, by hand 26/6 + 18/6 + 13/5 over 17.
    clusters = np.repeat([0, 1, 2], [6, 6, 5])
    classes = np.array([0, 0, 0, 0, 0, 1, 0, 1, 1, 1, 1, 2, 0, 0, 2, 2, 2])

    assert b_cubed(clusters, classes) == pytest.approx((26 / 6 + 18 / 6 + 13 / 5) / 17)


def test_the_adjusted_rand_index_agrees_with_the_reference() -> None:
    from sklearn.metrics import adjusted_rand_score

    generator = np.random.default_rng(9)
    for n_groups in (1, 3, 40):
        first, second = generator.integers(0, n_groups, 40), generator.integers(0, 4, 40)
        assert adjusted_rand(first, second) == pytest.approx(adjusted_rand_score(first, second))
    assert adjusted_rand(np.arange(5), np.arange(5)) == 1.0


def test_each_outlier_is_a_cluster_of_one() -> None:
    assert outliers_as_singletons(np.array([-1, 0, -1, 1])).tolist() == [2, 0, 3, 1]


def test_joining_two_looks_of_a_brand_is_no_error() -> None:
    truth = {
        "a.de": LabelTruth("nova", "main", "gold"),
        "b.de": LabelTruth("nova", "old", "gold"),
        "c.de": LabelTruth("kite", "main", "gold"),
    }

    found = evaluate({"a.de": 0, "b.de": 0, "c.de": -1}, truth)

    assert (found.b3_precision, found.b3_recall, found.b3_f1) == (1.0, 1.0, 1.0)
    assert found.outlier_share == pytest.approx(1 / 3)


def test_bad_logos_are_ignored_and_missing_ones_are_outliers() -> None:
    truth = {
        "a.de": LabelTruth("nova", "main", "gold"),
        "b.de": LabelTruth("nova", "main", "gold"),
        "x.de": LabelTruth("none", "main", "bad"),
    }

    found = evaluate({"a.de": 0, "x.de": 0}, truth)

    assert found.n == 2
    assert found.b3_precision == 1.0
    assert found.b3_recall == 0.5
    assert found.b3_f1 == pytest.approx(2 / 3)
    assert found.outlier_share == 0.5


def test_a_singleton_in_a_cluster_is_counted() -> None:
    truth = {
        "a.de": LabelTruth("nova", "main", "gold"),
        "s.de": LabelTruth("solo", "main", "singleton"),
        "t.de": LabelTruth("tern", "main", "singleton"),
    }

    found = evaluate({"a.de": 0, "s.de": 0, "t.de": -1}, truth)

    assert found.singletons_clustered == 0.5
    assert found.b3_precision == pytest.approx((0.5 + 0.5 + 1) / 3)
    assert (found.pairwise_precision, found.pairwise_recall, found.pairwise_f1) == (0.0, 1.0, 0.0)


def test_a_perfect_clustering_scores_one() -> None:
    truth = {f"{row}.de": LabelTruth(f"brand{row // 3}", "main", "gold") for row in range(9)}

    found = evaluate({f"{row}.de": row // 3 for row in range(9)}, truth)

    assert (found.pairwise_f1, found.ari, found.n) == (1.0, 1.0, 9)
    assert found.ami == pytest.approx(1.0)


def test_each_figure_has_n_and_an_interval() -> None:
    truth = {f"{row}.de": LabelTruth(f"brand{row // 3}", "main", "gold") for row in range(60)}
    truth |= {f"s{row}.de": LabelTruth(f"solo{row}", "main", "singleton") for row in range(40)}
    labels = {name: row // 4 for row, name in enumerate(truth)}

    found = with_intervals(labels, truth)

    whole = evaluate(labels, truth).as_json()
    assert {name: figure.value for name, figure in found.items()} == {
        name: value for name, value in whole.items() if name != "n"
    }
    assert all(one.low <= one.value <= one.high for one in found.values())
    assert 0 < found["b3_f1"].low < found["b3_f1"].high < 1
    assert (found["b3_f1"].n, found["singletons_clustered"].n) == (100, 40)


def test_empty_labels_are_no_error() -> None:
    assert evaluate({}, {}).n == 0


def test_silhouette_agrees_with_the_reference() -> None:
    from sklearn.metrics import silhouette_score

    vectors, truth = groups([6, 5, 4, 1])
    labels = np.append(truth, -1)
    with_outlier = np.vstack([vectors, vectors[:1]])

    expected = silhouette_score(vectors.astype(np.float64), truth, metric="cosine")

    assert silhouette(with_outlier, labels) == pytest.approx(float(expected), abs=1e-6)


def test_silhouette_needs_two_clusters() -> None:
    vectors, _ = groups([4])

    assert silhouette(vectors, np.array([0, 0, 0, -1])) is None


def test_a_sampled_silhouette_is_close_and_seeded(monkeypatch: pytest.MonkeyPatch) -> None:
    vectors, truth = groups([60, 50, 40])
    whole = silhouette(vectors, truth)
    monkeypatch.setattr(silhouettes, "SILHOUETTE_ROWS", 50)

    assert silhouette(vectors, truth) == pytest.approx(whole, abs=0.01)
    assert silhouette(vectors, truth) == silhouette(vectors, truth)


def test_silhouettes_among_many_clusters_take_little_memory() -> None:
    generator = np.random.default_rng(5)
    vectors = generator.standard_normal((10_000, 4)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    labels = np.repeat(np.arange(5_000), 2)

    tracemalloc.start()
    found = silhouette(vectors, labels)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert found is not None
    assert found < 0
    assert peak < 120 << 20  # of 5,000 rows to 5,000 means at once: 400 MB
