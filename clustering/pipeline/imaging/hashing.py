"""64-bit perceptual hash (DCT): stable under scaling and recompression up to a few bits."""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

GREY_SIDE_PX: Final = 32
N_FREQUENCIES: Final = 8


def perceptual_hash(canvas: Image.Image) -> int:
    """Hash a prepared canvas by its lowest 8 x 8 DCT coefficients.

    Row by row, most significant bit first; a bit is set if the coefficient is above the median
    of the 64.
    """
    # BOX averages areas: resampling noise of the source cancels out.
    grey = canvas.convert("L").resize((GREY_SIDE_PX, GREY_SIDE_PX), Image.Resampling.BOX)
    pixels = np.asarray(grey, dtype=np.float64)
    coefficients = (_DCT_BASIS @ pixels @ _DCT_BASIS.T).ravel()
    bits = coefficients > np.median(coefficients)
    return int.from_bytes(np.packbits(bits).tobytes())


def distance(first: int, second: int) -> int:
    """Return the Hamming distance."""
    return (first ^ second).bit_count()


def _dct_basis() -> NDArray[np.float64]:
    """The first rows of the orthonormal DCT-II, shape (N_FREQUENCIES, GREY_SIDE_PX)."""
    frequency = np.arange(N_FREQUENCIES)[:, None]
    position = np.arange(GREY_SIDE_PX)[None, :]
    rows = np.cos(np.pi * frequency * (2 * position + 1) / (2 * GREY_SIDE_PX))
    rows *= np.sqrt(2 / GREY_SIDE_PX)
    rows[0] /= np.sqrt(2)
    return np.asarray(rows, dtype=np.float64)


_DCT_BASIS: Final = _dct_basis()
