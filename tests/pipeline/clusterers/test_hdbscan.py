"""HDBSCAN with duplicates and a maximum distance."""

import hdbscan
import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from clustering.pipeline.clusterers import hdbscan as ours
from clustering.pipeline.clusterers.hdbscan import Hdbscan
from clustering.pipeline.errors import InputError
from clustering.pipeline.neighbours import nearest
from tests.pipeline.planted import Floats, rotated, unit


def brands(n_brands: int, n_rows: int) -> Floats:
    """Brands of different tightness, some of two looks."""
    generator = np.random.default_rng(5)
    looks = np.repeat(unit(generator.normal(size=(n_brands, 48))), 2, axis=0)
    middles = np.repeat(unit(looks + generator.normal(scale=0.05, size=looks.shape)), n_rows, 0)
    spread = np.repeat(generator.uniform(0.01, 0.1, 2 * n_brands), n_rows)[:, None]
    return unit(middles + spread * generator.normal(size=middles.shape))


def test_without_copies_or_long_links_it_is_the_reference() -> None:
    generator = np.random.default_rng(5)
    vectors = unit(generator.normal(size=(90, 8)))

    found = Hdbscan(3, 2, cluster_selection_epsilon=0.0, max_distance=2.0).fit(
        vectors, nearest(vectors, 2)
    )

    exact = hdbscan.HDBSCAN(min_cluster_size=3, min_samples=2, algorithm="generic")
    reference = exact.fit_predict(vectors.astype(np.float64))
    assert adjusted_rand_score(reference, found) == 1.0
    assert found.max() >= 2


def test_it_is_the_reference_on_distances_capped_where_its_hierarchy_begins() -> None:
    vectors = brands(40, 5)
    # With min_samples 1 no two reachability distances tie; ties go one way here, another there.
    options = Hdbscan(2, 1, cluster_selection_epsilon=0.3, max_distance=0.25)

    found = options.fit(vectors, nearest(vectors, 6))

    apart = np.clip(1.0 - (vectors @ vectors.T).astype(np.float64), 0.01, 0.25)
    np.fill_diagonal(apart, 0.0)
    exact = hdbscan.HDBSCAN(
        metric="precomputed",
        min_cluster_size=2,
        min_samples=1,
        cluster_selection_epsilon=0.3,
    )
    reference = exact.fit_predict(np.sqrt(2.0 * apart))
    clustered = found >= 0
    assert adjusted_rand_score(reference[clustered], found[clustered]) == 1.0
    assert 40 < found.max() + 1 < 100
    assert 0 < (~clustered).sum() < 60


def test_no_group_hangs_together_by_a_link_above_the_maximum() -> None:
    vectors = rotated(0, 10, 20, 60, 70, 80, 180, 190, 200)
    neighbours = nearest(vectors, 2)
    wide = Hdbscan(cluster_selection_epsilon=0.7, max_distance=0.3)

    near = Hdbscan(cluster_selection_epsilon=0.7, max_distance=0.2)

    assert wide.fit(vectors, neighbours).tolist() == [0, 0, 0, 0, 0, 0, 1, 1, 1]
    assert near.fit(vectors, neighbours).tolist() == [0, 0, 0, 1, 1, 1, 2, 2, 2]


def test_dense_parts_of_a_component_are_clusters_of_their_own() -> None:
    vectors = rotated(*np.arange(0, 2, 0.1), *np.arange(30, 32, 0.1))
    graph = nearest(vectors, 15)

    parted = Hdbscan(3, 3, cluster_selection_epsilon=0.1).fit(vectors, graph)
    together = Hdbscan(3, 3, cluster_selection_epsilon=0.6).fit(vectors, graph)

    assert parted.tolist() == [0] * 20 + [1] * 20
    assert together.tolist() == [0] * 40


def test_copies_are_no_denser_than_recompressed_ones() -> None:
    copies = [0.0] * 9
    vectors = rotated(*copies, 6, 7, 8)

    found = Hdbscan(2, 2, cluster_selection_epsilon=0.0).fit(vectors, nearest(vectors, 12))

    assert found.tolist() == [0] * 12


@pytest.mark.parametrize("max_distance", [0.05, 0.12, 2.0])
def test_a_component_known_by_its_links_alone_gets_nearly_the_same_groups(
    monkeypatch: pytest.MonkeyPatch, max_distance: float
) -> None:
    generator = np.random.default_rng(5)
    centres = unit(generator.normal(size=(12, 16)))
    noise = generator.normal(scale=0.06, size=(360, 16))
    vectors = unit(np.repeat(centres, 30, axis=0) + noise)
    graph, options = nearest(vectors, 15), Hdbscan(5, 5, max_distance=max_distance)
    exact = options.fit(vectors, graph)

    monkeypatch.setattr(ours, "MATRIX_ROWS", 10)

    found = options.fit(vectors, graph)
    assert adjusted_rand_score(exact, found) > 0.97
    assert exact.max() >= 5


@pytest.mark.parametrize(
    "options",
    [
        {"min_cluster_size": 1},
        {"min_samples": 0},
        {"cluster_selection_method": "best"},
        {"cluster_selection_epsilon": -0.1},
        {"max_distance": 0.0},
    ],
)
def test_senseless_options_are_refused(options: dict[str, object]) -> None:
    with pytest.raises(InputError):
        Hdbscan(**options)  # type: ignore[arg-type]  # that is the point
