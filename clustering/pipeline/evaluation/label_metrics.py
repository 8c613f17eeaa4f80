"""Agreement of a clustering with labels.

Precision is measured against the brand (joining two looks of a brand is no error), recall
against brand and look (a look of a brand should be in one cluster). An outlier is a
cluster of one. B-cubed: Bagga & Baldwin (1998); Amigo et al. (2009).
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from clustering.pipeline.evaluation.intervals import Figure, half_sampled_intervals

JUDGED_KINDS: Final = ("gold", "singleton")


@dataclass(frozen=True)
class LabelTruth:
    """The label of one domain's logo."""

    brand: str
    look: str
    kind: str
    """``gold``, ``singleton`` (its brand has one domain), or anything else: not evaluated."""


@dataclass(frozen=True)
class Agreement:
    """Agreement of a clustering with labels over ``n`` domains; all but n in [-1, 1]."""

    b3_precision: float
    b3_recall: float
    b3_f1: float
    b3_recall_brand: float
    """Recall against the brand alone: all looks of a brand should be in one cluster."""
    b3_f1_brand: float
    pairwise_precision: float
    pairwise_recall: float
    pairwise_f1: float
    ari: float
    ami: float
    outlier_share: float
    singletons_clustered: float
    """Share of the singletons that are in a cluster, which is always an error."""
    n: int

    def as_json(self) -> dict[str, float | int]:
        """Return the figures by name."""
        return asdict(self)


@dataclass(frozen=True)
class _Evaluated:
    """The evaluated domains: cluster label, and codes of brand and look."""

    given: NDArray[np.int64]
    brands: NDArray[np.int64]
    looks: NDArray[np.int64]
    single: NDArray[np.bool_]

    def at(self, rows: NDArray[np.int64]) -> "_Evaluated":
        """Return some of the rows."""
        return _Evaluated(self.given[rows], self.brands[rows], self.looks[rows], self.single[rows])


def evaluate(labels: Mapping[str, int], truth: Mapping[str, LabelTruth]) -> Agreement:
    """Compare ``labels`` (domain -> cluster, -1 = outlier) with ``truth``.

    Evaluated domains that ``labels`` lacks count as outliers.
    """
    return _agreement(_evaluated(labels, truth))


def f1_and_singles(
    labels: Mapping[str, int], truth: Mapping[str, LabelTruth]
) -> tuple[float, float]:
    """Return the B-cubed F and the share of clustered singletons of :func:`evaluate` alone.

    Where many cuts are compared: the mutual information takes 0.1 s each time.
    """
    found = _evaluated(labels, truth)
    clusters = outliers_as_singletons(found.given)
    f1 = _harmonic(b_cubed(clusters, found.brands), b_cubed(found.looks, clusters))
    return f1, _singles(found)


def with_intervals(
    labels: Mapping[str, int], truth: Mapping[str, LabelTruth]
) -> dict[str, Figure]:
    """Return the figures of :func:`evaluate` by name, each with n and a 95 % interval.

    Brands are sampled as a whole (:func:`intervals.half_sampled_intervals`).
    """
    evaluated = _evaluated(labels, truth)
    measured = half_sampled_intervals(
        lambda rows: _agreement(evaluated.at(rows)).as_json(), evaluated.brands
    )
    n_single = int(evaluated.single.sum())
    return {
        name: figure if name != "singletons_clustered" else figure.over(n_single)
        for name, figure in measured.items()
        if name != "n"
    }


def _evaluated(labels: Mapping[str, int], truth: Mapping[str, LabelTruth]) -> _Evaluated:
    names = sorted(name for name, one in truth.items() if one.kind in JUDGED_KINDS)
    return _Evaluated(
        given=np.array([labels.get(name, -1) for name in names], dtype=np.int64),
        brands=codes([truth[name].brand for name in names]),
        looks=codes([f"{truth[name].brand}\0{truth[name].look}" for name in names]),
        single=np.array([truth[name].kind == "singleton" for name in names], dtype=bool),
    )


def b_cubed(first: NDArray[np.int64], second: NDArray[np.int64]) -> float:
    """Return the mean over rows of the share of a row's ``first`` group with the same ``second``.

    With (clusters, classes) this is B-cubed precision, with (classes, clusters) recall; 1.0
    for no rows.
    """
    if len(first) == 0:
        return 1.0
    return float(np.mean(_counts(_joint(first, second)) / _counts(first)))


def outliers_as_singletons(labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return ``labels`` with a new label for each outlier."""
    out = labels < 0
    numbered = labels.copy()
    numbered[out] = labels.max(initial=-1) + 1 + np.arange(out.sum())
    return numbered


def _agreement(evaluated: _Evaluated) -> Agreement:
    given, looks, brands = evaluated.given, evaluated.looks, evaluated.brands
    clusters = outliers_as_singletons(given)
    precision, recall = b_cubed(clusters, brands), b_cubed(looks, clusters)
    pair_precision, pair_recall = _pairwise(clusters, brands), _pairwise(looks, clusters)
    return Agreement(
        b3_precision=precision,
        b3_recall=recall,
        b3_f1=_harmonic(precision, recall),
        b3_recall_brand=(recall_brand := b_cubed(brands, clusters)),
        b3_f1_brand=_harmonic(precision, recall_brand),
        pairwise_precision=pair_precision,
        pairwise_recall=pair_recall,
        pairwise_f1=_harmonic(pair_precision, pair_recall),
        ari=adjusted_rand(looks, clusters),
        ami=_mutual(looks, clusters),
        outlier_share=float(np.mean(given < 0)) if len(given) else 0.0,
        singletons_clustered=_singles(evaluated),
        n=len(given),
    )


def _singles(evaluated: _Evaluated) -> float:
    alone = evaluated.given[evaluated.single]
    return float(np.mean(alone >= 0)) if len(alone) else 0.0


def adjusted_rand(first: NDArray[np.int64], second: NDArray[np.int64]) -> float:
    """Return the adjusted Rand index of two partitions; 1.0 where it is undefined.

    Hubert & Arabie (1985), eq. 5.
    """
    pairs = len(first) * (len(first) - 1) / 2
    in_first, in_second = _n_pairs(first), _n_pairs(second)
    by_chance = in_first * in_second / pairs if pairs else 0.0
    at_most = (in_first + in_second) / 2
    if at_most == by_chance:
        return 1.0
    return (_n_pairs(_joint(first, second)) - by_chance) / (at_most - by_chance)


def _mutual(first: NDArray[np.int64], second: NDArray[np.int64]) -> float:
    from sklearn.metrics import adjusted_mutual_info_score

    return float(adjusted_mutual_info_score(first, second)) if len(first) else 1.0


def _pairwise(first: NDArray[np.int64], second: NDArray[np.int64]) -> float:
    """Return the share of pairs of a ``first`` group with the same ``second``; 1.0 for none."""
    pairs = _n_pairs(first)
    return _n_pairs(_joint(first, second)) / pairs if pairs else 1.0


def _n_pairs(groups: NDArray[np.int64]) -> int:
    sizes = np.unique(groups, return_counts=True)[1]
    return int((sizes * (sizes - 1) // 2).sum())


def _joint(first: NDArray[np.int64], second: NDArray[np.int64]) -> NDArray[np.int64]:
    return first * (int(second.max(initial=0)) + 1) + second


def _counts(groups: NDArray[np.int64]) -> NDArray[np.int64]:
    """How many rows share each row's group."""
    _, inverse, counts = np.unique(groups, return_inverse=True, return_counts=True)
    return np.asarray(counts[inverse], dtype=np.int64)


def _harmonic(precision: float, recall: float) -> float:
    total = precision + recall
    return 2 * precision * recall / total if total else 0.0


def codes(values: list[str] | list[int]) -> NDArray[np.int64]:
    """Encode values as integers from 0."""
    return np.unique(np.array(values), return_inverse=True)[1].ravel().astype(np.int64)
