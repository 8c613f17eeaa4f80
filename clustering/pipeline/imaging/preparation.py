"""A normalised logo -> the square RGB canvas that embedders and the perceptual hash see.

The steps matter as much as the model (F of clustering real logos, perceptual hash: white ground
and squashing 0.85, trim and pad 0.88, ground by brightness 0.91, all of the below 0.94).
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops

RECIPE: Final = "prep1"
"""Part of every embedder's key; changes whenever equal images would give other canvases."""

Colour = tuple[int, int, int]
WHITE: Final[Colour] = (255, 255, 255)
DARK_GROUND: Final[Colour] = (32, 32, 32)
BRIGHT: Final = 200
"""Mean brightness of what is visible above which white ground would hide it."""
TRIM_TOLERANCE: Final = 16
TRIM_SHARE: Final = 0.2  # of the strongest contrast: JPEG rings around strokes are below it
DARK_CANVAS: Final = 110
MARGIN: Final = 0.05
_LUMA: Final = np.array([0.299, 0.587, 0.114])


def prepare(image: Image.Image, side: int) -> Image.Image:
    """Return ``image`` (RGBA) on a light square canvas of ``side`` px, trimmed and centred.

    Wide and tall logos are squashed half-way (aspect a becomes its square root), or their
    strokes would vanish; logos on dark canvases get their lightness inverted, or all white
    wordmarks on one dark colour would look alike.
    """
    return prepare_flat(flatten(image), side)


def prepare_flat(flat: Image.Image, side: int) -> Image.Image:
    """Return what ``prepare`` does, of an image that is flattened already."""
    ground = ground_colour(flat)
    logo = trim(flat, ground)
    width, height = _fitted(*logo.size, side)
    logo = logo.resize((width, height), Image.Resampling.LANCZOS)
    canvas = Image.new("RGB", (side, side), ground)
    canvas.paste(logo, ((side - width) // 2, (side - height) // 2))
    return _invert_lightness(canvas) if _brightness(ground) < DARK_CANVAS else canvas


def flatten(image: Image.Image) -> Image.Image:
    """Return ``image`` (RGBA) as RGB on the ground on which it can be seen."""
    return laid_on(image, DARK_GROUND if needs_dark_ground(image) else WHITE)


def laid_on(image: Image.Image, ground: Colour) -> Image.Image:
    """Return ``image`` (RGBA) as RGB on ``ground``."""
    flat = Image.new("RGB", image.size, ground)
    flat.paste(image, mask=image.getchannel("A"))
    return flat


def needs_dark_ground(image: Image.Image) -> bool:
    """Tell whether an RGBA image has transparent parts and what is visible is near white."""
    alpha = image.getchannel("A")
    lowest, highest = extrema(alpha)
    if lowest == 255 or highest == 0:
        return False
    # Sums of whole numbers below 2**53: exact, whatever the order in which they are added.
    weights = np.asarray(alpha).ravel().astype(np.float64)
    grey = np.asarray(image.convert("RGB").convert("L")).ravel().astype(np.float64)
    return float(np.dot(grey, weights) / weights.sum()) > BRIGHT


def ground_colour(image: Image.Image) -> Colour:
    """Return the median colour of the corners of an RGB image."""
    right, bottom = image.width - 1, image.height - 1
    places = [(0, 0), (right, 0), (0, bottom), (right, bottom)]
    corners = np.array([image.getpixel(place) for place in places])
    red, green, blue = np.median(corners, axis=0).astype(int).tolist()
    return red, green, blue


def trim(image: Image.Image, ground: Colour) -> Image.Image:
    """Cut off the borders of the ground's colour; an image of nothing else stays whole.

    What counts as the ground grows with the contrast of the logo, or the ringing of a JPEG
    would keep a margin that the same logo's PNG does not have (recall + 0.005).
    """
    difference = ImageChops.difference(image, Image.new("RGB", image.size, ground))
    red, green, blue = difference.split()
    largest = ImageChops.lighter(ImageChops.lighter(red, green), blue)
    tolerance = max(TRIM_TOLERANCE, TRIM_SHARE * extrema(largest)[1])
    box = largest.point([255 if value > tolerance else 0 for value in range(256)]).getbbox()
    return image.crop(box) if box else image


def extrema(band: Image.Image) -> tuple[int, int]:
    """Return the darkest and the brightest value in one band of 8 bits that has pixels."""
    lowest, highest = band.getextrema()
    return int(lowest), int(highest)  # type: ignore[arg-type]


def _fitted(width: int, height: int, side: int) -> tuple[int, int]:
    """The size inside the margins, with the square root of the aspect ratio."""
    longest = side * (1 - 2 * MARGIN)
    root = (width / height) ** 0.5
    fitted = (longest, longest / root) if root >= 1 else (longest * root, longest)
    return max(1, round(fitted[0])), max(1, round(fitted[1]))


def _brightness(colour: Colour) -> float:
    return float(np.dot(_LUMA, colour))


def _invert_lightness(image: Image.Image) -> Image.Image:
    """Turn dark to light in HLS; with hue and saturation kept that is adding 1 - max - min."""
    pixels: NDArray[np.int16] = np.asarray(image, dtype=np.int16)
    shift = 255 - pixels.max(axis=2) - pixels.min(axis=2)
    return Image.fromarray((pixels + shift[:, :, None]).astype(np.uint8))
