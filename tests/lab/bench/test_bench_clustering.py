"""Benchmark of clustering: planted logos, and stages that recover them."""

from pathlib import Path

import numpy as np
import pytest

from clustering.lab.bench.clustering import DEFAULT, Job, StageCost, stages_for
from clustering.lab.bench.clustering.child import measure, plant
from clustering.lab.bench.clustering.planted import planted
from clustering.lab.bench.clustering.running import Size, adjusted_rand, cost_of, exactness, growth
from clustering.pipeline.duplicates import COPY_BITS, near_duplicates

pytestmark = pytest.mark.slow


def test_planted_brands_have_very_different_sizes_and_a_third_are_singletons() -> None:
    sizes = np.bincount(planted(4_000).brands)

    assert (sizes == 1).sum() == pytest.approx(0.35 * 4_000, rel=0.02)
    assert sizes.max() == 40
    assert np.median(sizes[sizes > 1]) <= 4


def test_planted_copies_are_near_in_hash_and_vector_and_of_one_brand() -> None:
    logos = planted(2_000)

    first = near_duplicates(logos.vectors, logos.phashes, 0.01)

    rows = np.flatnonzero(first != np.arange(2_000))
    assert len(rows) > 150
    assert (logos.brands[rows] == logos.brands[first[rows]]).all()
    bits = np.bitwise_count(logos.phashes[rows] ^ logos.phashes[first[rows]])
    assert np.median(bits) <= COPY_BITS


def test_the_same_seed_plants_the_same_logos() -> None:
    first, again, other = planted(300), planted(300), planted(300, seed=1)

    assert first.vectors.tobytes() == again.vectors.tobytes()
    assert first.vectors.tobytes() != other.vectors.tobytes()


def test_the_stages_of_a_run_find_the_planted_brands(tmp_path: Path) -> None:
    folder = str(tmp_path)
    plant(Job("plant", folder, 60), 1_500)

    costs = {
        stage: measure(Job(stage, folder, 60))
        for stage in ("copies", "neighbours", "recall", "single linkage", "average linkage")
    }

    assert costs["recall"].figures["recall"] == 1.0
    assert 0.05 < costs["copies"].figures["share"] < 0.3
    labels, truth = (
        np.load(tmp_path / "labels of single linkage.npy"),
        np.load(tmp_path / "brands.npy"),
    )
    assert adjusted_rand(labels, truth) > 0.97
    assert costs["single linkage"].n_rows == 1_500
    assert costs["single linkage"].figures["clusters"] == labels.max() + 1


def test_hdbscan_groups_as_the_exact_one_does(tmp_path: Path) -> None:
    folder = str(tmp_path)
    plant(Job("plant", folder, 60), 800)

    for stage in ("copies", "neighbours", "hdbscan", "exact hdbscan"):
        measure(Job(stage, folder, 60))

    assert exactness(tmp_path) == 1.0


def test_a_stage_is_measured_in_a_process_of_its_own(tmp_path: Path) -> None:
    plant(Job("plant", str(tmp_path), 60), 300)

    cost = cost_of(Job("copies", str(tmp_path), 60), 300)

    assert (cost.stage, cost.n_rows) == ("copies", 300)
    assert 0 < cost.extra_bytes < 500e6
    assert (tmp_path / "index.npy").exists()


def test_growth_is_the_exponent_of_the_time_from_vectors_to_labels() -> None:
    def size(n_rows: int, seconds: float) -> Size:
        parts = {"copies": 0.1, "neighbours": 0.6, DEFAULT: 0.3, "map": 9.0}
        costs = {
            stage: StageCost(stage, n_rows, part * seconds, 0, {}) for stage, part in parts.items()
        }
        return Size(n_rows, costs, {}, None)

    assert growth(size(1_000, 2.0), size(100_000, 2_000.0)) == pytest.approx(1.5)


def test_map_and_matrix_are_skipped_above_their_limits() -> None:
    assert "exact hdbscan" in stages_for(3_400)
    assert "exact hdbscan" not in stages_for(30_000)
    assert "map" in stages_for(100_000)
    assert "map" not in stages_for(300_000)
