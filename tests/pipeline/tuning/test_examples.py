"""Examples of clusters at each distance."""

import numpy as np

from clustering.pipeline.tuning.examples import previews
from tests.pipeline.planted import groups, rotated


def test_merged_clusters_are_shown_by_part() -> None:
    vectors = rotated(0, 1, 2, 20, 21, 90)
    apart = np.array([0, 0, 0, 1, 1, -1])
    together = np.array([0, 0, 0, 0, 0, -1])

    first, second = previews(vectors, np.ones(6, np.int64), [apart, together])

    assert [example.rows for example in first.joined] == [(0, 1, 2), (3, 4)]
    assert [example.rows for example in second.joined] == [(0, 3)]
    assert second.joined[0].size == 5


def test_a_lone_logo_that_is_taken_in_is_shown() -> None:
    vectors = rotated(0, 1, 30)
    weights = np.array([1, 1, 7])

    _, second = previews(vectors, weights, [np.array([0, 0, -1]), np.array([0, 0, 0])])

    assert second.joined[0].rows == (2, 0)
    assert second.joined[0].size == 9


def test_a_distance_that_changes_nothing_joins_nothing() -> None:
    vectors, truth = groups([3, 2])

    _, second = previews(vectors, np.ones(5, np.int64), [truth, truth])

    assert second.joined == ()
    assert [example.size for example in second.largest] == [3, 2]


def test_the_largest_clusters_are_shown_from_their_middle_to_their_edge() -> None:
    vectors = rotated(0, 1, 2, 3, 4, 5, 6, 7, 8, 40)

    (only,) = previews(vectors, np.ones(10, np.int64), [np.zeros(10, np.int64)])

    rows = only.largest[0].rows
    assert len(rows) == 6
    assert rows[-1] == 9
    assert 3 < rows[0] < 9
