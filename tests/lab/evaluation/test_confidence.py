"""The confidence of members is fitted on some brands and measured on the others."""

import numpy as np

from clustering.lab.evaluation import confidence
from clustering.lab.evaluation.pair_evidence import folds_of
from clustering.pipeline.evaluation import LabelTruth


def test_the_fitted_confidence_is_the_frequency_on_brands_left_out() -> None:
    generator = np.random.default_rng(5)
    centres = generator.normal(size=(200, 32))
    centres /= np.linalg.norm(centres, axis=1, keepdims=True)
    spread = generator.uniform(0.2, 1.2, size=200)  # of a cluster; strangers are in the wide ones
    rows = centres.repeat(3, axis=0) + spread.repeat(3)[:, None] * generator.normal(
        scale=32**-0.5, size=(600, 32)
    )
    vectors = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    labels = np.arange(200).repeat(3)
    names = [(f"site{row}.example",) for row in range(600)]
    is_stranger = (np.arange(600) % 3 == 2) & (spread.repeat(3) > generator.random(600) + 0.3)
    truth = {
        name: LabelTruth(
            f"stranger {row}" if is_stranger[row] else f"brand {row // 3}", "", "gold"
        )
        for row, (name,) in enumerate(names)
    }

    members = confidence.judged_members(vectors, labels, names, truth, threshold=0.3)
    folds = folds_of(members.brands)
    weights = confidence.weights_by_fold([members], folds)
    chances = confidence.cross_validated(members, weights, folds)
    *_, last = confidence.reliability_lines(chances, members.is_right)

    assert members.is_right.sum() == 600 - is_stranger.sum()
    assert confidence.fit([members]).distance < 0
    assert float(last.split()[2].rstrip(",")) < 0.05
