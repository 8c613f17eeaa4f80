"""Pair sampling, and coverage of the intervals that it gives."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from clustering.pipeline.evaluation import pair_sampling
from clustering.pipeline.evaluation.pair_estimates import (
    Estimate,
    JudgementCounts,
    PairEstimate,
    estimate_from_judgements,
)
from clustering.pipeline.evaluation.pair_sampling import Pair, Stratum, sample_pairs
from tests.pipeline.planted import Floats, groups, unit

pytestmark = pytest.mark.slow


Labels = NDArray[np.int64]


def brands(seed: int, n_brands: int = 60) -> tuple[Floats, Labels, Labels]:
    """Brands of one to twelve logos; the clustering joins, splits, and loses some."""
    generator = np.random.default_rng(seed)
    sizes = generator.integers(1, 13, n_brands).tolist()
    vectors, truth = groups(sizes, seed=seed, dim=16)
    labels = truth.copy()
    labels[labels % 10 == 3] -= 1
    split = (labels % 10 == 7) & (generator.random(len(labels)) < 0.5)
    labels[split] += 100
    labels[generator.random(len(labels)) < 0.1] = -1
    known, compact = np.unique(labels, return_inverse=True)
    return vectors, truth, compact.astype(np.int64) - int(known[0] == -1)


def judged(pairs: list[Pair], truth: Labels) -> dict[Stratum, JudgementCounts]:
    """Judge pairs by the true labels."""
    counts: dict[Stratum, JudgementCounts] = {}
    for pair in pairs:
        tally = counts.get(pair.stratum, JudgementCounts(pair.n_stratum))
        is_same = int(truth[pair.first] == truth[pair.second])
        counts[pair.stratum] = replace(
            tally, same=tally.same + is_same, different=tally.different + 1 - is_same
        )
    return counts


def test_pairs_are_different_rows_and_unique() -> None:
    vectors, _, labels = brands(1)

    pairs = sample_pairs(vectors, labels)

    assert len(pairs) == 100
    assert len({frozenset((pair.first, pair.second)) for pair in pairs}) == 100
    assert all(pair.first != pair.second for pair in pairs)


def test_gaps_in_the_labels_change_nothing() -> None:
    vectors, _, labels = brands(1)
    with_gaps = np.where(labels >= 0, 3 * labels + 2, labels)

    assert sample_pairs(vectors, with_gaps) == sample_pairs(vectors, labels)


def test_each_pair_is_of_its_stratum() -> None:
    vectors, _, labels = brands(2)

    for pair in sample_pairs(vectors, labels):
        first, second = labels[pair.first], labels[pair.second]
        is_out = -1 in (first, second)
        assert pair.stratum.is_inside == (first == second and not is_out)
        assert pair.stratum.value.startswith("outlier") == is_out
        assert pair.similarity == pytest.approx(
            float(vectors[pair.first] @ vectors[pair.second]), abs=1e-5
        )


def test_the_strata_of_one_kind_hold_all_its_pairs() -> None:
    vectors, _, labels = brands(3)
    sizes = Counter(labels[labels >= 0].tolist()).values()

    held = {pair.stratum: pair.n_stratum for pair in sample_pairs(vectors, labels)}

    assert held[Stratum.WEAK] + held[Stratum.FIRM] == sum(n * (n - 1) // 2 for n in sizes)


def test_the_first_half_covers_every_stratum() -> None:
    vectors, _, labels = brands(4)
    pairs = sample_pairs(vectors, labels)

    assert {pair.stratum for pair in pairs[:20]} == set(Stratum)


def test_sampling_is_seeded() -> None:
    vectors, _, labels = brands(5)

    assert sample_pairs(vectors, labels) == sample_pairs(vectors, labels)
    assert sample_pairs(vectors, labels) != sample_pairs(vectors, labels, random_state=1)


def test_large_populations_are_sampled_uniformly(monkeypatch: pytest.MonkeyPatch) -> None:
    vectors, _, labels = brands(6)
    whole = {pair.stratum: pair.n_stratum for pair in sample_pairs(vectors, labels)}
    monkeypatch.setattr(pair_sampling, "MAX_CANDIDATES", 400)

    part = {pair.stratum: pair.n_stratum for pair in sample_pairs(vectors, labels)}

    assert part[Stratum.WEAK] == pytest.approx(whole[Stratum.WEAK], rel=0.02)
    assert part[Stratum.ACROSS] == pytest.approx(whole[Stratum.ACROSS], rel=0.02)


@pytest.mark.parametrize(
    ("labels", "strata"),
    [
        ([0, 0, 0], {Stratum.WEAK, Stratum.FIRM}),
        ([-1, -1, -1], {Stratum.OUTLIER_CLOSE, Stratum.OUTLIER}),
        ([0, 1, 2], {Stratum.ACROSS_CLOSE, Stratum.ACROSS}),
    ],
)
def test_tiny_runs_are_sampled_completely(labels: list[int], strata: set[Stratum]) -> None:
    vectors = unit(np.random.default_rng(0).normal(size=(3, 4)))

    pairs = sample_pairs(vectors, np.array(labels))

    assert len(pairs) == 3
    assert {pair.stratum for pair in pairs} == strata


def test_a_single_logo_gives_no_pairs() -> None:
    assert sample_pairs(np.eye(1, 4, dtype=np.float32), np.array([-1])) == []


def test_without_judgements_the_interval_is_everything() -> None:
    verdict = estimate_from_judgements(
        {Stratum.FIRM: JudgementCounts(50), Stratum.OUTLIER: JudgementCounts(70)}
    )

    nothing = Estimate(value=None, low=0.0, high=1.0, n=0, n_unsure=0)
    assert verdict == PairEstimate(nothing, nothing)


def test_strata_are_weighted_by_their_number_of_pairs() -> None:
    counts = {
        Stratum.WEAK: JudgementCounts(100, same=10, different=10),
        Stratum.FIRM: JudgementCounts(300, same=10),
        Stratum.OUTLIER: JudgementCounts(1_000, same=1, different=9),
    }

    found = estimate_from_judgements(counts)

    assert found.precision.value == pytest.approx((50 + 300) / 400)
    assert found.recall.value == pytest.approx(350 / (350 + 100))
    assert (found.precision.n, found.recall.n) == (30, 40)


def test_not_sure_counts_both_ways() -> None:
    sure = estimate_from_judgements(
        {Stratum.FIRM: JudgementCounts(1_000, same=40, different=4)}
    ).precision
    unsure = estimate_from_judgements(
        {Stratum.FIRM: JudgementCounts(1_000, same=40, different=4, unsure=6)}
    ).precision

    assert unsure.value == sure.value
    assert unsure.low < sure.low - 0.05
    assert unsure.high > sure.high
    assert (unsure.n, unsure.n_unsure) == (50, 6)


def test_a_complete_review_is_exact() -> None:
    counts = {
        Stratum.FIRM: JudgementCounts(20, same=15, different=5),
        Stratum.OUTLIER: JudgementCounts(10, different=10),
    }

    found = estimate_from_judgements(counts)

    assert (found.precision.low, found.precision.value, found.precision.high) == (0.75,) * 3
    assert (found.recall.low, found.recall.high) == (1.0, 1.0)


def test_intervals_cover_the_truth_in_93_of_100_reviews() -> None:
    covered: Counter[str] = Counter()
    for seed in range(100):
        generator = np.random.default_rng(seed)
        rates = dict(
            zip(
                Stratum, generator.beta([6, 30, 1, 0.3, 1, 0.3], [1, 1, 4, 30, 4, 30]), strict=True
            )
        )
        sizes = dict(zip(Stratum, generator.integers(60, 20_000, 6).tolist(), strict=True))
        same = {one: generator.random(sizes[one]) < rates[one] for one in Stratum}
        asked = {one: round(100 * pair_sampling.QUOTAS[one]) for one in Stratum}
        answers = {one: generator.permutation(same[one])[: asked[one]] for one in Stratum}
        verdict = estimate_from_judgements(
            {
                one: JudgementCounts(sizes[one], int(said.sum()), int((~said).sum()))
                for one, said in answers.items()
            }
        )
        held = {one: int(same[one].sum()) for one in Stratum}
        inside = sum(held[one] for one in Stratum if one.is_inside)
        n_inside = sum(sizes[one] for one in Stratum if one.is_inside)
        precision, recall = inside / n_inside, inside / sum(held.values())
        covered["precision"] += verdict.precision.low <= precision <= verdict.precision.high
        covered["recall"] += verdict.recall.low <= recall <= verdict.recall.high

    assert covered["precision"] >= 93
    assert covered["recall"] >= 93


def test_reviews_of_planted_brands_cover_the_truth_in_93_of_100() -> None:
    covered: Counter[str] = Counter()
    for seed in range(100):
        vectors, truth, labels = brands(seed, n_brands=20)
        every = estimate_from_judgements(
            judged(sample_pairs(vectors, labels, n_pairs=10**6), truth)
        )

        verdict = estimate_from_judgements(
            judged(sample_pairs(vectors, labels, random_state=seed), truth)
        )

        assert every.precision.value is not None
        assert every.recall.value is not None
        covered["precision"] += (
            verdict.precision.low <= every.precision.value <= verdict.precision.high
        )
        covered["recall"] += verdict.recall.low <= every.recall.value <= verdict.recall.high

    assert covered["precision"] >= 93
    assert covered["recall"] >= 93
