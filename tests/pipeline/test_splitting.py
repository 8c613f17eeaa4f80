"""The suggested split of a cluster."""

import numpy as np
import pytest

from clustering.pipeline.splitting import N_CANDIDATES, two_medoids
from tests.pipeline.planted import groups


@pytest.mark.parametrize("n_large", [5, 3 * N_CANDIDATES])
def test_the_smaller_of_two_planted_groups_is_odd(n_large: int) -> None:
    vectors, labels = groups([n_large, 3])
    order = np.random.default_rng(1).permutation(len(vectors))

    found = two_medoids(vectors[order], np.ones(len(vectors), dtype=np.int64))

    assert np.array_equal(found.is_odd, labels[order] == 1)
    assert found.is_odd[found.medoids[0]]
    assert not found.is_odd[found.medoids[1]]
    assert found.cosine < 0.5


def test_a_picture_of_many_domains_weighs_as_many() -> None:
    vectors, labels = groups([4, 1])

    found = two_medoids(vectors, np.array([1, 1, 1, 1, 9]))

    assert np.array_equal(found.is_odd, labels == 0)


def test_one_row_is_not_split() -> None:
    with pytest.raises(ValueError, match="two rows"):
        two_medoids(np.ones((1, 1), np.float32), np.ones(1, np.int64))
