"""Pictures that stand in for a missing logo: only what holds whatever the brand."""

from typing import Final

import numpy as np
from PIL import Image

MIN_LOGO_SIDE_PX: Final = 8
"""Spacers and counting pixels are smaller; the smallest real icons have 16 px."""
MIN_INK: Final = 0.002
"""Share of the prepared canvas that differs from its ground: hairlines and specks have less."""
INK_TOLERANCE: Final = 24


def is_placeholder(image: Image.Image, canvas: Image.Image) -> bool:
    """Tell whether an image (RGBA), given with its canvas, is a blank that no one calls a logo."""
    return min(image.size) < MIN_LOGO_SIDE_PX or _ink(canvas) < MIN_INK


def _ink(canvas: Image.Image) -> float:
    pixels = np.asarray(canvas, dtype=np.int16)
    return float((np.abs(pixels - pixels[0, 0]).max(axis=2) > INK_TOLERANCE).mean())
