"""DBSCAN against scikit-learn's, and its border rows."""

import numpy as np
import pytest
from sklearn.cluster import DBSCAN
from sklearn.metrics import adjusted_rand_score

from clustering.pipeline.clusterers.agglomerative import Agglomerative
from clustering.pipeline.clusterers.dbscan import Dbscan
from clustering.pipeline.errors import InputError
from clustering.pipeline.neighbours import nearest
from tests.pipeline.planted import groups, rotated, unit


@pytest.mark.parametrize("min_samples", [2, 3, 4])
def test_cores_and_outliers_are_those_of_scikit_learn(min_samples: int) -> None:
    vectors = unit(np.random.default_rng(5).normal(size=(150, 3)))

    found = Dbscan(0.02, min_samples).fit(vectors, nearest(vectors, 15))

    reference = DBSCAN(eps=0.02, min_samples=min_samples, metric="cosine").fit(vectors)
    cores = reference.core_sample_indices_
    assert adjusted_rand_score(reference.labels_[cores], found[cores]) == 1.0
    np.testing.assert_array_equal(found < 0, reference.labels_ < 0)
    assert found.max() > 3


def test_with_min_samples_two_it_equals_single_linkage() -> None:
    vectors, _ = groups([9, 5, 2, 1])
    graph = nearest(vectors, 15)

    found = Dbscan(0.2, 2).fit(vectors, graph)

    np.testing.assert_array_equal(found, Agglomerative("single", 0.2).fit(vectors, graph))


def test_a_border_row_goes_to_its_nearest_core_and_joins_no_groups() -> None:
    # 24 and 24.4 degrees from one core on either side, too few to be a core itself
    vectors = rotated(0, 1, 2, 3, 27, 51.4, 52, 53, 54)

    found = Dbscan(float(1 - np.cos(np.radians(24.5))), 4).fit(vectors, nearest(vectors, 9))

    assert found.tolist() == [0, 0, 0, 0, 0, 1, 1, 1, 1]


def test_the_domains_of_an_image_count_for_its_core() -> None:
    vectors = rotated(0, 80)

    found = Dbscan(0.1, 3).fit(vectors, nearest(vectors, 2), np.array([3, 2]))

    assert found.tolist() == [0, -1]


@pytest.mark.parametrize("options", [{"eps": 0.0}, {"eps": 2.1}, {"min_samples": 0}])
def test_senseless_options_are_refused(options: dict[str, float]) -> None:
    with pytest.raises(InputError):
        Dbscan(**options)  # type: ignore[arg-type]  # that is the point
