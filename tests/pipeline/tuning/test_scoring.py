"""Scores of clusterings compared with their plain definitions."""

import numpy as np
import pytest
from sklearn.metrics import silhouette_score
from sklearn.metrics.pairwise import cosine_distances

from clustering.pipeline.tuning import scoring
from clustering.pipeline.tuning.scoring import agreement, silhouettes, with_outliers_alone
from tests.pipeline.planted import groups, rotated

SIZES = [7, 5, 4, 3]


def test_silhouettes_of_many_partitions_are_scikit_learns() -> None:
    vectors, truth = groups(SIZES)
    merged = np.where(truth == 3, 2, truth)
    noisy = np.where(np.arange(len(truth)) % 5 == 0, -1, truth)
    matrix = cosine_distances(vectors.astype(np.float64))
    blocks = [(np.arange(0, 8), matrix[:, :8]), (np.arange(8, 19), matrix[:, 8:])]

    found = silhouettes(blocks, [truth, merged, noisy])

    for score, labels in zip(found, [truth, merged, noisy], strict=True):
        rows = labels >= 0
        expected = silhouette_score(matrix[np.ix_(rows, rows)], labels[rows], metric="precomputed")
        assert score == pytest.approx(expected, abs=1e-12)


def test_many_clusters_are_summed_in_one_go_with_the_same_result(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    vectors, truth = groups(SIZES)
    blocks = [(np.arange(19), cosine_distances(vectors.astype(np.float64)))]
    expected = silhouettes(blocks, [truth])

    monkeypatch.setattr(scoring, "MANY_CLUSTERS", 1)

    assert silhouettes(blocks, [truth]) == pytest.approx(expected, abs=1e-12)


def test_a_partition_of_one_cluster_or_none_has_no_silhouette() -> None:
    matrix = np.zeros((3, 3))
    everyone = np.arange(3)

    found = silhouettes([(everyone, matrix)], [np.zeros(3, np.int64), np.full(3, -1)])

    assert found == [None, None]


def test_outliers_lower_the_silhouette() -> None:
    vectors = rotated(0, 1, 90, 91, 180, 181).astype(np.float64)
    together = np.array([0, 0, 1, 1, 2, 2])
    shy = np.array([0, 0, 1, 1, -1, -1])
    blocks = [(np.arange(6), cosine_distances(vectors))]

    bold_score, shy_score = silhouettes(blocks, with_outliers_alone([together, shy]))

    assert bold_score is not None
    assert shy_score == pytest.approx(bold_score * 4 / 6, abs=1e-3)


def test_agreement_uses_only_reviewed_rows() -> None:
    decided = np.array([0, 0, 1, -1, -1])

    assert agreement(np.array([5, 5, -1, 5, 5]), decided) == 1.0
    assert agreement(np.array([5, 5, 5, -1, 7]), decided) == pytest.approx(
        2 * (5 / 9) / (1 + 5 / 9)
    )


def test_outliers_agree_only_with_singletons() -> None:
    apart, together = np.array([0, 1]), np.array([0, 0])
    outliers = np.array([-1, -1])

    assert agreement(outliers, apart) == 1.0
    assert agreement(outliers, together) < 1.0
