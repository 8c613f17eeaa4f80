"""Finds an embedder's distances on a data set's own logos, without labels."""

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from clustering.pipeline.clusterers.calibration import Distances
from clustering.pipeline.embedders import Embedder
from clustering.pipeline.imaging.preparation import (
    DARK_BACKGROUND,
    WHITE,
    composite,
    needs_dark_background,
)
from clustering.pipeline.naming.words import word_fragments
from clustering.pipeline.neighbours import N_NEIGHBOURS, nearest

DEVIATIONS: Final = 2.2
"""Of the distances to the nearest strangers, below their mean: 1.4 % of a normal distribution lie
lower. Average linkage joins fewer, since the mean distance to a group counts."""
UPPER: Final = 0.9  # quantile
UPPER_DEVIATIONS: Final = 1.2816  # above the mean, of the normal distribution
FEWEST_STRANGERS: Final = 50  # fewer say too little; the estimate of the embedder is kept
MOST_ROWS: Final = 5_000  # sampled; more do not move the quartiles
N_COPIED: Final = 48
COPIED_SHARE: Final = 0.8  # of altered copies that are within the distance of copies
SEED: Final = 15


@dataclass(frozen=True)
class Found:
    """Distances found on a data set, and the number of strangers they rest on."""

    distances: Distances
    n_strangers: int


def find_distances(
    vectors: NDArray[np.float32],
    domains: Sequence[Sequence[str]],
    copied: Sequence[tuple[int, Image.Image]],
    embedder: Embedder,
) -> Found | None:
    """Return the distances of an embedder; None where too few logos have strangers near.

    Args:
        vectors: shape (n, d), rows of L2 norm 1: the logos without placeholders.
        domains: the domains that show each row.
        copied: some rows with their RGBA images.
        embedder: makes the vectors of altered copies.

    Two logos are strangers if their domains share no part of a word. The distances to the nearest
    strangers are taken as normal, by their median and a high quantile: logos of one owner under
    other names are nearer, and would move the lower ones.
    """
    apart = nearest_strangers(vectors, domains)
    if len(apart) < FEWEST_STRANGERS or not copied:
        return None
    middle, high = np.quantile(apart, (0.5, UPPER))
    threshold = float(middle - DEVIATIONS / UPPER_DEVIATIONS * (high - middle))
    if threshold <= 0:
        return None
    copies = min(_distance_of_copies(vectors, copied, embedder), threshold / 2)
    return Found(Distances(round(threshold, 3), round(copies, 4)), len(apart))


def nearest_strangers(
    vectors: NDArray[np.float32], domains: Sequence[Sequence[str]]
) -> NDArray[np.float32]:
    """Return the distance of each logo to its nearest stranger, where one is near."""
    rows = np.random.default_rng(SEED).permutation(len(vectors))[:MOST_ROWS]
    fragments = [word_fragments(domains[int(row)]) for row in rows]
    graph = nearest(vectors[rows], N_NEIGHBOURS)
    found = []
    for place, some in enumerate(fragments):
        near = zip(graph.indices[place].tolist(), graph.distances[place].tolist(), strict=True)
        strangers = (
            apart
            for other, apart in near
            if other >= 0 and other != place and not some & fragments[other]
        )
        found.append(next(strangers, np.nan))
    apart = np.array(found, dtype=np.float32)
    return apart[np.isfinite(apart)]


def sampled_rows(n_rows: int) -> list[int]:
    """Return the rows whose altered copies are measured."""
    drawn = np.random.default_rng(SEED).permutation(n_rows)[:N_COPIED]
    return [int(row) for row in np.sort(drawn)]


def _distance_of_copies(
    vectors: NDArray[np.float32], copied: Sequence[tuple[int, Image.Image]], embedder: Embedder
) -> float:
    rows = [row for row, _ in copied]
    apart = [
        1.0
        - np.einsum("ij,ij->i", vectors[rows], embedder.embed([alter(one) for _, one in copied]))
        for alter in (_smaller, _recompressed)
    ]
    return max(0.0, float(np.quantile(np.concatenate(apart), COPIED_SHARE)))


def _smaller(image: Image.Image) -> Image.Image:
    size = (max(1, round(0.6 * image.width)), max(1, round(0.6 * image.height)))
    return image.resize(size, Image.Resampling.LANCZOS)


def _recompressed(image: Image.Image) -> Image.Image:
    file = BytesIO()
    ground = DARK_BACKGROUND if needs_dark_background(image) else WHITE
    composite(image, ground).save(file, "JPEG", quality=70)
    with Image.open(file) as opened:
        return opened.convert("RGBA")
