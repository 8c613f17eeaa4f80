"""DBCV compared with its reference implementation, and beyond its limits."""

import numpy as np
import pytest
from numpy.typing import NDArray

from clustering.pipeline.evaluation import dbcv
from clustering.pipeline.evaluation.dbcv import dbcv_figure
from tests.pipeline.planted import Floats, groups, unit


def clouds(seed: int) -> tuple[Floats, NDArray[np.int64]]:
    """Six clouds on a sphere, some of which overlap, and a few outliers."""
    generator = np.random.default_rng(seed)
    labels = np.repeat(np.arange(6), [30, 20, 10, 6, 5, 4])
    centres = generator.normal(size=(6, 3))
    vectors = unit(centres[labels] + generator.normal(scale=0.15, size=(len(labels), 3)))
    return vectors, np.where(generator.random(len(labels)) < 0.1, -1, labels)


@pytest.mark.parametrize("seed", range(5))
def test_it_agrees_with_the_reference(seed: int) -> None:
    from hdbscan.validity import validity_index

    vectors, labels = clouds(seed)

    found = dbcv_figure(vectors, labels)

    assert found is not None
    assert found.value == pytest.approx(
        validity_index(vectors.astype(np.float64), labels, metric="euclidean"), abs=2e-3
    )
    assert found.low <= found.value <= found.high
    assert found.n == int((labels >= 0).sum())


def test_hundreds_of_dimensions_do_not_overflow() -> None:
    vectors, labels = groups([8, 6, 5], dim=600)

    found = dbcv_figure(vectors, labels)

    assert found is not None
    assert 0.7 < found.value < 1


def test_a_cluster_of_copies_has_sparseness_zero() -> None:
    vectors = np.eye(3, dtype=np.float32)[[0, 0, 0, 1, 1, 2]]

    found = dbcv_figure(vectors, np.array([0, 0, 0, 1, 1, -1]))

    assert found is not None
    assert found.value == pytest.approx(5 / 6)


def test_one_cluster_has_no_value() -> None:
    vectors, _ = groups([5])

    assert dbcv_figure(vectors, np.zeros(5, dtype=np.int64)) is None


def test_sampled_clusters_give_nearly_the_same_value(monkeypatch: pytest.MonkeyPatch) -> None:
    vectors, labels = groups([5] * 80, dim=8)
    whole = dbcv_figure(vectors, labels)
    monkeypatch.setattr(dbcv, "EVALUATED_ROWS", 100)

    part = dbcv_figure(vectors, labels)

    assert whole is not None
    assert part is not None
    assert (whole.n, part.n) == (400, 100)
    assert part.low <= whole.value <= part.high
    assert part == dbcv_figure(vectors, labels)
