"""Contract of every registered clusterer."""

import numpy as np
import pytest
from numpy.typing import NDArray

from clustering.pipeline.clusterers import CLUSTERERS
from clustering.pipeline.neighbours import nearest
from tests.pipeline.planted import Floats, groups, rotated

SIZES = [5, 12, 3, 1, 1, 8]


@pytest.fixture(params=sorted(CLUSTERERS))
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def fit(
    name: str,
    vectors: Floats,
    weights: NDArray[np.int64] | None = None,
    *,
    n_groups: int = len(SIZES),
) -> NDArray[np.int64]:
    """Fit with defaults; K-Means is told how many groups there are."""
    options = {"n_clusters": n_groups} if name == "kmeans" else {}
    return CLUSTERERS.create(name, **options).fit(vectors, nearest(vectors, 5), weights)


def test_planted_groups_are_found_and_numbered_by_size(name: str) -> None:
    vectors, truth = groups(SIZES)

    found = fit(name, vectors)

    expected = np.array([2, 0, 3, -1, -1, 1])[truth]
    np.testing.assert_array_equal(found, expected)
    assert str(found.dtype) == "int64"


def test_the_order_of_rows_does_not_matter(name: str) -> None:
    vectors, truth = groups([9, 7, 5, 4, 1])
    order = np.random.default_rng(1).permutation(len(truth))

    found = fit(name, vectors, n_groups=5)
    shuffled = fit(name, vectors[order], n_groups=5)

    np.testing.assert_array_equal(shuffled, found[order])


def test_rotating_the_space_does_not_matter(name: str) -> None:
    vectors, _ = groups(SIZES)
    generator = np.random.default_rng(2)
    rotation, _ = np.linalg.qr(generator.normal(size=(64, 64)))

    turned = fit(name, (vectors @ rotation).astype(np.float32))

    np.testing.assert_array_equal(turned, fit(name, vectors))


def test_the_same_input_gives_the_same_bytes(name: str) -> None:
    vectors, _ = groups(SIZES)

    first, second = fit(name, vectors), fit(name, vectors)

    assert first.tobytes() == second.tobytes()


def test_one_image_that_two_domains_show_is_a_group(name: str) -> None:
    vectors, _ = groups([4, 1, 1])

    found = fit(name, vectors, np.array([1, 1, 1, 1, 7, 1]), n_groups=3)

    assert found.tolist() == [1, 1, 1, 1, 0, -1]


def test_exact_copies_form_one_group(name: str) -> None:
    vectors, truth = groups([6, 1])
    copies = np.vstack([np.repeat(vectors[truth == 1], 5, axis=0), vectors])

    found = fit(name, copies, n_groups=2)

    assert found.tolist() == [0] * 5 + [1] * 6 + [0]


def test_unrelated_rows_are_outliers(name: str) -> None:
    vectors, _ = groups([1] * 12)

    assert fit(name, vectors).tolist() == [-1] * 12


def test_a_single_image_is_an_outlier_unless_two_domains_show_it(name: str) -> None:
    assert fit(name, rotated(0)).tolist() == [-1]
    assert fit(name, rotated(0), np.array([2])).tolist() == [0]


def test_groups_of_equal_size_are_numbered_by_their_first_row(name: str) -> None:
    vectors, _ = groups([3, 3])

    found = fit(name, vectors[[4, 0, 1, 3, 2, 5]], n_groups=2)

    assert found.tolist() == [0, 1, 1, 0, 1, 0]
