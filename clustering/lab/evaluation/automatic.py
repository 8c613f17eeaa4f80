"""What automatic parameters cost or gain against the default, with simulated decisions."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from clustering.lab import offline
from clustering.pipeline import pipeline
from clustering.pipeline.clusterers import CLUSTERERS, calibration
from clustering.pipeline.clusterers.calibration import Choice
from clustering.pipeline.dedup import deduplicate
from clustering.pipeline.evaluation import JUDGED_KINDS, LabelTruth, evaluate
from clustering.pipeline.pipeline import Shown
from clustering.pipeline.tuning.automatic import automatic, candidates

Vectors = NDArray[np.float32]
N_DECISIONS: Final = (20, 50, 100)
KINDS: Final = ("mixed", "same", "different")
"""Decisions about random logos; about logos of brands with several; about logos alone."""
SEED: Final = 3


@dataclass(frozen=True)
class AutomaticScore:
    """Agreement of one clustering with labels."""

    decisions: str
    setting: str
    b3_f1: float
    singletons_clustered: float


def compare(
    vectors: Vectors, shown: Sequence[Shown], truth: Mapping[str, LabelTruth], embedder: str
) -> Iterator[AutomaticScore]:
    """Yield the score of the default, then of the automatic choice by decisions."""
    copies = calibration.copy_distance(embedder)
    default = calibration.default_for(embedder)
    yield _score("default", default, vectors, shown, truth, copies)
    for name, decided in _decisions(shown, truth):
        given = candidates(vectors, shown, decided, copies)
        chosen = automatic(given, embedder).report.chosen
        choice = Choice(chosen.clusterer, chosen.params)
        yield _score(name, choice, vectors, shown, truth, copies)


def _decisions(
    shown: Sequence[Shown], truth: Mapping[str, LabelTruth]
) -> Iterator[tuple[str, NDArray[np.int64]]]:
    """Yield simulated decisions: the brand of each reviewed row, -1 elsewhere."""
    yield "none", np.full(len(shown), -1, dtype=np.int64)
    label_of = [truth.get(one.names[0]) for one in shown]
    numbers: dict[tuple[str, str], int] = {}
    groups = np.full(len(shown), -1, dtype=np.int64)
    for row, label in enumerate(label_of):
        if label is not None and label.kind in JUDGED_KINDS:
            groups[row] = numbers.setdefault((label.brand, label.look), len(numbers))
    known = groups >= 0
    sizes = np.bincount(groups[known])[np.maximum(groups, 0)]
    rows_of = {"mixed": known, "same": known & (sizes > 1), "different": known & (sizes == 1)}
    generator = np.random.default_rng(SEED)
    for kind in KINDS:
        order = generator.permutation(np.flatnonzero(rows_of[kind]))
        for n_rows in N_DECISIONS:
            decided = np.full(len(shown), -1, dtype=np.int64)
            decided[order[:n_rows]] = groups[order[:n_rows]]
            yield f"{n_rows} {kind}", decided


def _score(
    name: str,
    choice: Choice,
    vectors: Vectors,
    shown: Sequence[Shown],
    truth: Mapping[str, LabelTruth],
    copy_distance: float,
) -> AutomaticScore:
    unique = deduplicate(
        vectors,
        np.array([one.phash for one in shown], dtype=np.uint64),
        np.array([one.is_placeholder for one in shown], dtype=np.bool_),
        copy_distance,
    )
    weights = np.array([len(one.names) for one in shown], dtype=np.int64)
    clusterer = CLUSTERERS.create(choice.clusterer, **choice.params)
    labels = pipeline.labels_of_rows(unique, clusterer, weights)
    found = evaluate(offline.spread(labels, shown), truth)
    options = " ".join(f"{name}={value}" for name, value in choice.params.items())
    setting = f"{choice.clusterer} {options}"
    return AutomaticScore(name, setting, found.b3_f1, found.singletons_clustered)
