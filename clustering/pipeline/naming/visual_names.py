"""Colour and shape of a logo, such as ``Blue, wide``; the fallback for names."""

from collections import Counter
from typing import Final

import numpy as np
from PIL import Image

from clustering.pipeline.imaging.preparation import prepare
from clustering.pipeline.naming import Name

SCORE: Final = 0.3  # many logos are blue and wide, so never sure
CANVAS_PX: Final = 64
DRAWN: Final = 24  # difference from the background, of 255, that counts as ink
HUES: Final = (
    (15, "red"),
    (42, "orange"),
    (68, "yellow"),
    (165, "green"),
    (200, "turquoise"),
    (255, "blue"),
    (290, "purple"),
    (335, "pink"),
    (361, "red"),
)


def describe_appearance(image: Image.Image) -> Name:
    """Return words for colour and shape of an RGBA logo."""
    canvas = np.asarray(prepare(image, CANVAS_PX), dtype=np.int16)
    drawn = np.abs(canvas - canvas[0, 0]).max(axis=2) > DRAWN
    if not drawn.any():
        return Name("Blank", SCORE)
    colours = canvas[drawn].astype(np.uint8)
    return Name(f"{_colour_word(colours).capitalize()}, {_shape_word(drawn)}", SCORE)


def _colour_word(colours: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> str:
    """The commonest hue of the coloured pixels, or black, grey, white where few are."""
    patch = Image.fromarray(colours[None, :, :]).convert("HSV")
    hue, saturation, value = np.asarray(patch, dtype=np.int64)[0].T
    vivid = (saturation > 70) & (value > 50)
    if vivid.mean() < 0.15:
        brightness = float(value.mean())
        return "black" if brightness < 90 else "grey" if brightness < 200 else "white"
    words = Counter(_hue_word(int(degree)) for degree in hue[vivid] * 360 // 256)
    return min(words, key=lambda word: (-words[word], word))


def _hue_word(degree: int) -> str:
    return next(word for limit, word in HUES if degree < limit)


def _shape_word(drawn: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> str:
    rows, columns = np.flatnonzero(drawn.any(axis=1)), np.flatnonzero(drawn.any(axis=0))
    height, width = int(np.ptp(rows)) + 1, int(np.ptp(columns)) + 1
    if width > 1.3 * height:
        return "wide"
    if height > 1.3 * width:
        return "tall"
    box = drawn[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    corners = box[[0, 0, -1, -1], [0, -1, 0, -1]]
    return "square" if corners.sum() >= 3 else "round" if box.mean() > 0.5 else "open"
