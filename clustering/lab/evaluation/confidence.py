"""Fits the confidence of members on labelled logos, and measures it on brands left out."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from clustering.lab.evaluation.pair_evidence import N_FOLDS, calibration_error
from clustering.pipeline.errors import InputError
from clustering.pipeline.evaluation import JUDGED_KINDS, LabelTruth
from clustering.pipeline.member_confidence import MemberWeights, member_evidence, probabilities
from clustering.pipeline.membership import members_by_group

CUTS: Final = (0.8, 1.0, 1.2, 1.5)
"""Times the default threshold: looser clusters show what strangers look like."""
BOUNDS: Final = (0.0, 0.5, 0.8, 0.9, 0.95, 0.99, 1.0)
DISTANCES: Final = (0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5)


@dataclass(frozen=True)
class JudgedMembers:
    """The labelled members of clusters."""

    evidence: NDArray[np.float64]
    """Shape (n, 2): see ``member_evidence``."""
    is_right: NDArray[np.bool_]
    """Whether the member is of the brand that most of its cluster is of."""
    brands: Sequence[str]


def judged_members(
    vectors: NDArray[np.float32],
    labels: NDArray[np.int64],
    names: Sequence[Sequence[str]],
    truth: Mapping[str, LabelTruth],
    threshold: float,
) -> JudgedMembers:
    """Return the evidence about each labelled member of a cluster."""
    brand_of = {name: one.brand for name, one in truth.items() if one.kind in JUDGED_KINDS}
    given = member_evidence(vectors, labels, names, threshold)
    rows, is_right, brands = [], [], []
    for members in members_by_group(labels):
        known = [(row, brand_of[n]) for row in members for n in names[int(row)] if n in brand_of]
        counted = Counter(brand for _, brand in known).most_common(1)
        for row, brand in known:
            rows.append(row)
            is_right.append(brand == counted[0][0])
            brands.append(brand)
    return JudgedMembers(given[np.array(rows, dtype=np.int64)], np.array(is_right, bool), brands)


def fit(every: Sequence[JudgedMembers], without: frozenset[str] = frozenset()) -> MemberWeights:
    """Fit the logistic regression on the members of all brands but ``without``.

    Raises:
        InputError: if all members are right, or none is.
    """
    from sklearn.linear_model import LogisticRegression

    kept = [np.array([brand not in without for brand in one.brands]) for one in every]
    evidence = np.concatenate([one.evidence[own] for one, own in zip(every, kept, strict=True)])
    is_right = np.concatenate([one.is_right[own] for one, own in zip(every, kept, strict=True)])
    if len(set(is_right.tolist())) < 2:
        raise InputError("the clusters hold no wrong members to fit on; add labelled logos")
    model = LogisticRegression(C=1.0, max_iter=5_000).fit(evidence, is_right)
    return MemberWeights(*(round(float(one), 2) for one in (*model.intercept_, *model.coef_[0])))


def cross_validated(
    members: JudgedMembers, weights: Sequence[MemberWeights], folds: Mapping[str, int]
) -> NDArray[np.float64]:
    """Return the confidence of each member by the weights that were fitted without its brand."""
    fold = np.array([folds[brand] for brand in members.brands])
    by_fold = np.array([probabilities(members.evidence, one) for one in weights])
    return np.asarray(by_fold[fold, np.arange(len(fold))])


def weights_by_fold(
    every: Sequence[JudgedMembers], folds: Mapping[str, int]
) -> list[MemberWeights]:
    """Return the weights that were fitted without the brands of each fold."""
    return [
        fit(every, frozenset(brand for brand, fold in folds.items() if fold == number))
        for number in range(N_FOLDS)
    ]


def reliability_lines(chances: NDArray[np.float64], is_right: NDArray[np.bool_]) -> Iterator[str]:
    """Yield the reliability table: what was said, what was right, and the calibration error."""
    yield f"{'confidence':<16}{'n':>7}{'said':>8}{'right':>8}"
    places = np.clip(np.searchsorted(BOUNDS, chances, side="right") - 1, 0, len(BOUNDS) - 2)
    for place in np.unique(places).tolist():
        own = places == place
        said, right = chances[own].mean(), is_right[own].mean()
        band = f"{BOUNDS[place]:.2f} to {BOUNDS[place + 1]:.2f}"
        yield f"{band:<16}{own.sum():>7}{said:>8.3f}{right:>8.3f}"
    yield f"calibration error {calibration_error(chances, is_right):.4f}, n = {len(chances)}"


def curve_lines(weights: MemberWeights) -> Iterator[str]:
    """Yield the curve of the confidence over the mean distance in thresholds."""
    yield "mean distance        " + "".join(f"{one:>7.2f}" for one in DISTANCES)
    for word, text in ((0.0, "no shared word"), (1.0, "a shared word")):
        evidence = np.array([(one, word) for one in DISTANCES])
        shown = "".join(f"{one:>7.3f}" for one in probabilities(evidence, weights))
        yield f"{text:<21}{shown}"
