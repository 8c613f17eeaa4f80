"""Detect globe icons and monogram tiles by shape: their files vary too much for hashes."""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from clustering.pipeline.imaging.preparation import flatten

Pixels = NDArray[np.float64]

GLOBE_SIDES_PX: Final = (14, 32)
"""Icon services return globes of 16 or 32 px; a larger globe is a logo."""
MIN_MIRRORED: Final = 0.85
"""Correlation with the mirror images; below 1 because of antialiasing at 16 px."""
MAX_OFF_LINE: Final = 0.2
"""Ratio of the second to the first singular value of the colours: one ink on one background
forms a line in RGB space."""
MIN_LINE: Final = 0.15
"""Contrast of equator and meridian to the fields between them; the strongest ink is 1."""
GLOBE_GRID_PX: Final = 16
TILE_GRID_PX: Final = 48
MIN_TILE_SHARE: Final = 0.55
TILE_TOLERANCE: Final = 12.0
LIGHTEST_TILE: Final = 225.0
INK_EXTREMES: Final = (60.0, 200.0)
"""Letters of generated tiles are white or near black."""
LETTER_HEIGHT: Final = (0.22, 0.72)
LETTER_WIDTH: Final = (0.04, 0.75)
MAX_OFF_CENTRE: Final = 0.08
MAX_COMPONENTS: Final = 2  # of a letter: i, j, and those with an accent


def is_globe(image: Image.Image) -> bool:
    """Whether a small RGBA icon is a single-colour disc with an equator and meridians."""
    smallest, largest = GLOBE_SIDES_PX
    if not smallest <= min(image.size) <= max(image.size) <= largest:
        return False
    pixels = np.asarray(flatten(image), dtype=np.float64)
    colours = pixels - pixels[0, 0]
    if not _is_single_ink(colours):
        return False
    ink = _crop(np.linalg.norm(colours, axis=2))
    return ink is not None and _is_disc_with_lines(ink)


def is_monogram(image: Image.Image) -> bool:
    """Whether an RGBA image is one white or black letter centred on a tile of one colour."""
    if not 0.9 <= image.width / image.height <= 1.1 or min(image.size) < GLOBE_SIDES_PX[0]:
        return False
    small = flatten(image).resize((TILE_GRID_PX, TILE_GRID_PX), Image.Resampling.BOX)
    pixels = np.asarray(small, dtype=np.float64)
    middle = pixels[TILE_GRID_PX // 8 : -TILE_GRID_PX // 8, TILE_GRID_PX // 8 : -TILE_GRID_PX // 8]
    tile = np.median(middle.reshape(-1, 3), axis=0)
    distance = np.linalg.norm(middle - tile, axis=2)
    if tile.min() > LIGHTEST_TILE or (distance <= TILE_TOLERANCE).mean() < MIN_TILE_SHARE:
        return False
    letter = middle[np.unravel_index(distance.argmax(), distance.shape)]
    is_plain = letter.min() >= INK_EXTREMES[1] or letter.max() <= INK_EXTREMES[0]
    return is_plain and _is_single_ink(middle - tile) and _is_letter(distance > distance.max() / 2)


def _is_single_ink(colours: Pixels) -> bool:
    """Whether colours relative to the background, shape (height, width, 3), lie on a line."""
    spread = np.linalg.svd(colours.reshape(-1, 3), compute_uv=False)
    return bool(spread[0] > 0 and spread[1] <= MAX_OFF_LINE * spread[0])


def _crop(ink: Pixels) -> Pixels | None:
    """Crop to the ink and scale to a square grid; None if the ink is not about square."""
    rows, columns = np.nonzero(ink > ink.max() / 4)
    height, width = np.ptp(rows) + 1, np.ptp(columns) + 1
    if abs(int(height) - int(width)) > 2:
        return None
    box = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
    grey = Image.fromarray((ink * (255 / ink.max())).astype(np.uint8)).crop(box)
    scaled = grey.resize((GLOBE_GRID_PX, GLOBE_GRID_PX), Image.Resampling.BILINEAR)
    return np.asarray(scaled, dtype=np.float64) / 255


def _is_disc_with_lines(ink: Pixels) -> bool:
    corners = (ink[:2, :2], ink[:2, -2:], ink[-2:, :2], ink[-2:, -2:])
    if max(float(corner.mean()) for corner in corners) > 1 / 3:
        return False
    rims = (ink[1:4, 1:4], ink[1:4, -4:-1], ink[-4:-1, 1:4], ink[-4:-1, -4:-1])
    if min(float(rim.max()) for rim in rims) < 1 / 3:  # a cross has no rim
        return False
    mirrored = (ink[::-1], ink[:, ::-1])
    if min(float(np.corrcoef(ink.ravel(), one.ravel())[0, 1]) for one in mirrored) < MIN_MIRRORED:
        return False
    weakest, strongest = np.percentile(ink[3:13, 3:13], [25, 75]).tolist()
    equator, meridian = ink[7:9, 3:13].max(axis=0), ink[3:13, 7:9].max(axis=1)
    if float(equator.min()) - weakest >= MIN_LINE and (
        float(meridian.min()) - weakest >= MIN_LINE or _has_curved_meridians(ink)
    ):
        return True
    gaps = np.concatenate([ink[7:9, 3:13].min(axis=0), ink[3:13, 7:9].min(axis=1)])
    seas = (ink[5:7, 5:7], ink[5:7, -7:-5], ink[-7:-5, 5:7], ink[-7:-5, -7:-5])
    darkest = min(float(sea.max()) for sea in seas)
    return min(darkest, float(strongest)) - float(gaps.max()) >= MIN_LINE


def _has_curved_meridians(ink: Pixels) -> bool:
    """Whether there is a line between the rim and the centre on both sides, off the equator."""
    temperate = ink[[5, 6, 9, 10]]
    lines = np.minimum(temperate[:, 4:6].max(axis=1), temperate[:, 10:12].max(axis=1))
    gaps = (temperate[:, 2:4].min(axis=1), temperate[:, 7:9].max(axis=1))
    return float((lines - np.maximum(*gaps)).min()) >= MIN_LINE


def _is_letter(ink: NDArray[np.bool_]) -> bool:
    side = ink.shape[0]
    rows, columns = np.nonzero(ink)
    height, width = (np.ptp(rows) + 1) / side, (np.ptp(columns) + 1) / side
    middles = [(int(line.min()) + int(line.max()) + 1) / (2 * side) for line in (rows, columns)]
    return (
        LETTER_HEIGHT[0] <= height <= LETTER_HEIGHT[1]
        and LETTER_WIDTH[0] <= width <= LETTER_WIDTH[1]
        and max(abs(middle - 0.5) for middle in middles) <= MAX_OFF_CENTRE
        and _component_count(ink) <= MAX_COMPONENTS
    )


def _component_count(ink: NDArray[np.bool_]) -> int:
    """Number of 8-connected components, after dilation by one pixel."""
    left = Image.fromarray(ink.astype(np.uint8) * 255).filter(ImageFilter.MaxFilter(3))
    n_parts = 0
    while left.getbbox() and n_parts <= MAX_COMPONENTS:
        row, column = np.argwhere(np.asarray(left))[0].tolist()
        ImageDraw.floodfill(left, (column, row), 0)
        n_parts += 1
    return n_parts
