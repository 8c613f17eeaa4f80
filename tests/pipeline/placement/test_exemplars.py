"""Which members new images are held against."""

import numpy as np

from clustering.pipeline.placement import exemplars
from tests.pipeline.placement.test_place import images


def test_small_clusters_and_outliers_are_kept_whole() -> None:
    vectors = images(*range(0, 60, 10)).vectors

    kept = exemplars.chosen(vectors, np.array([0, 1, 0, -1, 1, -1]), cap=2)

    assert kept.tolist() == [0, 1, 2, 3, 4, 5]


def test_a_large_cluster_keeps_its_medoid_and_its_rare_renditions() -> None:
    vectors = images(*np.linspace(0, 5, 50), 90, 180).vectors

    kept = exemplars.chosen(vectors, np.zeros(52, dtype=np.int64), cap=3)

    assert {50, 51} < set(kept.tolist())
    assert len(kept) == 3


def test_a_cover_never_holds_a_row_twice() -> None:
    vectors = images(*([10] * 6), 50).vectors

    picked = exemplars.cover(vectors, 7)

    assert sorted(picked.tolist()) == list(range(7))
    assert picked[1] == 6


def test_no_vectors_have_no_exemplars() -> None:
    empty = exemplars.chosen(np.zeros((0, 2), np.float32), np.zeros(0, np.int64))

    assert empty.shape == (0,)
