"""The pair score is fitted on some brands and measured on the others."""

import numpy as np

from clustering.lab.evaluation import pair_evidence
from clustering.lab.evaluation.pair_evidence import N_FOLDS, LabelledGroups
from clustering.pipeline.evaluation import LabelTruth
from clustering.pipeline.pair_score import PairScore

N_BRANDS = 30


def planted() -> tuple[LabelledGroups, dict[str, LabelTruth]]:
    """Return brands of one cluster and one outlier of another look, with a word of their own."""
    generator = np.random.default_rng(3)
    words = ["".join(generator.choice(list("abcdefgh"), 7)) for _ in range(N_BRANDS)]
    names = [(f"{word}.{top}",) for word in words for top in ("de", "fr", "it")]
    vectors = generator.normal(size=(len(names), 64)).astype(np.float32)
    vectors[1::3] = vectors[::3]
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    labels = np.array([n for brand in range(N_BRANDS) for n in (brand, brand, -1)])
    truth = {
        name: LabelTruth(name.partition(".")[0], "outer" if name.endswith(".it") else "", "gold")
        for (name,) in names
    }
    score = PairScore(threshold=0.3)
    return LabelledGroups.of(vectors, labels, names, truth, score), truth


def test_words_outweigh_looks_on_brands_left_out() -> None:
    known, truth = planted()
    pairs = pair_evidence.pairs_of(known)
    folds = pair_evidence.folds_of([one.brand for one in truth.values()])
    left_out = [{one for one in folds if folds[one] == fold} for fold in range(N_FOLDS)]
    weights = [pair_evidence.fit([pairs], frozenset(some)) for some in left_out]

    suggested = pair_evidence.suggestion_figures(pairs, weights, folds)
    layer = pair_evidence.layer_figures(known, weights, folds, truth)
    pictures = pair_evidence.picture_figures(known, truth)

    assert pair_evidence.fit([pairs]).letter > 0
    assert suggested["top-1"].value == 1.0
    assert suggested["top-1"].n == N_BRANDS
    assert layer["Fb"].value > 0.95
    assert layer["P"].value == 1.0
    assert layer.keys() == pictures.keys()
    assert (pictures["F"].value, round(pictures["Fb"].value, 3)) == (1.0, 0.714)


def test_the_calibration_error_is_the_distance_from_the_frequency() -> None:
    chances = np.array([0.95, 0.95, 0.15, 0.15])

    error = pair_evidence.calibration_error(chances, np.array([True, False, False, False]))

    assert round(error, 3) == 0.3
