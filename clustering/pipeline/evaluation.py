"""How good a clustering is: against human labels, and by silhouette without them.

Precision is taken against the brand (joining two looks of one brand is no error), recall
against brand and look (one look of a brand should be in one cluster). An outlier is a
cluster of one. B-cubed: Bagga & Baldwin (1998); Amigo et al. (2009).
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

SILHOUETTE_ROWS: Final = 5_000  # sampled above it: cost grows with the square
JUDGED_KINDS: Final = ("gold", "singleton")


@dataclass(frozen=True)
class Truth:
    """What a person says of one domain's logo."""

    brand: str
    look: str
    kind: str
    """``gold``, ``singleton`` (its brand has one domain), or anything else: not judged."""


@dataclass(frozen=True)
class Agreement:
    """Agreement of a clustering with human labels over ``n`` domains; all but n in [-1, 1]."""

    b3_precision: float
    b3_recall: float
    b3_f1: float
    pairwise_f1: float
    ari: float
    ami: float
    outlier_share: float
    singletons_clustered: float
    """Share of the singletons that were put into a cluster: each is an error."""
    n: int

    def as_json(self) -> dict[str, float | int]:
        """Return the figures by name."""
        return asdict(self)


def evaluate(labels: Mapping[str, int], truth: Mapping[str, Truth]) -> Agreement:
    """Compare ``labels`` (domain -> cluster, -1 = outlier) with what people say.

    Judged domains that ``labels`` lacks count as outliers.
    """
    names = sorted(name for name, one in truth.items() if one.kind in JUDGED_KINDS)
    given = np.array([labels.get(name, -1) for name in names], dtype=np.int64)
    brands = _codes([truth[name].brand for name in names])
    looks = _codes([f"{truth[name].brand}\0{truth[name].look}" for name in names])
    single = np.array([truth[name].kind == "singleton" for name in names], dtype=bool)
    return _agreement(given, brands, looks, single)


def b_cubed(first: NDArray[np.int64], second: NDArray[np.int64]) -> float:
    """Return the mean over rows of the share of a row's ``first`` group that shares its second.

    With (clusters, classes) this is B-cubed precision, with (classes, clusters) recall; 1.0
    for no rows.
    """
    if len(first) == 0:
        return 1.0
    return float(np.mean(_counts(_joint(first, second)) / _counts(first)))


def alone(labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return ``labels`` with a new number for each outlier: a cluster of one."""
    out = labels < 0
    numbered = labels.copy()
    numbered[out] = labels.max(initial=-1) + 1 + np.arange(out.sum())
    return numbered


def silhouette(
    vectors: NDArray[np.float32], labels: NDArray[np.int64], *, random_state: int = 0
) -> float | None:
    """Return the mean silhouette by cosine distance over the clustered rows.

    None for fewer than two clusters. Rows of clusters of one count 0, as in Rousseeuw
    (1987). Above 5,000 rows a seeded sample is judged, against all clustered rows.
    """
    rows = np.flatnonzero(labels >= 0)
    groups = _codes(labels[rows].tolist())
    n_groups = int(groups.max(initial=-1)) + 1
    if n_groups < 2:
        return None
    sample = np.arange(len(rows))
    if len(rows) > SILHOUETTE_ROWS:
        generator = np.random.default_rng(random_state)
        sample = np.sort(generator.choice(len(rows), SILHOUETTE_ROWS, replace=False))
    means, sizes = _mean_rows(vectors[rows], groups, n_groups)
    return float(_silhouettes(vectors[rows][sample], groups[sample], means, sizes).mean())


def _silhouettes(
    vectors: NDArray[np.float32],
    groups: NDArray[np.int64],
    means: NDArray[np.float64],
    sizes: NDArray[np.int64],
) -> NDArray[np.float64]:
    """The mean distance to a cluster is 1 - v . mean: no pairs are needed."""
    distances = 1.0 - vectors.astype(np.float64) @ means.T
    own = np.arange(len(groups)), groups
    size = sizes[groups]
    # The row itself, at distance 0, is in the mean of its own cluster: take it out.
    inside = distances[own] * size / np.maximum(size - 1, 1)
    distances[own] = np.inf
    outside = distances.min(axis=1)
    largest = np.maximum(np.maximum(inside, outside), 1e-12)
    return np.asarray(np.where(size > 1, (outside - inside) / largest, 0.0))


def _mean_rows(
    vectors: NDArray[np.float32], groups: NDArray[np.int64], n_groups: int
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    sizes = np.bincount(groups, minlength=n_groups).astype(np.int64)
    sums = np.zeros((n_groups, vectors.shape[1]))
    np.add.at(sums, groups, vectors.astype(np.float64))
    return sums / sizes[:, None], sizes


def _agreement(
    given: NDArray[np.int64],
    brands: NDArray[np.int64],
    looks: NDArray[np.int64],
    single: NDArray[np.bool_],
) -> Agreement:
    clusters = alone(given)
    precision, recall = b_cubed(clusters, brands), b_cubed(looks, clusters)
    ari, ami = _adjusted(looks, clusters)
    return Agreement(
        b3_precision=precision,
        b3_recall=recall,
        b3_f1=_harmonic(precision, recall),
        pairwise_f1=_harmonic(_pairwise(clusters, brands), _pairwise(looks, clusters)),
        ari=ari,
        ami=ami,
        outlier_share=float(np.mean(given < 0)) if len(given) else 0.0,
        singletons_clustered=float(np.mean(given[single] >= 0)) if single.any() else 0.0,
        n=len(given),
    )


def _adjusted(truth: NDArray[np.int64], clusters: NDArray[np.int64]) -> tuple[float, float]:
    from sklearn.metrics import adjusted_mutual_info_score, adjusted_rand_score

    if len(truth) == 0:
        return 1.0, 1.0
    ari = float(adjusted_rand_score(truth, clusters))
    return ari, float(adjusted_mutual_info_score(truth, clusters))


def _pairwise(first: NDArray[np.int64], second: NDArray[np.int64]) -> float:
    """Return the share of pairs within a ``first`` group that share their second; 1.0 for none."""
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


def _codes(values: list[str] | list[int]) -> NDArray[np.int64]:
    return np.unique(np.array(values), return_inverse=True)[1].ravel().astype(np.int64)
