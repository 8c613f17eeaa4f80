"""Groups of any clusterer obey rules about pairs, and other rows stay where they were."""

import numpy as np
import pytest

from clustering.pipeline.clusterers import CLUSTERERS, OUTLIER
from clustering.pipeline.constraints import (
    BOUND,
    Constraints,
    constrained,
    contradictions,
    path,
    spanning_tree,
    weakest_link,
)
from clustering.pipeline.neighbours import nearest
from tests.pipeline.planted import Floats, groups, rotated

N_BRANDS, N_EACH = 12, 8


def _obey(labels: list[int], vectors: Floats, rules: Constraints, *weights: int) -> list[int]:
    given = np.array(weights or [1] * len(labels))
    return [int(label) for label in constrained(np.array(labels), vectors, given, rules)]


def test_groups_with_a_pair_of_one_brand_are_joined() -> None:
    found = _obey([0, 0, 1, 1, 2], rotated(0, 1, 90, 91, 45), Constraints(same=[(0, 3)]))

    assert found == [0, 0, 0, 0, 2]


def test_two_outliers_of_one_brand_are_a_cluster() -> None:
    found = _obey([0, 0, -1, -1, -1], rotated(0, 1, 90, 45, 60), Constraints(same=[(2, 4)]))

    assert found[2] == found[4] != OUTLIER
    assert found[3] == OUTLIER
    assert found[:2] == [0, 0]


def test_a_group_is_cut_at_the_weakest_link_between_the_two() -> None:
    vectors = rotated(0, 2, 4, 20, 22, 24)

    found = _obey([0] * 6, vectors, Constraints(different=[(1, 4)]))

    assert found[:3] == [0] * 3
    assert len(set(found[3:])) == 1
    assert found[3] not in {0, OUTLIER}


def test_a_single_domain_that_is_cut_off_is_an_outlier_but_a_shared_image_is_a_cluster() -> None:
    rules = Constraints(different=[(0, 3)])
    vectors = rotated(0, 2, 4, 20)

    assert _obey([0] * 4, vectors, rules) == [0, 0, 0, OUTLIER]
    assert _obey([0] * 4, vectors, rules, 1, 1, 1, 2) == [0, 0, 0, 1]


def test_pairs_of_one_brand_are_never_cut() -> None:
    vectors = rotated(0, 2, 4, 40)
    rules = Constraints(same=[(2, 3)], different=[(0, 3)])

    found = _obey([0] * 4, vectors, rules)

    assert found[2] == found[3] != found[0]


def test_contradicting_rules_stay_together() -> None:
    rules = Constraints(same=[(0, 1), (1, 2)], different=[(0, 2)])

    assert len(set(_obey([0, 0, 0], rotated(0, 1, 2), rules))) == 1


def test_rules_about_outliers_alone_change_nothing() -> None:
    found = _obey([-1, -1, 0, 0], rotated(0, 1, 50, 51), Constraints(different=[(0, 1), (1, 2)]))

    assert found == [-1, -1, 0, 0]


def test_a_contradiction_is_told_with_its_shortest_chain() -> None:
    same = [("a", "b"), ("b", "c"), ("c", "d"), ("a", "c")]

    (found,) = contradictions(same, [("a", "d"), ("a", "x")])

    assert found.different == ("a", "d")
    assert found.same == (("a", "c"), ("c", "d"))


def test_the_tree_of_one_brand_holds_its_pairs() -> None:
    links = spanning_tree(np.arange(3), rotated(0, 10, 80), {0: [2], 2: [0]})

    assert [link.cosine for link in path(links, 0, 2)] == [BOUND]
    assert weakest_link(links, 0, 2) is None
    assert weakest_link(links, 1, 2) is not None


@pytest.mark.parametrize("clusterer", sorted(CLUSTERERS))
@pytest.mark.parametrize("seed", [0, 1])
def test_every_rule_of_a_random_consistent_set_holds_after_every_clusterer(
    clusterer: str, seed: int
) -> None:
    """The rules come from random brands, so that they agree; a third contradict the looks."""
    generator = np.random.default_rng(seed)
    vectors, looks = groups([N_EACH] * N_BRANDS, seed=seed)
    n = len(vectors)
    weights = np.ones(n, dtype=np.int64)
    labels = CLUSTERERS.create(clusterer).fit(vectors, nearest(vectors, 5), weights)
    brand = np.where(generator.random(n) < 0.3, generator.integers(0, N_BRANDS, n), looks)
    pairs = [tuple(sorted(generator.choice(n, 2, replace=False).tolist())) for _ in range(60)]
    rules = Constraints(
        same=[(a, b) for a, b in pairs if brand[a] == brand[b]],
        different=[(a, b) for a, b in pairs if brand[a] != brand[b]],
    )

    found = constrained(labels, vectors, weights, rules)

    assert rules.same
    assert all(found[a] == found[b] != OUTLIER for a, b in rules.same)
    assert not any(found[a] == found[b] != OUTLIER for a, b in rules.different)


def test_cutting_the_weakest_link_separates_the_pair() -> None:
    generator = np.random.default_rng(3)
    vectors, _ = groups([15] * 20, seed=3)
    labels = np.zeros(len(vectors), dtype=np.int64)
    ones = np.ones(len(vectors), dtype=np.int64)
    n_apart = 0
    for _ in range(20):
        first, second = generator.choice(len(vectors), 2, replace=False).tolist()
        found = constrained(labels, vectors, ones, Constraints(different=[(first, second)]))
        n_apart += int(found[first] != found[second] or found[first] == OUTLIER)

    assert n_apart == 20
