"""Hold-out splits, calibration and intervals of the placement evaluation."""

import numpy as np
import pytest

from clustering.lab.evaluation import placement_holdout
from clustering.lab.evaluation.placement_holdout import Labelled
from clustering.pipeline.placement import Images
from clustering.pipeline.placement.calibration import PlacementThreshold

DIMENSIONS = 32


def planted(seed: int = 0) -> Labelled:
    """Return 30 brands of six images each around a direction of their own, and 30 singletons."""
    rng = np.random.default_rng(seed)
    brands = np.r_[np.repeat(np.arange(30), 6), np.arange(30, 60)]
    centres = rng.normal(size=(60, DIMENSIONS))
    rows = centres[brands] + 0.4 * rng.normal(size=(len(brands), DIMENSIONS))
    vectors = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    images = Images(
        tuple(f"{row}" for row in range(len(brands))),
        rng.integers(2**63, size=len(brands)).astype(np.uint64),
        vectors,
    )
    return Labelled(images, brands, looks=brands, is_single=brands >= 30)


def test_a_third_of_the_brands_and_of_the_others_images_is_held_out() -> None:
    labelled = planted()

    split = placement_holdout.split(labelled, seed=1)

    assert len(np.unique(labelled.brands[split.unseen])) == 20
    assert np.bincount(labelled.brands[split.seen])[:30].tolist().count(2) == 20
    parts = np.concatenate([split.reference, split.seen, split.unseen])
    assert sorted(parts.tolist()) == list(range(len(labelled.brands)))
    assert not set(labelled.brands[split.unseen]) & set(labelled.brands[split.reference])


def test_hold_out_is_reproducible_by_seed() -> None:
    first, again, other = (placement_holdout.split(planted(), seed) for seed in (3, 3, 4))

    assert first.unseen.tolist() == again.unseen.tolist()
    assert first.unseen.tolist() != other.unseen.tolist()


def test_the_threshold_separates_other_brands_from_the_same_brand() -> None:
    labelled = planted()
    split = placement_holdout.split(labelled, seed=1)
    reference = labelled.rows(split.reference)

    cut = placement_holdout.calibrate(reference)

    held = labelled.rows(np.concatenate([split.seen, split.unseen]))
    found = placement_holdout.outcome(
        reference, placement_holdout.as_labelled(reference), held, cut
    )
    assert placement_holdout.share(found, ~found.is_unseen).value > 0.95
    assert placement_holdout.share(found, found.is_unseen).value > 0.9
    assert 0.5 < cut.score < 0.95
    assert cut.slope > 0


def test_equal_images_teach_nothing_about_the_cut() -> None:
    labelled = planted()
    doubled = labelled.rows(np.repeat(np.arange(len(labelled.brands)), 2))

    assert placement_holdout.calibrate(doubled) == placement_holdout.calibrate(labelled)


def test_a_cluster_counts_as_its_majority_brand() -> None:
    labelled = planted()
    reference = labelled.rows(np.arange(0, 12))
    one_cluster_with_a_guest = np.array([5] * 6 + [5] + [8] * 5)
    held = labelled.rows(np.array([0, 6, 20]))

    found = placement_holdout.outcome(
        reference, one_cluster_with_a_guest, held, PlacementThreshold(0.5, 20.0)
    )

    assert found.is_unseen.tolist() == [False, False, True]
    assert found.is_right.tolist() == [True, False, True]
    assert found.is_new.tolist() == [False, False, True]


def test_an_interval_counts_brands_not_images() -> None:
    outcome = placement_holdout.HoldoutResult(
        brands=np.repeat(np.arange(10), 100),
        is_unseen=np.zeros(1000, dtype=bool),
        is_right=np.repeat(np.arange(10) < 9, 100),
        is_new=np.ones(1000, dtype=bool),
        is_known_look=np.ones(1000, dtype=bool),
    )

    found = placement_holdout.share(outcome, outcome.is_new)

    assert found.value == pytest.approx(0.9)
    assert found.low == pytest.approx(0.7)
    assert found.high == 1.0
    assert found.n == 1000


def test_a_share_of_nothing_says_so() -> None:
    outcome = placement_holdout.HoldoutResult(
        *(np.zeros(0, dtype=kind) for kind in (int, bool, bool, bool, bool))
    )

    assert placement_holdout.share(outcome, outcome.is_new).n == 0
