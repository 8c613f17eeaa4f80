"""Metrics on held-out brands."""

import numpy as np
import pytest

from clustering.lab.training import Picture, splits, validation
from clustering.lab.training.validation import Recall
from clustering.pipeline.evaluation import LabelTruth


def shown(brand: str, source: str) -> Picture:
    return Picture(brand, brand, brand, source, brand)


def at(*degrees: float) -> np.ndarray:
    angles = np.radians(degrees)
    return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)


def test_recall_takes_neighbours_from_other_sets_only() -> None:
    pictures = [
        shown(":a", "one"),
        shown(":b", "one"),
        shown(":a", "two"),
        shown("coin:b", "two"),
        shown("coin:b", "three"),
    ]

    found = validation.recall_at_1(at(0, 2, 10, 40, 80), pictures)

    # The first :a has :b of its own set nearer, the second is nearest to :b of another set.
    assert found["brand"] == Recall(0.5, 2)
    assert found["coin"] == Recall(0.5, 2)
    assert found["all"] == Recall(0.5, 4)


def test_equal_images_are_clustered_once() -> None:
    truth = {name: LabelTruth("acme", "main", "gold") for name in ("a.de", "a.fr", "a.it")}
    truth["b.com"] = LabelTruth("", "", "singleton")
    held = validation.score_clustering(
        at(0, 0, 10, 90), ["a.de", "a.fr", "a.it", "b.com"], [b"x", b"x", b"y", b"z"], truth
    )

    assert held.names == (("a.de", "a.fr"), ("a.it",), ("b.com",))
    assert held.labels(0.1, "single") == {"a.de": 0, "a.fr": 0, "a.it": 0, "b.com": -1}
    assert held.agreement(0.1, "single").b3_f1 == 1.0
    assert held.agreement(0.005, "single").b3_recall == pytest.approx((2 / 3 * 2 + 1 / 3 + 1) / 4)


def test_the_best_threshold_is_the_middle_of_its_plateau() -> None:
    truth = {name: LabelTruth("acme", "main", "gold") for name in ("a.de", "a.fr")}
    held = validation.score_clustering(at(0, 26), ["a.de", "a.fr"], [b"x", b"y"], truth)
    sweep = held.sweep("single", (0.05, 0.1, 0.2, 0.3, 0.4))

    assert validation.best_threshold([sweep, sweep]) == 0.3


def test_brands_are_held_out_by_seed_and_by_name() -> None:
    brands = [f"brand{number}" for number in range(200)]

    first, again, other = (splits.held_out_brands(brands, 30, seed) for seed in (1, 1, 2))

    assert first == again != other
    assert len(first) == 60
    assert 10 < sum(splits.is_held_out(brand, 12) for brand in brands) < 40
    assert splits.is_held_out(":acme", 100)
    assert not splits.is_held_out(":acme", 0)
