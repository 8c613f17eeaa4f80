"""Removes the disc or the round-cornered tile behind a mark: the mark alone identifies a brand."""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from clustering.pipeline.imaging.preparation import (
    LUMA,
    WHITE,
    Colour,
    as_colour,
    distance_from,
    flatten,
    prepare_logo,
    trim,
    without_dark_frame,
)
from clustering.pipeline.imaging.wordmarks import resolution, symbol

WORKING_SIDE_PX: Final = 256
MIN_SIDE_PX: Final = 12
MAX_ASPECT: Final = 1.25
SQUARE_ASPECT: Final = 1.3
"""Up to which a logo is an icon and no wordmark."""
MIN_AREA: Final = 0.74
"""Share of its bounding box that a badge covers; a disc covers 0.785."""
MAX_AREA: Final = 0.995
"""A square fills its box: its colour is the background, and trimming removes it."""
MIN_SYMMETRY: Final = 0.96
"""Overlap of the outline with its mirror images."""
RIM: Final = 0.035
"""Of the side; antialiasing and thin borders are outside it."""
MIN_RIM_SHARE: Final = 0.85
"""Of one colour along the edge."""
TOLERANCE: Final = 24
MARK_SHARE: Final = (0.02, 0.8)
"""Of the badge that the mark covers."""
STRONG: Final = 0.6
"""Of the largest distance from the colour of the badge; such pixels are not antialiased."""
ONE_INK_SHARE: Final = 0.9
ONE_INK_TOLERANCE: Final = 40
DARK_INK: Final[Colour] = (40, 40, 40)
MAX_INK_BRIGHTNESS: Final = 200

Pixels = NDArray[np.float32]
Mask = NDArray[np.bool_]


class Views(NamedTuple):
    """What is seen of one logo."""

    canvases: list[Image.Image]
    """That of ``prepare`` and, if the logo is a mark on a badge, that of the mark; if it is a
    symbol before a word, that of the symbol."""
    is_square: bool
    is_badge: bool
    resolution: float
    """Length in widths of its sharpest edges."""


def prepared_views(image: Image.Image, side: int) -> Views:
    """Return the canvases of a logo, of ``side`` px."""
    flat, background = without_dark_frame(flatten(image))
    logo = trim(flat, background)
    canvases = [prepare_logo(logo, background, side)]
    mark = _mark(_shrunk(logo), background) if _may_be_badge(*logo.size) else None
    alone = symbol(logo, background)
    if mark is not None:
        drawn, ground = mark
        canvases.append(prepare_logo(trim(drawn, ground), ground, side))
    elif alone is not None:
        canvases.append(prepare_logo(alone, background, side))
    is_square = 1 / SQUARE_ASPECT < logo.width / logo.height < SQUARE_ASPECT
    return Views(canvases, is_square, mark is not None, resolution(logo))


def _may_be_badge(width: int, height: int) -> bool:
    return min(width, height) >= MIN_SIDE_PX and 1 / MAX_ASPECT <= width / height <= MAX_ASPECT


def _shrunk(box: Image.Image) -> Image.Image:
    scale = WORKING_SIDE_PX / max(box.size)
    if scale >= 1:
        return box
    size = (round(box.width * scale), round(box.height * scale))
    return box.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)


def _mark(box: Image.Image, background: Colour) -> tuple[Image.Image, Colour] | None:
    """Return the mark on a plain background, and that background."""
    outline = _filled(np.asarray(distance_from(box, background)) > TOLERANCE)
    if not MIN_AREA <= outline.mean() <= MAX_AREA or not _is_symmetric(outline):
        return None
    pixels = np.asarray(box, dtype=np.float32)
    n_rim = max(1, round(RIM * min(box.size)))
    inside = _eroded(outline, n_rim)
    edge = inside & ~_eroded(inside, max(1, n_rim // 2))
    if not edge.any():
        return None
    badge = np.median(pixels[edge], axis=0)
    is_plain = (_distance(pixels[edge], badge) <= TOLERANCE).mean() >= MIN_RIM_SHARE
    if not is_plain or _distance(badge, background) <= TOLERANCE:
        return None
    return _redrawn(pixels, inside, badge)


def _redrawn(pixels: Pixels, inside: Mask, badge: Pixels) -> tuple[Image.Image, Colour] | None:
    """Draw a mark of one ink dark on white, and any other on the colour of the badge."""
    distance = _distance(pixels, badge) * inside
    is_ink = distance > TOLERANCE
    lowest, highest = MARK_SHARE
    if not lowest <= is_ink.sum() / inside.sum() <= highest:
        return None
    ink = np.median(pixels[distance > STRONG * distance.max()], axis=0)
    way = ink - badge
    offset = pixels - badge
    coverage = np.clip(offset @ way / max(float(way @ way), 1.0), 0.0, 1.0)
    rest = np.abs(offset - coverage[..., None] * way).max(axis=-1)
    if (rest[is_ink] <= ONE_INK_TOLERANCE).mean() >= ONE_INK_SHARE:
        # A white mark on blue is a blue mark elsewhere.
        colour = min(badge, ink, key=lambda one: float(LUMA @ one))
        if float(LUMA @ colour) > MAX_INK_BRIGHTNESS:
            colour = np.array(DARK_INK)
        shares = (coverage * inside)[..., None]
        drawn = np.array(WHITE) * (1 - shares) + colour * shares
        return Image.fromarray(drawn.astype(np.uint8)), WHITE
    drawn = np.where(inside[..., None], pixels, badge)
    return Image.fromarray(drawn.astype(np.uint8)), as_colour(badge)


def _distance(pixels: Pixels, colour: Colour | Pixels) -> Pixels:
    """Largest difference of a channel."""
    apart = np.abs(pixels - np.asarray(colour, dtype=np.float32))
    # ``max`` over an axis of three is ten times slower.
    return np.maximum(np.maximum(apart[..., 0], apart[..., 1]), apart[..., 2])


def _filled(mask: Mask) -> Mask:
    """Fill holes: what lies between the ends of its row and of its column."""
    return _rows_filled(mask) & _rows_filled(mask.T).T


def _rows_filled(mask: Mask) -> Mask:
    before = np.logical_or.accumulate(mask, axis=1)
    after = np.logical_or.accumulate(mask[:, ::-1], axis=1)[:, ::-1]
    return np.asarray(before & after, dtype=np.bool_)


def _is_symmetric(mask: Mask) -> bool:
    return all(
        (mask & mirrored).sum() >= MIN_SYMMETRY * (mask | mirrored).sum()
        for mirrored in (mask[::-1], mask[:, ::-1])
    )


def _eroded(mask: Mask, n_pixels: int) -> Mask:
    for _ in range(n_pixels):
        padded = np.pad(mask, 1)
        beside = padded[1:-1, :-2] & padded[1:-1, 2:]
        mask = mask & beside & padded[:-2, 1:-1] & padded[2:, 1:-1]
    return mask
