"""Normalised logo -> square RGB canvas, the input of embedders and the perceptual hash.

Preprocessing matters as much as the model. Pairwise F of clustering real logos by perceptual hash:
white background and plain resize 0.85, trim and pad 0.88, background by brightness 0.91, all
of the steps below 0.94.
"""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageOps

RECIPE: Final = "prep3"
"""Version of the preparation and part of every embedder key; change it when canvases change."""

Colour = tuple[int, int, int]
WHITE: Final[Colour] = (255, 255, 255)
DARK_BACKGROUND: Final[Colour] = (32, 32, 32)
BRIGHT: Final = 200
"""Mean brightness of visible pixels above which a white background would hide them."""
MIN_TRANSPARENT_SHARE: Final = 0.05
"""Below it an image has a ground of its own, and soft edges or round corners. On 1,400 logos of
sites and 460 icons nothing lies between 0.03 and 0.09."""
MIN_OPEN_SHARE: Final = 0.2
"""Of the border of an image that shows its ground there."""
SOFT_PX: Final = 16
"""Up to this side, the soft edge of a logo is a large part of the border."""
TRIM_TOLERANCE: Final = 16
TRIM_SHARE: Final = 0.2  # of the strongest contrast; JPEG ringing is below it
DARK_CANVAS: Final = 110
MAX_FRAMES: Final = 3
FRAME_TOLERANCE: Final = 24
MIN_RING_SHARE: Final = 0.8
"""Share of one light colour along the border of a box; rounded corners are missing."""
MIN_BOX_SHARE: Final = 0.5
"""Share of that colour in the box: an outlined box is part of a logo."""
MIN_INK_SHARE: Final = 0.02
MIN_OTHER_INK_SHARE: Final = 0.05
"""Of ink that is no cut-out; noise of JPEG is below it."""
MAX_THIN_FRAME_PX: Final = 12
"""Of both sides together."""
MAX_GRADIENT_STEP: Final = 40
MIN_DARK_SHARE: Final = 0.6
"""Share of dark border pixels of a dark background; gradients have fewer."""
MARGIN: Final = 0.05
LUMA: Final = np.array([0.299, 0.587, 0.114])


def prepare(image: Image.Image, side: int) -> Image.Image:
    """Return ``image`` (RGBA) on a light square canvas of ``side`` px, trimmed and centred.

    The aspect ratio becomes its square root, or the strokes of wide logos would vanish. The
    lightness of logos on a dark background is inverted, or the background would dominate.
    """
    return prepare_flat(flatten(image), side)


def prepare_flat(flat: Image.Image, side: int) -> Image.Image:
    """``prepare`` for an image that is already flattened."""
    flat, background = without_dark_frame(flat)
    return prepare_logo(trim(flat, background), background, side)


def prepare_logo(logo: Image.Image, background: Colour, side: int) -> Image.Image:
    """``prepare`` for a trimmed RGB logo on ``background``."""
    width, height = _fitted_size(*logo.size, side)
    logo = logo.resize((width, height), Image.Resampling.LANCZOS)
    canvas = Image.new("RGB", (side, side), background)
    canvas.paste(logo, ((side - width) // 2, (side - height) // 2))
    return _invert_lightness(canvas) if _brightness(background) < DARK_CANVAS else canvas


def flatten(image: Image.Image) -> Image.Image:
    """Composite an RGBA image on the background on which it is visible, as ``on_ground``."""
    return on_ground(image, DARK_BACKGROUND if needs_dark_background(image) else WHITE)


def on_ground(image: Image.Image, ground: Colour) -> Image.Image:
    """Composite an RGBA image on ``ground``, with a pixel of it around a cut-out.

    Where a logo is cut to its outline, its corners may be ink, and would be taken for its ground.
    """
    flat = composite(image, ground)
    return ImageOps.expand(flat, 1, ground) if _is_cut_out(image) else flat


def _is_cut_out(image: Image.Image) -> bool:
    alpha = image.getchannel("A")
    if min(image.size) <= SOFT_PX or extrema(alpha)[0] == 255:
        return False
    shares = np.asarray(alpha)
    is_open = _border(shares) < 128
    return not _is_nearly_opaque(shares) and float(is_open.mean()) >= MIN_OPEN_SHARE


def _is_nearly_opaque(alpha: NDArray[np.uint8]) -> bool:
    # Integers: exact in any order, and no threads of BLAS.
    opaque = int(alpha.sum(dtype=np.int64))
    return opaque > (1 - MIN_TRANSPARENT_SHARE) * 255 * alpha.size


def composite(image: Image.Image, background: Colour) -> Image.Image:
    """Composite an RGBA image on ``background``."""
    flat = Image.new("RGB", image.size, background)
    flat.paste(image, mask=image.getchannel("A"))
    return flat


def needs_dark_background(image: Image.Image) -> bool:
    """Whether an RGBA image has transparent parts and its visible pixels are near white."""
    alpha = image.getchannel("A")
    lowest, highest = extrema(alpha)
    if lowest == 255 or highest == 0:
        return False
    weights = np.asarray(alpha)
    if _is_nearly_opaque(weights):
        return False
    weighted = np.multiply(np.asarray(image.convert("L")), weights, dtype=np.uint16)
    return float(weighted.sum(dtype=np.int64) / weights.sum(dtype=np.int64)) > BRIGHT


def background_colour(image: Image.Image) -> Colour:
    """Return the colour around the logo of an RGB image: the median of its corners.

    If no corner is near it, the logo touches some of them: then it is the colour of most of the
    border, and white without one.
    """
    right, bottom = image.width - 1, image.height - 1
    places = [(0, 0), (right, 0), (0, bottom), (right, bottom)]
    corners = np.array([image.getpixel(place) for place in places], dtype=np.int16)
    colour = _median_colour(corners)
    if min(image.size) <= SOFT_PX or _is_near(corners, colour).any():
        return colour
    border = _border(np.asarray(image))
    colour = _median_colour(border)
    return colour if _is_near(border, colour).mean() > 0.5 else WHITE


def without_dark_frame(image: Image.Image) -> tuple[Image.Image, Colour]:
    """Return an RGB image without dark frames around a light box, and its background colour.

    Corners alone mistake a frame of one pixel, dark rounded corners and gradients for a dark
    background, and the lightness of the logo would be inverted.
    """
    background = background_colour(image)
    for _ in range(MAX_FRAMES):
        if _brightness(background) >= DARK_CANVAS:
            break
        pixels = np.asarray(image)
        border = _border(pixels)
        is_dark = border @ LUMA < DARK_CANVAS
        if is_dark.mean() < MIN_DARK_SHARE and _is_smooth(pixels):
            return image, _median_colour(border[~is_dark])
        box = trim(image, background)
        is_thin = max(image.width - box.width, image.height - box.height) <= MAX_THIN_FRAME_PX
        cut_out = None if is_thin else background
        colour = _light_ring_colour(np.asarray(box, dtype=np.int16), cut_out)
        if colour is None:
            break
        image, background = box, colour
    return image, background


def _light_ring_colour(pixels: NDArray[np.int16], cut_out: Colour | None) -> Colour | None:
    """Colour of the border of a light, filled box that has content; shape (height, width, 3).

    Content in the colour ``cut_out`` does not count: then the box is the logo.
    """
    for inset in range(3):  # antialiased edges
        inner = pixels[inset : pixels.shape[0] - inset, inset : pixels.shape[1] - inset]
        if min(inner.shape[:2]) < 3:
            return None
        ring = _border(inner)
        colour = _median_colour(ring)
        is_filled = _is_near(inner, colour)
        is_ink = ~is_filled if cut_out is None else ~is_filled & ~_is_blend(inner, colour, cut_out)
        if (
            _brightness(colour) >= DARK_CANVAS
            and _is_near(ring, colour).mean() >= MIN_RING_SHARE
            and is_filled.mean() >= MIN_BOX_SHARE
            and is_ink.mean() >= (MIN_INK_SHARE if cut_out is None else MIN_OTHER_INK_SHARE)
        ):
            return colour
    return None


def _is_near(pixels: NDArray[np.int16], colour: Colour) -> NDArray[np.bool_]:
    return np.asarray(np.abs(pixels - np.array(colour)).max(axis=-1) <= FRAME_TOLERANCE)


def _is_blend(pixels: NDArray[np.int16], first: Colour, second: Colour) -> NDArray[np.bool_]:
    """Whether pixels are near a mixture of two colours, as along antialiased edges."""
    way = np.array(second, dtype=np.float64) - np.array(first)
    offset = pixels - np.array(first, dtype=np.float64)
    share = np.clip(offset @ way / max(float(way @ way), 1.0), 0.0, 1.0)
    distance = np.abs(offset - share[..., None] * way).max(axis=-1)
    return np.asarray(distance <= FRAME_TOLERANCE)


def _is_smooth(pixels: NDArray[np.uint8]) -> bool:
    """Whether colours change gradually along all sides of an image."""
    sides = (pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1])
    steps = [np.abs(np.diff(side.astype(np.int16), axis=0)) for side in sides]
    return all(step.size == 0 or int(step.max()) <= MAX_GRADIENT_STEP for step in steps)


def _border(pixels: NDArray[Any]) -> NDArray[np.int16]:
    """Outermost pixels of an image, shape (n, 3), or of a band, shape (n,)."""
    sides = (pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1])
    return np.concatenate(sides).astype(np.int16)


def _median_colour(pixels: NDArray[np.int16]) -> Colour:
    return as_colour(np.median(pixels, axis=0))


def as_colour(values: NDArray[Any]) -> Colour:
    """Return three channel values as a colour."""
    red, green, blue = values.astype(int).tolist()
    return red, green, blue


def trim(image: Image.Image, background: Colour) -> Image.Image:
    """Crop to the pixels that differ from the background; a plain image stays whole.

    The tolerance grows with the contrast of the logo, or JPEG ringing would leave a margin that
    the PNG of the same logo does not have (recall + 0.005).
    """
    apart = distance_from(image, background)
    tolerance = max(TRIM_TOLERANCE, TRIM_SHARE * extrema(apart)[1])
    box = apart.point([255 if value > tolerance else 0 for value in range(256)]).getbbox()
    return image.crop(box) if box else image


def distance_from(image: Image.Image, colour: Colour) -> Image.Image:
    """Return the largest difference of a channel from ``colour``, for each pixel of an image."""
    difference = ImageChops.difference(image, Image.new("RGB", image.size, colour))
    red, green, blue = difference.split()
    return ImageChops.lighter(ImageChops.lighter(red, green), blue)


def extrema(band: Image.Image) -> tuple[int, int]:
    """Minimum and maximum of an 8-bit band."""
    lowest, highest = band.getextrema()
    return int(lowest), int(highest)  # type: ignore[arg-type]


def _fitted_size(width: int, height: int, side: int) -> tuple[int, int]:
    """Size inside the margins, with the square root of the aspect ratio."""
    longest = side * (1 - 2 * MARGIN)
    root = (width / height) ** 0.5
    fitted = (longest, longest / root) if root >= 1 else (longest * root, longest)
    return max(1, round(fitted[0])), max(1, round(fitted[1]))


def _brightness(colour: Colour) -> float:
    return float(np.dot(LUMA, colour))


def _invert_lightness(image: Image.Image) -> Image.Image:
    """Invert the lightness in HLS; with hue and saturation kept, that is adding 1 - max - min."""
    pixels: NDArray[np.int16] = np.asarray(image, dtype=np.int16)
    shift = 255 - pixels.max(axis=2) - pixels.min(axis=2)
    return Image.fromarray((pixels + shift[:, :, None]).astype(np.uint8))
