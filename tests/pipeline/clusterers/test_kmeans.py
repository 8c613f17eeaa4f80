"""K-Means with outliers, and the sweep over numbers of clusters."""

import numpy as np
import pytest
from sklearn.cluster import KMeans as Reference
from sklearn.metrics import silhouette_score

from clustering.pipeline.clusterers import kmeans
from clustering.pipeline.clusterers.kmeans import KMeans, SweepPoint, suggested, sweep
from clustering.pipeline.errors import InputError
from clustering.pipeline.neighbours import nearest
from tests.pipeline.planted import groups, rotated


def test_rows_far_from_their_medoid_are_outliers_unless_all_are_kept() -> None:
    vectors = rotated(0, 1, 2, 50, 180, 181, 182)
    graph = nearest(vectors, 5)

    strict = KMeans(2, max_distance=0.3).fit(vectors, graph)
    lenient = KMeans(2, max_distance=2.0).fit(vectors, graph)

    assert strict.tolist() == [0, 0, 0, -1, 1, 1, 1]
    assert lenient.tolist() == [0, 0, 0, 0, 1, 1, 1]


@pytest.mark.parametrize("n_clusters", [0, 200])
def test_more_clusters_than_half_the_rows_are_not_made(n_clusters: int) -> None:
    vectors, truth = groups([4, 4])

    found = KMeans(n_clusters, min_size=1).fit(vectors, nearest(vectors, 5))

    assert found.max() <= 3
    assert len({int(label) for label in found[truth == 0]} & set(found[4:])) == 0


def test_more_rows_than_are_held_at_once_give_the_same_groups(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    vectors, _ = groups([30, 20, 10])
    whole = KMeans(3).fit(vectors, nearest(vectors, 5))

    monkeypatch.setattr(kmeans, "FULL_ROWS", 10)

    np.testing.assert_array_equal(KMeans(3).fit(vectors, nearest(vectors, 5)), whole)


def test_more_clusters_than_there_is_time_for_are_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    vectors, _ = groups([30, 20, 10])
    graph = nearest(vectors, 5)
    monkeypatch.setattr(kmeans, "MOST_DISTANCES", 60 * 29)

    with pytest.raises(
        InputError, match=r"up to 29 clusters of 60 different images, got 30; choose"
    ):
        KMeans().fit(vectors, graph)

    assert KMeans(3).fit(vectors, graph).max() == 2


def test_a_sweep_holds_the_inertia_and_silhouette_of_each_number() -> None:
    vectors, _ = groups([12, 9, 7, 5])

    points = sweep(vectors, [2, 4, 8])

    assert [one.n_clusters for one in points] == [2, 4, 8]
    for one in points:
        model = Reference(one.n_clusters, random_state=42, n_init=1).fit(
            np.unique(vectors, axis=0)
        )
        labels = model.predict(vectors)
        assert one.inertia == pytest.approx(model.inertia_, rel=1e-3)
        assert one.silhouette == pytest.approx(
            silhouette_score(vectors, labels, metric="cosine"), abs=1e-4
        )


def test_the_suggested_number_is_the_planted_one() -> None:
    vectors, _ = groups([12, 9, 7, 5])

    assert suggested(sweep(vectors, [2, 3, 4, 5, 8])) == 4


def test_numbers_above_the_distinct_rows_are_skipped() -> None:
    assert [one.n_clusters for one in sweep(rotated(0, 0, 90, 180), [2, 3, 50])] == [2]


def test_equal_silhouettes_suggest_the_fewest_and_none_suggest_nothing() -> None:
    points = [SweepPoint(9, 1.0, 0.5), SweepPoint(4, 2.0, 0.5), SweepPoint(2, 3.0, None)]

    assert suggested(points) == 4
    assert suggested(points[2:]) is None


@pytest.mark.parametrize(
    "options", [{"n_clusters": -1}, {"max_distance": 0.0}, {"max_distance": 2.1}, {"min_size": 0}]
)
def test_senseless_options_are_refused(options: dict[str, float]) -> None:
    with pytest.raises(InputError):
        KMeans(**options)  # type: ignore[arg-type]  # that is the point


def test_a_sweep_of_many_dimensions_clusters_by_main_axes_and_scores_by_all() -> None:
    vectors, truth = groups([45, 40, 35, 30], dim=300)

    (point,) = sweep(vectors, [4])

    assert point.silhouette == pytest.approx(
        silhouette_score(vectors, truth, metric="cosine"), abs=1e-6
    )
