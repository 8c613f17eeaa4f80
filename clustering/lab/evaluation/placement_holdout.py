"""Accuracy of placement on held-out labelled logos; calibration of its threshold on the rest.

Whole brands are held out, whose images should become outliers, and a third of the images of every
other brand, which should join it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from clustering.pipeline.clusterers import OUTLIER
from clustering.pipeline.placement import Images, Members, exemplars, place
from clustering.pipeline.placement.calibration import PlacementThreshold

RESAMPLES: Final = 2_000  # of brands, for an interval
WEAK_PENALTY: Final = 1e6  # keeps the slope finite if classes are separable


@dataclass(frozen=True)
class Labelled:
    """n labelled images; ``is_single`` if the brand has one image."""

    images: Images
    brands: NDArray[np.int64]
    looks: NDArray[np.int64]
    """Renditions, numbered across brands."""
    is_single: NDArray[np.bool_]

    def rows(self, chosen: NDArray[np.int64]) -> "Labelled":
        """Return the images at ``chosen`` rows, in that order."""
        return Labelled(
            self.images.rows(chosen),
            self.brands[chosen],
            self.looks[chosen],
            self.is_single[chosen],
        )


@dataclass(frozen=True)
class Split:
    """Rows of the reference, of held-out images of its brands, and of held-out brands."""

    reference: NDArray[np.int64]
    seen: NDArray[np.int64]
    unseen: NDArray[np.int64]


@dataclass(frozen=True)
class HoldoutResult:
    """Results of held-out images, one entry each."""

    brands: NDArray[np.int64]
    is_unseen: NDArray[np.bool_]
    is_right: NDArray[np.bool_]
    """Placed into its own brand's cluster, or, of an unseen brand, an outlier."""
    is_new: NDArray[np.bool_]
    """The reference does not contain the same image."""
    is_known_look: NDArray[np.bool_]
    """The reference contains another image of the same rendition."""


@dataclass(frozen=True)
class Share:
    """A share of ``n`` images with its 95 % interval, brands resampled with replacement."""

    value: float
    low: float
    high: float
    n: int

    def __str__(self) -> str:
        return f"{self.value:.3f}  [{self.low:.3f}, {self.high:.3f}]  n = {self.n}"


def split(labelled: Labelled, seed: int) -> Split:
    """Hold out a third of the brands and singletons, and a third of the other brands' images.

    At least one image of a brand stays in the reference, and one of two is held out.
    """
    rng = np.random.default_rng(seed)
    single = labelled.is_single
    hidden = np.concatenate(
        [_third(np.unique(labelled.brands[kind]), rng) for kind in (~single, single)]
    )
    unseen = np.flatnonzero(np.isin(labelled.brands, hidden))
    shown = np.setdiff1d(np.unique(labelled.brands[~single]), hidden)
    thirds = [_third(np.flatnonzero(labelled.brands == brand), rng) for brand in shown]
    seen = np.sort(np.concatenate([*thirds, np.empty(0, np.int64)]))
    rest = np.setdiff1d(np.arange(len(labelled.brands)), np.concatenate([seen, unseen]))
    return Split(reference=rest, seen=seen, unseen=unseen)


def as_labelled(reference: Labelled) -> NDArray[np.int64]:
    """Return ideal labels: brands as clusters, singletons as outliers."""
    return np.where(reference.is_single, OUTLIER, reference.brands)


def calibrate(reference: Labelled) -> PlacementThreshold:
    """Fit the probability that the nearest member is of the same brand; the threshold is at 0.5.

    Each image is held out twice: with the rest of its brand in the reference, and without it.
    Both halves have equal weight, and so has every brand within them, so that large brands do
    not dominate. Images nearest to a singleton are outliers at any threshold and not counted.
    """
    cosines, brands = _cosines(reference), reference.brands
    is_own = brands[:, None] == brands[None, :]
    others, own = np.where(is_own, -1.0, cosines), np.where(is_own, cosines, -1.0).max(axis=1)
    best_other, other_is_cluster = others.max(axis=1), ~reference.is_single[others.argmax(axis=1)]
    known = np.flatnonzero((own >= 0) & (other_is_cluster | (own > best_other)))
    unknown = np.flatnonzero(other_is_cluster)
    score, slope = _logistic(
        np.concatenate([np.maximum(own, best_other)[known], best_other[unknown]]),
        np.concatenate([(own > best_other)[known], np.zeros(len(unknown), dtype=bool)]),
        np.concatenate([_per_brand(brands[known]), _per_brand(brands[unknown])]),
    )
    return PlacementThreshold(score=round(score, 3), slope=round(slope, 1))


def outcome(
    reference: Labelled, labels: NDArray[np.int64], held: Labelled, cut: PlacementThreshold
) -> HoldoutResult:
    """Place the held-out images into the reference's clusters and evaluate the results.

    A cluster counts as its majority brand.
    """
    kept = exemplars.select(reference.images.vectors, labels)
    placements = place(held.images, Members(reference.images.rows(kept), labels[kept]), cut)
    brand_of = _majorities(labels, reference.brands) | {OUTLIER: OUTLIER}
    answers = np.array([brand_of[one.label] for one in placements], dtype=np.int64)
    is_unseen = ~np.isin(held.brands, reference.brands)
    known = set(reference.images.sha256s)
    return HoldoutResult(
        brands=held.brands,
        is_unseen=is_unseen,
        is_right=answers == np.where(is_unseen, OUTLIER, held.brands),
        is_new=np.array([sha256 not in known for sha256 in held.images.sha256s], dtype=bool),
        is_known_look=np.isin(held.looks, reference.looks),
    )


def joined(outcomes: Sequence[HoldoutResult]) -> HoldoutResult:
    """Concatenate the results of several splits."""
    return HoldoutResult(
        brands=np.concatenate([one.brands for one in outcomes]),
        is_unseen=np.concatenate([one.is_unseen for one in outcomes]),
        is_right=np.concatenate([one.is_right for one in outcomes]),
        is_new=np.concatenate([one.is_new for one in outcomes]),
        is_known_look=np.concatenate([one.is_known_look for one in outcomes]),
    )


def share(found: HoldoutResult, chosen: NDArray[np.bool_]) -> Share:
    """Return the share of right results among the ``chosen`` images."""
    _, brands = np.unique(found.brands[chosen], return_inverse=True)
    n_brands, n_images = int(brands.max(initial=-1)) + 1, int(chosen.sum())
    if n_images == 0:
        return Share(1.0, 0.0, 1.0, 0)
    right = np.bincount(brands, weights=found.is_right[chosen], minlength=n_brands)
    sizes = np.bincount(brands, minlength=n_brands)
    draws = np.random.default_rng(0).integers(n_brands, size=(RESAMPLES, n_brands))
    shares = right[draws].sum(axis=1) / sizes[draws].sum(axis=1)
    low, high = np.quantile(shares, (0.025, 0.975))
    return Share(float(right.sum() / n_images), float(low), float(high), n_images)


def _third(values: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
    return rng.permutation(values)[: round(len(values) / 3)]


def _cosines(reference: Labelled) -> NDArray[np.float32]:
    """Cosines of different images; -1 between equal images."""
    _, images = np.unique(np.array(reference.images.sha256s), return_inverse=True)
    cosines = reference.images.vectors @ reference.images.vectors.T
    cosines[images[:, None] == images[None, :]] = -1.0
    return np.asarray(cosines, dtype=np.float32)


def _per_brand(brands: NDArray[np.int64]) -> NDArray[np.float64]:
    """Equal weights per brand, with sum 1."""
    _, inverse, sizes = np.unique(brands, return_inverse=True, return_counts=True)
    return np.asarray(1.0 / (sizes[inverse] * max(1, len(sizes))))


def _logistic(
    scores: NDArray[np.float32], is_right: NDArray[np.bool_], weights: NDArray[np.float64]
) -> tuple[float, float]:
    """Return the midpoint and slope of the fitted logistic curve."""
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=WEAK_PENALTY)
    model.fit(scores[:, None], is_right, sample_weight=weights)
    slope, intercept = float(model.coef_[0, 0]), float(model.intercept_[0])
    return -intercept / slope, slope


def _majorities(labels: NDArray[np.int64], brands: NDArray[np.int64]) -> dict[int, int]:
    """Return label -> majority brand; ties go to the lower number."""
    return {
        int(label): int(np.bincount(brands[labels == label]).argmax())
        for label in np.unique(labels[labels >= 0])
    }
