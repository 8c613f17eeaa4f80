"""Medoids, cohesion and outlier scores against their definitions."""

import numpy as np
import pytest

from clustering.pipeline.medoids import (
    cohesion,
    medoid,
    medoids,
    outlier_scores,
)
from tests.pipeline.planted import groups, rotated


def test_the_medoid_has_the_least_summed_distance() -> None:
    vectors, _ = groups([12])

    slow = [sum(1 - float(row @ other) for other in vectors) for row in vectors]

    assert medoid(vectors) == int(np.argmin(slow))


def test_medoid_ties_go_to_the_lowest_row() -> None:
    assert medoid(rotated(0, 90)) == 0


def test_medoid_ties_do_not_hang_on_how_a_product_is_rounded() -> None:
    generator = np.random.default_rng(7)
    for _ in range(50):
        rows = rotated(*generator.uniform(0, 60, size=20))
        best = medoid(rows)
        copies = np.concatenate([rows[[best]], rows, rows[[best]]])

        assert medoid(copies) == 0


def test_there_is_no_medoid_of_nothing() -> None:
    with pytest.raises(ValueError, match="medoid of no vectors"):
        medoid(np.zeros((0, 4), dtype=np.float32))


def test_medoids_are_rows_of_their_own_clusters_by_label() -> None:
    vectors = rotated(50, 0, 10, 20, 60, 70)
    labels = np.array([1, 0, 0, 0, 1, 1])

    assert medoids(vectors, labels).tolist() == [2, 4]


def test_cohesion_is_the_mean_cosine_of_pairs() -> None:
    vectors = rotated(0, 60, 90)

    expected = (np.cos(np.radians(60)) + np.cos(np.radians(90)) + np.cos(np.radians(30))) / 3

    assert cohesion(vectors) == pytest.approx(expected, abs=1e-6)


def test_a_cluster_of_one_image_coheres() -> None:
    assert cohesion(rotated(30)) == 1.0


def test_outlier_scores_are_distances_to_the_own_or_nearest_medoid() -> None:
    vectors = rotated(0, 0, 60, 90, 90, 180)
    labels = np.array([0, 0, -1, 1, 1, -1])

    scores = outlier_scores(vectors, labels)

    np.testing.assert_allclose(scores, [0, 0, 1 - np.cos(np.radians(30)), 0, 0, 1], atol=1e-6)


def test_outlier_scores_do_not_depend_on_blocks() -> None:
    vectors = rotated(*np.linspace(0, 359, 3_000))
    labels = np.full(3_000, -1)
    labels[:200] = np.arange(200) // 2

    scores = outlier_scores(vectors, labels)

    rows = medoids(vectors, labels)
    plain = (1 - vectors @ vectors[rows].T).min(axis=1)[200:]
    np.testing.assert_allclose(scores[200:], np.clip(plain, 0, 1), atol=1e-6)


def test_without_clusters_every_row_is_far_out() -> None:
    assert outlier_scores(rotated(0, 90), np.array([-1, -1])).tolist() == [1.0, 1.0]
