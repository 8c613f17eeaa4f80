"""Groups of one question: by look, by words, never too many at once."""

import numpy as np

from clustering.pipeline.pair_score import PairScore
from clustering.pipeline.review_groups import (
    MOST_AT_ONCE,
    cluster_groups,
    expected_gain,
    outlier_groups,
)

SCORE = PairScore(threshold=0.16)


def at(*degrees: float) -> np.ndarray:
    angles = np.radians(degrees)
    return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)


def test_outliers_are_grouped_by_a_word_or_by_look() -> None:
    names = [["kia-one.de"], ["x.de"], ["kia-two.fr"], ["lone.it"], ["z.de"]]

    groups = outlier_groups(at(0, 130, 60, 240, 134), names, SCORE)

    assert groups == [[0, 2], [1, 4], [3]]


def test_clusters_of_one_word_are_one_question_and_others_are_none() -> None:
    names = [["mazda-a.de", "mazda-b.de"], ["toyota.de"], ["mazdaof.fr", "mazda.it"]]

    ((rows, chance),) = cluster_groups(at(0, 90, 50), names, SCORE)

    assert rows == [0, 2]
    assert 0.5 < chance < 1.0
    assert cluster_groups(at(0, 90, 50), names, SCORE, apart={(0, 2)}) == []


def test_an_answer_that_joins_large_parts_or_many_is_worth_more() -> None:
    assert expected_gain([1, 1], 1.0) == 1.0
    assert expected_gain([10, 10], 1.0) > expected_gain([19, 1], 1.0) > expected_gain([1, 1], 1.0)
    assert expected_gain([1] * 5, 1.0) > expected_gain([1, 4], 1.0)
    assert expected_gain([8, 8], 0.5) == 0.5 * expected_gain([8, 8], 1.0)


def test_clusters_that_only_look_alike_are_not_asked_about() -> None:
    assert cluster_groups(at(0, 12), [["nova.de"], ["zebra.de"]], SCORE) == []


def test_a_large_group_is_cut_into_parts_that_fit_a_page() -> None:
    n = MOST_AT_ONCE + 3

    groups = outlier_groups(at(*[0.0] * n), [[f"{chr(97 + row)}.de"] for row in range(n)], SCORE)

    assert [len(group) for group in groups] == [MOST_AT_ONCE, 3]


def test_nothing_has_no_groups() -> None:
    assert outlier_groups(np.empty((0, 0), np.float32), [], SCORE) == []
