"""Assigns new images to the clusters of a run without re-clustering.

members (vectors, labels) -> exemplars.select() -> place() -> Placement, reasons.reason() in words
calibration.py holds the similarity threshold of each embedder
"""

from dataclasses import dataclass
from enum import Enum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from clustering.pipeline.clusterers import OUTLIER
from clustering.pipeline.placement.calibration import PlacementThreshold

TOP: Final = 5
COPY_BITS: Final = 4  # of 64 perceptual bits; recompressed copies of one logo differ in fewer
COPY_COSINE: Final = 0.9  # against hash collisions of simple shapes
QUERIES_AT_ONCE: Final = 256  # 100 MB of scores with 100,000 members


class Tier(Enum):
    """Relation of an image to its nearest member; the value is stored."""

    SAME = "same"
    """The very same image."""
    COPY = "copy"
    """The same logo scaled, recompressed or padded."""
    SIMILAR = "alike"
    """Similarity at or above the threshold."""
    DIFFERENT = "strange"
    """Similarity below the threshold."""


@dataclass(frozen=True)
class Images:
    """Hashes and embeddings of n images."""

    sha256s: tuple[str, ...]
    phashes: NDArray[np.uint64]
    """Shape (n,): perceptual hashes."""
    vectors: NDArray[np.float32]
    """Shape (n, d), rows of L2 norm 1."""

    def __len__(self) -> int:
        return len(self.sha256s)

    def rows(self, chosen: NDArray[np.int64]) -> "Images":
        """Return the images at ``chosen`` rows, in that order."""
        sha256s = tuple(self.sha256s[row] for row in chosen)
        return Images(sha256s, self.phashes[chosen], self.vectors[chosen])


@dataclass(frozen=True)
class Members:
    """The images of a run and the cluster of each."""

    images: Images
    labels: NDArray[np.int64]
    """Shape (m,): -1 for an outlier."""


@dataclass(frozen=True)
class ExemplarMatch:
    """A cluster, its member nearest to the image, and their cosine."""

    label: int
    member: int
    score: float


@dataclass(frozen=True)
class Placement:
    """The assignment of one image."""

    label: int
    """The cluster, or -1."""
    tier: Tier
    confidence: float
    """In [0, 1]: estimated probability that the assignment, cluster or outlier, is correct."""
    nearest: ExemplarMatch | None
    """The nearest member, clustered or outlier; None without members."""
    matches: tuple[ExemplarMatch, ...]
    """Up to five clusters by descending similarity."""
    threshold: float

    @property
    def score(self) -> float:
        """Cosine to the best cluster; 0 where there is none."""
        return self.matches[0].score if self.matches else 0.0


def place(
    images: Images, members: Members, threshold: PlacementThreshold, *, top: int = TOP
) -> list[Placement]:
    """Assign each image to a cluster of ``members`` or to none.

    1-nearest-neighbour classification with a reject option (Cover & Hart 1967; Chow 1970): the
    image gets the label of its nearest member, if they are the same image, copies, or have a
    cosine of ``threshold.score`` or more. Outliers among the members are classes of their own:
    an image nearest to one is an outlier. Ties go to clusters before outliers, then to the
    lower label, then to the lower row.
    """
    if len(members.images) == 0:
        return [_without_members(threshold) for _ in range(len(images))]
    index = _Index(members)
    return [
        _decide(index, images.rows(np.array([start + row])), scores, threshold, top)
        for start in range(0, len(images), QUERIES_AT_ONCE)
        for row, scores in enumerate(index.scores(images.vectors[start : start + QUERIES_AT_ONCE]))
    ]


class _Index:
    """Members sorted by cluster, outliers last, so that each cluster is a slice."""

    def __init__(self, members: Members) -> None:
        last = np.iinfo(np.int64).max
        self.rows = np.argsort(np.where(members.labels < 0, last, members.labels), kind="stable")
        self.images = members.images.rows(self.rows)
        self.labels = members.labels[self.rows]
        held = self.labels[self.labels >= 0]
        self.starts = np.flatnonzero(np.diff(held, prepend=-1))
        self.ends = np.append(self.starts[1:], len(held))
        backwards = reversed(list(enumerate(self.images.sha256s)))
        self.place_of = {sha256: place for place, sha256 in backwards}  # the first place wins

    def scores(self, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        """Cosines to all members, rounded for stable ties."""
        cosines = np.round(vectors @ self.images.vectors.T, 6)
        return np.asarray(np.clip(cosines, 0.0, 1.0), dtype=np.float32)

    def match(self, place: int, scores: NDArray[np.float32]) -> ExemplarMatch:
        return ExemplarMatch(int(self.labels[place]), int(self.rows[place]), float(scores[place]))

    def best(self, scores: NDArray[np.float32], top: int) -> list[ExemplarMatch]:
        """The nearest member of each of the ``top`` clusters."""
        if len(self.starts) == 0:
            return []
        highest = np.maximum.reduceat(scores[: self.ends[-1]], self.starts)
        chosen = np.argsort(-highest, kind="stable")[:top]
        bounds = zip(self.starts[chosen].tolist(), self.ends[chosen].tolist(), strict=True)
        return [
            self.match(start + int(scores[start:end].argmax()), scores) for start, end in bounds
        ]

    def tier(self, image: Images, place: int, score: float, threshold: PlacementThreshold) -> Tier:
        if self.images.sha256s[place] == image.sha256s[0]:
            return Tier.SAME
        bits = int(np.bitwise_count(self.images.phashes[place] ^ image.phashes[0]))
        if bits <= COPY_BITS and score >= COPY_COSINE:
            return Tier.COPY
        return Tier.SIMILAR if score >= threshold.score else Tier.DIFFERENT


def _decide(
    index: _Index,
    image: Images,
    scores: NDArray[np.float32],
    threshold: PlacementThreshold,
    top: int,
) -> Placement:
    place = index.place_of.get(image.sha256s[0], int(scores.argmax()))
    nearest = index.match(place, scores)
    matches = _nearest_first(nearest, index.best(scores, top))
    tier = index.tier(image, place, nearest.score, threshold)
    return Placement(
        label=OUTLIER if tier is Tier.DIFFERENT else nearest.label,
        tier=tier,
        confidence=_confidence(tier, nearest, matches, threshold),
        nearest=nearest,
        matches=tuple(matches[:top]),
        threshold=threshold.score,
    )


def _nearest_first(nearest: ExemplarMatch, matches: list[ExemplarMatch]) -> list[ExemplarMatch]:
    """Put the cluster of the nearest member first."""
    others = [one for one in matches if one.label != nearest.label]
    return matches if nearest.label == OUTLIER else [nearest, *others]


def _confidence(
    tier: Tier, nearest: ExemplarMatch, matches: list[ExemplarMatch], threshold: PlacementThreshold
) -> float:
    """Probability of the cluster, or for outliers of belonging to no cluster."""
    if tier in (Tier.SAME, Tier.COPY):
        return 1.0
    if tier is Tier.SIMILAR:
        return threshold.probability(nearest.score)
    return 1.0 - threshold.probability(matches[0].score if matches else 0.0)


def _without_members(threshold: PlacementThreshold) -> Placement:
    return Placement(
        OUTLIER,
        Tier.DIFFERENT,
        1.0 - threshold.probability(0.0),
        nearest=None,
        matches=(),
        threshold=threshold.score,
    )
