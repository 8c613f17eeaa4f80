"""Fits the pair score on labelled logos, and measures it on brands that it was not fitted on."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from clustering.pipeline.brands import PictureGroup, brand_layer, picture_groups
from clustering.pipeline.domain_words import ClusterWords, SharedWord
from clustering.pipeline.errors import InputError
from clustering.pipeline.evaluation import JUDGED_KINDS, Figure, LabelTruth, with_intervals
from clustering.pipeline.evaluation.intervals import half_sampled_intervals
from clustering.pipeline.evaluation.label_metrics import codes
from clustering.pipeline.pair_score import PairScore, Weights

N_FOLDS: Final = 10
N_NEAREST: Final = 8  # clusters compared with an outlier by looks alone
N_BINS: Final = 10  # of the calibration error
BAD: Final = ""  # the brand of what is no logo

Truth = Mapping[str, LabelTruth]


@dataclass(frozen=True)
class LabelledGroups:
    """The groups by picture of one embedder, with the brand of most of their domains."""

    vectors: NDArray[np.float32]
    groups: Sequence[PictureGroup]
    brands: Sequence[str]
    score: PairScore

    @classmethod
    def of(
        cls,
        vectors: NDArray[np.float32],
        labels: NDArray[np.int64],
        names: Sequence[Sequence[str]],
        truth: Truth,
        score: PairScore,
    ) -> "LabelledGroups":
        groups = picture_groups(vectors, labels, names)
        return cls(vectors, groups, [_brand(one.domains, truth) for one in groups], score)


@dataclass(frozen=True)
class Pairs:
    """Candidate pairs: evidence, brands, and the places of outliers that ask for a cluster."""

    evidence: NDArray[np.float64]
    """Shape (n, 4), in the order of ``Weights``."""
    first: NDArray[np.object_]
    """Brand of one side."""
    second: NDArray[np.object_]
    asking: NDArray[np.int64]
    """Place of the outlier that is compared with a cluster; -1 for other pairs."""

    @property
    def is_same(self) -> NDArray[np.bool_]:
        return np.asarray(self.first == self.second, dtype=np.bool_)


def pairs_of(known: LabelledGroups) -> Pairs:
    """Return the pairs that suggestions and the brand layer compare."""
    rows = list(_rows(known))
    return Pairs(
        np.array([row[0] for row in rows], dtype=np.float64),
        np.array([row[1] for row in rows], dtype=object),
        np.array([row[2] for row in rows], dtype=object),
        np.array([row[3] for row in rows], dtype=np.int64),
    )


def _rows(known: LabelledGroups) -> Iterator[tuple[tuple[float, ...], str, str, int]]:
    groups, brands, score = known.groups, known.brands, known.score
    medoids = known.vectors[[one.row for one in groups]]
    n_clusters = sum(one.is_cluster for one in groups)
    of_all = ClusterWords.of(one.domains for one in groups)
    of_clusters = ClusterWords.of(one.domains for one in groups[:n_clusters])
    for place, one in enumerate(groups):
        if brands[place] == BAD:
            continue
        cosines = medoids @ medoids[place]
        if not one.is_cluster:
            words = of_clusters.shared_with(one.domains)
            near = np.argsort(-cosines[:n_clusters])[:N_NEAREST].tolist()
            for other in sorted({*near, *words}):
                word = words.get(other, SharedWord())
                evidence = score.evidence(float(cosines[other]), word)
                yield evidence, brands[place], brands[other], place
        for other, word in of_all.shared_with(one.domains).items():
            if other < place and brands[other] != BAD and (one.is_cluster or other >= n_clusters):
                evidence = score.evidence(float(cosines[other]), word)
                yield evidence, brands[place], brands[other], -1


def _brand(domains: Sequence[str], truth: Truth) -> str:
    counted = Counter(
        truth[name].brand if name in truth and truth[name].kind in JUDGED_KINDS else BAD
        for name in domains
    )
    return counted.most_common(1)[0][0]


def fit(pairs: Sequence[Pairs], without: frozenset[str] = frozenset()) -> Weights:
    """Fit the logistic regression on the pairs of all brands but ``without``.

    Raises:
        InputError: if all pairs are of one brand, or none is.
    """
    from sklearn.linear_model import LogisticRegression

    evidence = np.concatenate([one.evidence for one in pairs])
    is_same = np.concatenate([one.is_same for one in pairs])
    sides = [pair for one in pairs for pair in zip(one.first, one.second, strict=True)]
    kept = np.array([not without.intersection(pair) for pair in sides], dtype=np.bool_)
    if len(set(is_same[kept].tolist())) < 2:
        raise InputError("the labels hold too few brands to fit on; add labelled logos")
    model = LogisticRegression(C=1.0, max_iter=5_000).fit(evidence[kept], is_same[kept])
    return Weights(*(round(float(one), 3) for one in (*model.intercept_, *model.coef_[0])))


def folds_of(brands: Sequence[str]) -> dict[str, int]:
    """Return the fold of each brand, drawn at random."""
    known = np.array(sorted(set(brands)), dtype=object)
    order = np.random.default_rng(0).permutation(len(known))
    return {str(known[row]): place % N_FOLDS for place, row in enumerate(order)}


def suggestion_figures(
    pairs: Pairs, weights: Sequence[Weights], folds: Mapping[str, int]
) -> dict[str, Figure]:
    """Return top-1, top-3 and calibration error of the clusters suggested for outliers.

    Args:
        weights: of each fold, fitted without its brands.
    """
    first, right, best, brands = [], [], [], []
    for place in np.unique(pairs.asking[pairs.asking >= 0]).tolist():
        rows = np.flatnonzero(pairs.asking == place)
        brand = str(pairs.first[rows[0]])
        chances = _probabilities(pairs.evidence[rows], weights[folds[brand]])
        order = np.lexsort((pairs.evidence[rows, 0], -chances.round(6)))
        hits = pairs.is_same[rows][order]
        best.append((chances[order[0]], bool(hits[0])))
        if hits.any():
            first.append(bool(hits[0]))
            right.append(bool(hits[:3].any()))
            brands.append(brand)
    is_first, is_listed = np.array(first, dtype=float), np.array(right, dtype=float)
    found = half_sampled_intervals(
        lambda rows: {"top-1": is_first[rows].mean(), "top-3": is_listed[rows].mean()},
        codes(brands),
    )
    chances_of_best = np.array([chance for chance, _ in best])
    error = calibration_error(chances_of_best, np.array([hit for _, hit in best]))
    return found | {"calibration error of the first": Figure(error, 0.0, 1.0, len(best))}


def calibration_error(chances: NDArray[np.float64], is_right: NDArray[np.bool_]) -> float:
    """Return the expected calibration error over ten bins of equal width."""
    bins = np.minimum((chances * N_BINS).astype(int), N_BINS - 1)
    return float(
        sum(
            abs(chances[bins == one].mean() - is_right[bins == one].mean()) * (bins == one).mean()
            for one in np.unique(bins)
        )
    )


def _probabilities(evidence: NDArray[np.float64], weights: Weights) -> NDArray[np.float64]:
    factors = np.array([weights.distance, weights.letter, weights.whole_word, weights.equal_word])
    return np.asarray(1.0 / (1.0 + np.exp(-weights.intercept - evidence @ factors)))


def picture_figures(known: LabelledGroups, truth: Truth) -> dict[str, Figure]:
    """Return figures of the groups by picture, named as those of the brand layer."""
    labels = {
        name: number if one.is_cluster else -1
        for number, one in enumerate(known.groups)
        for name in one.domains
    }
    found = with_intervals(labels, truth)
    names = {
        "F": "b3_f1", "Fb": "b3_f1_brand", "P": "b3_precision",
        "singles joined": "singletons_clustered",
    }  # fmt: skip
    return {shown: found[name] for shown, name in names.items()}


def layer_figures(
    known: LabelledGroups, weights: Sequence[Weights], folds: Mapping[str, int], truth: Truth
) -> dict[str, Figure]:
    """Return figures of the brand layer, each brand by the weights that were fitted without it."""
    every = sorted(name for one in known.groups for name in one.domains)
    names = [name for name in every if name in truth and truth[name].kind in JUDGED_KINDS]
    brands = codes([truth[name].brand for name in names])
    looks = codes([f"{truth[name].brand}\0{truth[name].look}" for name in names])
    single = np.array([truth[name].kind == "singleton" for name in names])
    fold = np.array([folds[truth[name].brand] for name in names])
    parts = {part: np.zeros(len(names)) for part in ("P", "R", "Rb", "joined")}
    for number in range(N_FOLDS):
        score = PairScore(known.score.threshold, weights[number])
        given = _domain_brands(known, score)
        labels = np.array([given[name] for name in names], dtype=np.int64)
        own = fold == number
        together = labels[own][:, None] == labels
        same_brand = brands[own][:, None] == brands
        same_look = looks[own][:, None] == looks
        parts["P"][own] = (together & same_brand).sum(1) / together.sum(1)
        parts["R"][own] = (together & same_look).sum(1) / same_look.sum(1)
        parts["Rb"][own] = (together & same_brand).sum(1) / same_brand.sum(1)
        sizes = Counter(given.values())
        parts["joined"][own] = [sizes[label] > 1 for label in labels[own]]

    def statistic(rows: NDArray[np.int64]) -> dict[str, float]:
        mean = {part: float(values[rows].mean()) for part, values in parts.items()}
        singles = rows[single[rows]]
        joined = parts["joined"][singles].mean() if len(singles) else 0.0
        by_look, by_brand = _f(mean["P"], mean["R"]), _f(mean["P"], mean["Rb"])
        return {"F": by_look, "Fb": by_brand, "P": mean["P"], "singles joined": float(joined)}

    return half_sampled_intervals(statistic, brands)


def _domain_brands(known: LabelledGroups, score: PairScore) -> dict[str, int]:
    layer = brand_layer(known.vectors, known.groups, score)
    pairs = zip(layer.brands.tolist(), known.groups, strict=True)
    return {name: label for label, one in pairs for name in one.domains}


def _f(precision: float, recall: float) -> float:
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0
