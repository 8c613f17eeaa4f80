"""Labels from cached trees equal hdbscan's for every setting."""

from dataclasses import asdict

import hdbscan
import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.metrics.pairwise import cosine_distances, euclidean_distances

from clustering.lab.bench.tuning import brute_force
from clustering.lab.sample.brands import BRANDS
from clustering.lab.sample.logos import LOOKS, svg
from clustering.pipeline.embedders.descriptor import Descriptor
from clustering.pipeline.imaging.svg import render
from clustering.pipeline.tuning import LOGO_GRID, USUAL_GRID, Grid
from clustering.pipeline.tuning.scoring import relative_validity
from clustering.pipeline.tuning.trees import Trees, distances

pytestmark = pytest.mark.slow


Floats = NDArray[np.float64]


def planted(n_groups: int = 9, *, dim: int = 64) -> Floats:
    """Groups of uneven size and spread, strangers, and exact copies, as logos have them."""
    generator = np.random.default_rng(3)
    parts = [generator.normal(size=(12, dim))]
    for group in range(n_groups):
        centre = generator.normal(size=dim)
        parts.append(centre + 0.08 * (1 + group % 3) * generator.normal(size=(2 + group, dim)))
        parts.append(np.repeat(parts[-1][:1], group % 4, axis=0))
    rows = np.concatenate(parts)
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True))


def drawn_logos() -> Floats:
    """Descriptors of the sample's brands, each in several renditions."""
    images = [render(svg(brand, look).encode()) for brand in BRANDS[:12] for look in LOOKS[:4]]
    return Descriptor().embed(images).astype(np.float64)


def of(grid: Grid, vectors: Floats) -> dict[str, Trees]:
    return {
        metric: Trees(distances(vectors, metric), most_samples=max(grid.min_samples))
        for metric in grid.metric
    }


@pytest.mark.parametrize("grid", [USUAL_GRID, LOGO_GRID])
def test_all_settings_of_a_grid_have_hdbscans_labels(grid: Grid) -> None:
    vectors = planted()
    trees = of(grid, vectors)

    settings = grid.configurations()
    wrong = [
        one
        for one, answer in zip(settings, brute_force(vectors, settings), strict=True)
        if not np.array_equal(trees[one.metric].labels(one), answer.labels)
    ]

    assert len(settings) == len(set(settings)) == 320
    assert wrong == []


def test_a_sample_of_settings_has_hdbscans_labels_on_logos() -> None:
    vectors = drawn_logos()
    trees = of(USUAL_GRID, vectors)
    sample = USUAL_GRID.configurations()[::16]

    answers = brute_force(vectors, sample)

    assert len({tuple(answer.labels.tolist()) for answer in answers}) > 3
    for one, answer in zip(sample, answers, strict=True):
        assert np.array_equal(trees[one.metric].labels(one), answer.labels), asdict(one)


def test_a_tree_is_computed_once_for_all_its_settings() -> None:
    cached = of(USUAL_GRID, planted())["euclidean"]
    first = cached.tree(3)

    for one in USUAL_GRID.configurations():
        cached.labels(one)

    assert cached.tree(3) is first
    assert cached.tree(4) is not first


def test_distances_are_those_of_scikit_learn_and_zero_between_copies() -> None:
    vectors = planted()

    euclidean, cosine = distances(vectors, "euclidean"), distances(vectors, "cosine")

    np.testing.assert_allclose(euclidean, euclidean_distances(vectors), atol=1e-7)
    np.testing.assert_allclose(cosine, cosine_distances(vectors), atol=1e-12)
    copies = (vectors[:, None] == vectors[None, :]).all(axis=2)
    assert (euclidean[copies] == 0).all()
    assert copies.sum() > len(vectors)


def test_rows_that_nearly_coincide_keep_their_distance() -> None:
    vectors = np.array([[1.0, 0.0], [1.0, 3e-7], [0.0, 1.0]])

    assert distances(vectors, "euclidean")[0, 1] == pytest.approx(3e-7, rel=1e-9)


@pytest.mark.parametrize("min_cluster_size", [2, 5, 30])
def test_relative_validity_is_hdbscans(min_cluster_size: int) -> None:
    vectors = planted()
    one = Grid((min_cluster_size,), (3,), ("euclidean",), (0.0,), ("eom",)).configurations()[0]
    tree = Trees(distances(vectors, "euclidean"), most_samples=3).tree(3)
    model = hdbscan.HDBSCAN(
        min_cluster_size=min_cluster_size,
        min_samples=3,
        metric="precomputed",
        gen_min_span_tree=True,
    ).fit(distances(vectors, "euclidean"))

    assert relative_validity(tree.edges, tree.labels(one)) == pytest.approx(
        float(model.relative_validity_), abs=1e-12
    )
