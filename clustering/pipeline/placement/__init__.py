"""New images against those of a run: the cluster each belongs to, or none, without re-clustering.

members (vectors, labels) -> exemplars.chosen() -> place() -> Placement, reasons.reason() in words
calibration.py holds the cut of each embedder; holdout.py measures it on labelled logos
"""

from dataclasses import dataclass
from enum import Enum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from clustering.pipeline.clusterers import OUTLIER
from clustering.pipeline.placement.calibration import PlacementCut

TOP: Final = 5
COPY_BITS: Final = 4  # of 64 perceptual bits; recompressed copies of one logo differ in fewer
COPY_COSINE: Final = 0.9  # against two simple shapes that share a hash by chance
QUERIES_AT_ONCE: Final = 256  # with 100,000 members 100 MB of scores


class Tier(Enum):
    """How an image relates to the member that it is most like."""

    SAME = "same"
    """The very same image."""
    COPY = "copy"
    """The same logo scaled, recompressed or padded."""
    ALIKE = "alike"
    """At least as alike as the cut."""
    STRANGE = "strange"
    """Less alike than the cut."""


@dataclass(frozen=True)
class Images:
    """n images as a placement sees them."""

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
    """A cluster, its member most like the image, and their cosine."""

    label: int
    member: int
    score: float


@dataclass(frozen=True)
class Placement:
    """Where one image belongs."""

    label: int
    """The cluster, or -1."""
    tier: Tier
    confidence: float
    """In [0, 1]: how probably this answer, cluster or outlier, is right (see ``Cut``)."""
    nearest: ExemplarMatch | None
    """The member most like the image, be it in a cluster or an outlier; None without members."""
    matches: tuple[ExemplarMatch, ...]
    """Up to five clusters, the most alike first."""
    cut: float

    @property
    def score(self) -> float:
        """Cosine to the best cluster; 0 where there is none."""
        return self.matches[0].score if self.matches else 0.0


def place(
    images: Images, members: Members, cut: PlacementCut, *, top: int = TOP
) -> list[Placement]:
    """Return where each image belongs among the clusters of ``members``.

    An image goes to the cluster of the member that is most like it, if they are the same
    image, copies, or at least ``cut.score`` alike. Most like an outlier, it is an outlier as
    well: only a new run makes clusters. Ties go to a cluster before an outlier, then to the
    lower label, then to the member with the lower row.

    One nearest neighbour with a rejection cut (Cover & Hart 1967; Chow 1970). The outliers
    among the members act as classes of their own, which keeps their likes out of clusters.
    """
    if len(members.images) == 0:
        return [_lonely(cut) for _ in range(len(images))]
    index = _Index(members)
    return [
        _decide(index, images.rows(np.array([start + row])), scores, cut, top)
        for start in range(0, len(images), QUERIES_AT_ONCE)
        for row, scores in enumerate(index.scores(images.vectors[start : start + QUERIES_AT_ONCE]))
    ]


class _Index:
    """The members in the order of their clusters, outliers last, so that each is a slice."""

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
        """Cosines to all members, rounded: ties must not hang on the last bits."""
        cosines = np.round(vectors @ self.images.vectors.T, 6)
        return np.asarray(np.clip(cosines, 0.0, 1.0), dtype=np.float32)

    def match(self, place: int, scores: NDArray[np.float32]) -> ExemplarMatch:
        return ExemplarMatch(int(self.labels[place]), int(self.rows[place]), float(scores[place]))

    def best(self, scores: NDArray[np.float32], top: int) -> list[ExemplarMatch]:
        """The best member of each of the ``top`` clusters."""
        if len(self.starts) == 0:
            return []
        highest = np.maximum.reduceat(scores[: self.ends[-1]], self.starts)
        chosen = np.argsort(-highest, kind="stable")[:top]
        bounds = zip(self.starts[chosen].tolist(), self.ends[chosen].tolist(), strict=True)
        return [
            self.match(start + int(scores[start:end].argmax()), scores) for start, end in bounds
        ]

    def tier(self, image: Images, place: int, score: float, cut: PlacementCut) -> Tier:
        if self.images.sha256s[place] == image.sha256s[0]:
            return Tier.SAME
        bits = int(np.bitwise_count(self.images.phashes[place] ^ image.phashes[0]))
        if bits <= COPY_BITS and score >= COPY_COSINE:
            return Tier.COPY
        return Tier.ALIKE if score >= cut.score else Tier.STRANGE


def _decide(
    index: _Index, image: Images, scores: NDArray[np.float32], cut: PlacementCut, top: int
) -> Placement:
    place = index.place_of.get(image.sha256s[0], int(scores.argmax()))
    nearest = index.match(place, scores)
    matches = _led_by(nearest, index.best(scores, top))
    tier = index.tier(image, place, nearest.score, cut)
    return Placement(
        label=OUTLIER if tier is Tier.STRANGE else nearest.label,
        tier=tier,
        confidence=_confidence(tier, nearest, matches, cut),
        nearest=nearest,
        matches=tuple(matches[:top]),
        cut=cut.score,
    )


def _led_by(nearest: ExemplarMatch, matches: list[ExemplarMatch]) -> list[ExemplarMatch]:
    """Put the cluster of the very same image first, whatever ties with it."""
    others = [one for one in matches if one.label != nearest.label]
    return matches if nearest.label == OUTLIER else [nearest, *others]


def _confidence(
    tier: Tier, nearest: ExemplarMatch, matches: list[ExemplarMatch], cut: PlacementCut
) -> float:
    """How probably the answer is right: that of a stranger, that no cluster is its own."""
    if tier in (Tier.SAME, Tier.COPY):
        return 1.0
    if tier is Tier.ALIKE:
        return cut.probability(nearest.score)
    return 1.0 - cut.probability(matches[0].score if matches else 0.0)


def _lonely(cut: PlacementCut) -> Placement:
    return Placement(
        OUTLIER, Tier.STRANGE, 1.0 - cut.probability(0.0), nearest=None, matches=(), cut=cut.score
    )
