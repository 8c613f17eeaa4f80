"""Synthetic vectors with known brands, distributed like real logos."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

DIM: Final = 512
STRANGERS: Final = 0.35  # share of singleton brands
COPIES: Final = 0.4  # share of grouped rows drawn to be copies: scaled or recompressed
TAIL: Final = 1.3  # exponent of the Pareto law of brand sizes: few large, many of two
LARGEST: Final = 0.01  # share of all rows that one brand may have
N_STYLES: Final = 200  # style directions shared by many brands
STYLE: Final = (0.3, 1.4)  # length of the style direction: cosines of 0.1 to 0.66
LOOK: Final = 0.45  # length of the look's direction: cosine 0.83 between looks of a brand
NOISE: Final = (0.1, 0.45)  # length of the logo's direction: cosines of 0.99 to 0.83 within a look
COPY_NOISE: Final = 0.05  # length of a copy's direction: cosine 0.9975
COPY_BITS: Final = 2  # bits of the perceptual hash in which a copy differs
CHUNK_ROWS: Final = 50_000  # drawn at once


@dataclass(frozen=True)
class Planted:
    """n synthetic logos with known brands."""

    vectors: NDArray[np.float32]
    """Shape (n, 512), rows of L2 norm 1."""
    phashes: NDArray[np.uint64]
    brands: NDArray[np.int64]


def planted(n_rows: int, *, seed: int = 42) -> Planted:
    """Return ``n_rows`` logos of brands of very different sizes.

    A third of the rows are singleton brands. The other brands have Pareto-distributed sizes
    (from 2 to a hundredth of all rows) and one to three looks. Each brand has one of 200 styles
    in a random amount, so that different brands have cosines up to 0.66, and a random spread of
    its logos. At least a tenth of the rows are near-copies of another row, in vector and
    perceptual hash. Rows are shuffled.
    """
    generator = np.random.default_rng(seed)
    brands = _brands(n_rows, generator)
    n_brands = int(brands.max()) + 1
    looks = brands * 3 + generator.integers(0, generator.integers(1, 4, n_brands)[brands])
    _, looks = np.unique(looks, return_inverse=True)
    brand_of_look = np.zeros(int(looks.max()) + 1, dtype=np.int64)
    brand_of_look[looks] = brands
    style_of_brand = generator.integers(0, N_STYLES, n_brands)

    styles = _directions(N_STYLES, generator)
    lengths = _drawn(STYLE, n_brands, generator)
    own = _unit(lengths * styles[style_of_brand] + _directions(n_brands, generator))
    shapes = _unit(own[brand_of_look] + LOOK * _directions(len(brand_of_look), generator))
    hashes = generator.integers(0, 1 << 63, len(brand_of_look), dtype=np.uint64)

    noise = _drawn(NOISE, n_brands, generator)
    vectors = np.empty((n_rows, DIM), dtype=np.float32)
    for start in range(0, n_rows, CHUNK_ROWS):
        some = looks[start : start + CHUNK_ROWS]
        own_part = noise[brand_of_look[some]] * _directions(len(some), generator)
        vectors[start : start + CHUNK_ROWS] = _unit(shapes[some] + own_part)
    phashes = _flipped(hashes[looks], 10, generator)
    _copy(vectors, phashes, looks, generator)
    order = generator.permutation(n_rows)
    return Planted(vectors[order], phashes[order], brands[order])


def _brands(n_rows: int, generator: np.random.Generator) -> NDArray[np.int64]:
    """Return the brand of each row, sorted, singletons last."""
    n_grouped = n_rows - int(STRANGERS * n_rows)
    sizes = np.minimum(2.0 * (1.0 + generator.pareto(TAIL, n_grouped)), LARGEST * n_rows)
    ends = np.cumsum(np.maximum(sizes, 2.0).astype(np.int64))
    grouped = np.searchsorted(ends, np.arange(n_grouped), side="right")
    strangers = np.arange(n_rows - n_grouped) + int(grouped.max()) + 1
    return np.concatenate([grouped, strangers]).astype(np.int64)


def _copy(
    vectors: NDArray[np.float32],
    phashes: NDArray[np.uint64],
    looks: NDArray[np.int64],
    generator: np.random.Generator,
) -> None:
    """Make some rows near-copies of the previous one of the same look that is no copy."""
    rows = np.flatnonzero(generator.random(len(looks)) < COPIES)
    rows = rows[(rows > 0) & (looks[rows] == looks[rows - 1])]
    rows = rows[np.diff(rows, prepend=-2) > 1]
    vectors[rows] = _unit(vectors[rows - 1] + COPY_NOISE * _directions(len(rows), generator))
    phashes[rows] = _flipped(phashes[rows - 1], COPY_BITS, generator)


def _flipped(
    hashes: NDArray[np.uint64], n_bits: int, generator: np.random.Generator
) -> NDArray[np.uint64]:
    """Return the hashes with up to ``n_bits`` bits flipped."""
    changed = hashes.copy()
    for _ in range(n_bits):
        changed ^= np.uint64(1) << generator.integers(0, 64, len(hashes), dtype=np.uint64)
    return changed


def _drawn(
    bounds: tuple[float, float], n_rows: int, generator: np.random.Generator
) -> NDArray[np.float32]:
    """Return uniform numbers, one per row, shape (n, 1)."""
    return generator.uniform(*bounds, (n_rows, 1)).astype(np.float32)


def _directions(n_rows: int, generator: np.random.Generator) -> NDArray[np.float32]:
    """Return random rows of about length 1."""
    drawn = generator.standard_normal((n_rows, DIM), dtype=np.float32)
    drawn *= np.float32(DIM**-0.5)
    return drawn


def _unit(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return rows
