"""Exemplars of clusters."""

import numpy as np

from clustering.pipeline.placement import exemplars
from tests.pipeline.placement.test_place import images


def test_all_members_of_small_clusters_and_outliers_are_kept() -> None:
    vectors = images(*range(0, 60, 10)).vectors

    kept = exemplars.select(vectors, np.array([0, 1, 0, -1, 1, -1]), cap=2)

    assert kept.tolist() == [0, 1, 2, 3, 4, 5]


def test_a_large_cluster_keeps_its_medoid_and_rare_looks() -> None:
    vectors = images(*np.linspace(0, 5, 50), 90, 180).vectors

    kept = exemplars.select(vectors, np.zeros(52, dtype=np.int64), cap=3)

    assert {50, 51} < set(kept.tolist())
    assert len(kept) == 3


def test_a_sample_has_no_row_twice() -> None:
    vectors = images(*([10] * 6), 50).vectors

    picked = exemplars.farthest_point_sample(vectors, 7)

    assert sorted(picked.tolist()) == list(range(7))
    assert picked[1] == 6


def test_no_vectors_have_no_exemplars() -> None:
    empty = exemplars.select(np.zeros((0, 2), np.float32), np.zeros(0, np.int64))

    assert empty.shape == (0,)
