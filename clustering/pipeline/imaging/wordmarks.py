"""What tells wide logos apart besides the whole: their symbol, their tilt and their sharpness."""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from clustering.pipeline.imaging.normalising import downscaled
from clustering.pipeline.imaging.preparation import (
    Colour,
    distance_from,
    extrema,
    flatten,
    trim,
    without_dark_frame,
)

WORKING_SIDE_PX: Final = 160
MIN_ASPECT: Final = 1.6
"""Of a logo that may have a symbol before its word."""
MIN_HEIGHT_PX: Final = 8
MIN_GAP_SHARE: Final = 0.04
"""Of the height, between symbol and word."""
SYMBOL_ASPECTS: Final = (0.7, 1.5)
INK_TOLERANCE: Final = 40
INK_SHARE: Final = 0.3
"""Of the largest distance from the background."""
ANGLES: Final = np.arange(-12.0, 12.5)
"""Degrees."""
MAX_LEVEL_HEIGHT: Final = 0.9
"""Of the height of a tilted logo, when it is level: others are not tilted."""
MIN_LEVEL_GAIN: Final = 1.15
"""Of the sum of squares of its rows' ink: lines of text fill few rows when they are level."""
MIN_LEVEL_ASPECT: Final = 1.5
MIN_LEVEL_PX: Final = 48
EDGE_QUANTILE: Final = 0.99

Mask = NDArray[np.bool_]
Places = NDArray[np.int64]


def symbol(logo: Image.Image, background: Colour) -> Image.Image | None:
    """Return the symbol before the word of a trimmed RGB logo; None without one.

    It is what comes before the first gap, if that is about as wide as high.
    """
    if logo.width < MIN_ASPECT * logo.height or logo.height < MIN_HEIGHT_PX:
        return None
    ink = _ink(logo, background)
    columns, rows = np.flatnonzero(ink.any(axis=0)), np.flatnonzero(ink.any(axis=1))
    if len(columns) < 2:
        return None
    height = int(np.ptp(rows)) + 1
    gaps = np.flatnonzero(np.diff(columns) > max(2.0, MIN_GAP_SHARE * height))
    if len(gaps) == 0:
        return None
    left, right = int(columns[0]), int(columns[gaps[0]]) + 1
    lowest, highest = SYMBOL_ASPECTS
    if not lowest <= (right - left) / height <= highest:
        return None
    return trim(logo.crop((left, int(rows[0]), right, int(rows[-1]) + 1)), background)


def levelled(image: Image.Image) -> Image.Image:
    """Return a tilted wordmark set level, on its background; other RGBA images as they are."""
    if max(image.size) < MIN_LEVEL_PX:
        return image
    small, background = without_dark_frame(flatten(downscaled(image, WORKING_SIDE_PX)))
    angle = _tilt(trim(small, background), background)
    if angle == 0:
        return image
    flat, background = without_dark_frame(flatten(image))
    bicubic = Image.Resampling.BICUBIC
    return flat.rotate(angle, bicubic, expand=True, fillcolor=background).convert("RGBA")


def _tilt(logo: Image.Image, background: Colour) -> float:
    """Return the degrees by which a trimmed logo is to be turned to be lowest; mostly 0."""
    ink = _ink(logo, background)
    # The outermost points in any direction are ends of columns.
    columns = np.flatnonzero(ink.any(axis=0))
    if len(columns) == 0:
        return 0.0
    ends = ink.argmax(axis=0), len(ink) - 1 - ink[::-1].argmax(axis=0)
    y, x = np.concatenate([one[columns] for one in ends]), np.tile(columns, 2)
    turns = np.radians(ANGLES)
    heights = np.ptp(_turned(y, x, turns[:, None]), axis=1) + 1
    best, middle = int(heights.argmin()), len(ANGLES) // 2
    width = np.ptp(x * np.cos(turns[best]) + y * np.sin(turns[best])) + 1
    is_tilted = (
        heights[best] <= MAX_LEVEL_HEIGHT * heights[middle]
        and width >= MIN_LEVEL_ASPECT * heights[best]
        and _by_rows(ink, turns[best]) >= MIN_LEVEL_GAIN * _by_rows(ink, turns[middle])
    )
    return float(ANGLES[best]) if is_tilted else 0.0


def _turned(y: Places, x: Places, angle: NDArray[np.float64] | np.float64) -> NDArray[np.float64]:
    return np.asarray(y * np.cos(angle) - x * np.sin(angle), dtype=np.float64)


def _by_rows(ink: Mask, angle: np.float64) -> int:
    """Return the sum of squares of the number of points in each row of a turned logo."""
    y, x = np.nonzero(ink)
    heights = _turned(y, x, angle)
    counts = np.bincount(np.round(heights - heights.min()).astype(np.int64))
    return int((counts**2).sum())


def resolution(logo: Image.Image) -> float:
    """Return how many widths of its sharpest edges a trimmed RGB logo is long.

    A drawing of 16 px that was enlarged has about 16, whatever its size.
    """
    levels = np.asarray(downscaled(logo, WORKING_SIDE_PX).convert("L"), dtype=np.float32)
    steps = np.concatenate([np.abs(np.diff(levels, axis=axis)).ravel() for axis in (0, 1)])
    contrast = float(np.ptp(levels))
    if len(steps) == 0 or contrast == 0:
        return float(max(logo.size))
    sharpest = float(np.quantile(steps, EDGE_QUANTILE))
    return float(sharpest * max(levels.shape) / contrast)


def _ink(logo: Image.Image, background: Colour) -> Mask:
    apart = distance_from(logo, background)
    return np.asarray(apart) > max(INK_TOLERANCE, INK_SHARE * extrema(apart)[1])
