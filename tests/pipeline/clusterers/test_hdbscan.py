"""HDBSCAN with copies folded and long links cut."""

import hdbscan
import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from clustering.pipeline.clusterers import hdbscan as ours
from clustering.pipeline.clusterers.hdbscan import Hdbscan
from clustering.pipeline.errors import InputError
from clustering.pipeline.neighbours import nearest
from tests.pipeline.planted import groups, rotated, unit


def test_without_copies_or_long_links_it_is_the_reference() -> None:
    generator = np.random.default_rng(5)
    vectors = unit(generator.normal(size=(90, 8)))

    found = Hdbscan(3, 2, cluster_selection_epsilon=0.0, max_distance=2.0).fit(
        vectors, nearest(vectors, 2)
    )

    exact = hdbscan.HDBSCAN(min_cluster_size=3, min_samples=2, algorithm="generic")
    reference = exact.fit_predict(vectors.astype(np.float64))
    assert adjusted_rand_score(reference, found.labels) == 1.0
    assert found.labels.max() >= 2


def test_no_group_hangs_together_by_a_link_above_the_maximum() -> None:
    vectors = rotated(0, 10, 20, 60, 70, 80, 180, 190, 200)
    neighbours = nearest(vectors, 2)
    wide = Hdbscan(cluster_selection_epsilon=0.9, max_distance=0.3)

    near = Hdbscan(cluster_selection_epsilon=0.9, max_distance=0.2)

    assert wide.fit(vectors, neighbours).labels.tolist() == [0, 0, 0, 0, 0, 0, 1, 1, 1]
    assert near.fit(vectors, neighbours).labels.tolist() == [0, 0, 0, 1, 1, 1, 2, 2, 2]


def test_more_rows_than_a_matrix_may_have_give_the_same_groups(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    vectors, _ = groups([9, 8, 7])
    matrix = Hdbscan().fit(vectors, nearest(vectors, 2))

    monkeypatch.setattr(ours, "MATRIX_ROWS", 10)

    np.testing.assert_array_equal(
        Hdbscan().fit(vectors, nearest(vectors, 2)).labels, matrix.labels
    )


@pytest.mark.parametrize(
    "options",
    [
        {"min_cluster_size": 1},
        {"min_samples": 0},
        {"cluster_selection_method": "best"},
        {"cluster_selection_epsilon": -0.1},
        {"max_distance": 0.0},
    ],
)
def test_senseless_options_are_refused(options: dict[str, object]) -> None:
    with pytest.raises(InputError):
        Hdbscan(**options)  # type: ignore[arg-type]  # that is the point
