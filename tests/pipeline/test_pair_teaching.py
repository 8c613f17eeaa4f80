"""Answers change the scale of the pair score where held-out answers agree, and never else."""

import numpy as np

from clustering.pipeline.domain_words import SharedWord
from clustering.pipeline.pair_score import WEIGHTS, PairScore
from clustering.pipeline.pair_teaching import FEWEST, logits, teach


def answers(shift: float, scale: float, n: int, seed: int = 5) -> tuple[np.ndarray, np.ndarray]:
    """Logits of scores, and answers that are right if they are shifted and scaled."""
    generator = np.random.default_rng(seed)
    given = generator.normal(0.0, 3.0, n)
    chances = 1.0 / (1.0 + np.exp(-(shift + scale * given)))
    return given, generator.random(n) < chances


def test_answers_that_contradict_the_score_shift_it() -> None:
    found = teach(*answers(shift=-3.0, scale=0.5, n=300))

    assert found is not None
    assert found.n_answers == 300
    assert -3.6 < found.shift < -1.8
    assert 0.3 < found.scale < 0.7
    assert found.loss_after < 0.9 * found.loss_before


def test_a_score_that_is_right_stays() -> None:
    assert all(teach(*answers(0.0, 1.0, n=80, seed=seed)) is None for seed in range(5))


def test_few_or_one_sided_answers_teach_nothing() -> None:
    given, is_same = answers(shift=-3.0, scale=0.5, n=FEWEST - 1)

    assert teach(given, is_same) is None
    assert teach(np.full(60, 3.0), np.zeros(60, dtype=np.bool_)) is None


def test_more_evidence_is_always_likelier() -> None:
    given, is_same = answers(shift=0.0, scale=-1.0, n=200)

    found = teach(given, is_same)

    assert found is None or found.scale > 0.0


def test_scaled_weights_scale_the_logit() -> None:
    word = SharedWord("mazda", is_whole=True)
    before = PairScore(0.16).probability(0.7, word)

    after = PairScore(0.16, WEIGHTS.scaled(-1.5, 0.5)).probability(0.7, word)

    assert np.isclose(logits(np.array([after]))[0], -1.5 + 0.5 * logits(np.array([before]))[0])
