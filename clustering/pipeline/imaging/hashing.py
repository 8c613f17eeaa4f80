"""A 64-bit perceptual hash: equal for copies, a few bits apart for scaled or recompressed ones."""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

GREY_SIDE_PX: Final = 32
N_FREQUENCIES: Final = 8


def perceptual_hash(canvas: Image.Image) -> int:
    """Hash a prepared canvas by the signs of its lowest 8 x 8 cosine frequencies.

    The first bit (most significant) is the mean's, then row by row; a bit is set where the
    coefficient is above the median of the 64.
    """
    # BOX averages whole areas, so resampling noise of the source cancels out.
    grey = canvas.convert("L").resize((GREY_SIDE_PX, GREY_SIDE_PX), Image.Resampling.BOX)
    pixels = np.asarray(grey, dtype=np.float64)
    coefficients = (_COSINES @ pixels @ _COSINES.T).ravel()
    bits = coefficients > np.median(coefficients)
    return int.from_bytes(np.packbits(bits).tobytes())


def distance(first: int, second: int) -> int:
    """Return how many bits differ."""
    return (first ^ second).bit_count()


def _cosines() -> NDArray[np.float64]:
    """The first rows of the orthonormal DCT-II, shape (N_FREQUENCIES, GREY_SIDE_PX)."""
    frequency = np.arange(N_FREQUENCIES)[:, None]
    position = np.arange(GREY_SIDE_PX)[None, :]
    rows = np.cos(np.pi * frequency * (2 * position + 1) / (2 * GREY_SIDE_PX))
    rows *= np.sqrt(2 / GREY_SIDE_PX)
    rows[0] /= np.sqrt(2)
    return np.asarray(rows, dtype=np.float64)


_COSINES: Final = _cosines()
