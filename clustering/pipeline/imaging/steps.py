"""Optional steps on a logo before ``prepare``; named, chosen per run, part of the embedder key.

    clahe        local contrast: faint strokes on a busy ground become visible
    edges        outlines only: one shape in other colours looks the same
    colour_mask  only what stands out in colour from the ground
    grey         no colour at all
    keep_aspect  wide stays wide: ``prepare`` would squash half-way
    squash       every logo fills a square

Without steps an image is left as it is, and ``prepare`` alone decides (recipe ``prep1``).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops

from clustering.pipeline.errors import InputError
from clustering.pipeline.imaging.preparation import Colour, flatten, ground_colour, trim

CLAHE_TILES: Final = 8  # per axis, as OpenCV's default
CLAHE_CLIP: Final = 2.0  # times the mean count of a bin; the usual limit
MASK_TOLERANCE: Final = 48  # of 255 per channel; JPEG rings and soft shadows stay below it
MAX_ASPECT: Final = 8  # beyond it a logo is a line at any rate, and its stretched width has no end
BORDER_PX: Final = 2  # of ground around a stretched logo, where ``prepare`` looks for the ground
LUMA: Final = np.array([0.299, 0.587, 0.114])


@dataclass(frozen=True)
class Step:
    """One optional step: RGBA in, RGBA out."""

    label: str
    summary: str
    apply: Callable[[Image.Image], Image.Image]


def canonical(names: Iterable[str]) -> tuple[str, ...]:
    """Return the steps in the one order in which they are done, without repetitions.

    Raises:
        InputError: if a name is unknown, or two contradict each other.
    """
    chosen = set(names)
    unknown = chosen - STEPS.keys()
    if unknown:
        known = ", ".join(STEPS)
        raise InputError(f"no step is called {min(unknown)!r}; known are: {known}")
    if {"keep_aspect", "squash"} <= chosen:
        raise InputError("keep_aspect and squash contradict each other; choose one")
    return tuple(name for name in STEPS if name in chosen)


def key_suffix(names: Iterable[str]) -> str:
    """Return what ``names`` add to an embedder's key; empty without steps."""
    return "".join(f"+{name}" for name in canonical(names))


def apply(image: Image.Image, names: Iterable[str]) -> Image.Image:
    """Return ``image`` (RGBA) after the named steps, in their canonical order."""
    for name in canonical(names):
        image = STEPS[name].apply(image)
    return image


def clahe(image: Image.Image) -> Image.Image:
    """Equalise the lightness of each tile, with a limit; hue, saturation and alpha are kept.

    Contrast-limited adaptive histogram equalisation, Zuiderveld, Graphics Gems IV (1994).
    """
    pixels = np.asarray(image.convert("RGB"), dtype=np.float64)
    luma = pixels @ LUMA
    lifted = _interpolated(luma, _tile_curves(luma))
    shifted = np.clip(pixels + (lifted - luma)[:, :, None], 0, 255)
    return _with_alpha(Image.fromarray(np.round(shifted).astype(np.uint8)), image)


def edges(image: Image.Image) -> Image.Image:
    """Draw dark outlines on white: the strength of the lightness's gradient (Sobel)."""
    grey = np.asarray(flatten(image).convert("L"), dtype=np.float64)
    padded = np.pad(grey, 1, mode="edge")
    across = _sobel(padded)
    down = _sobel(padded.T).T
    strength = np.hypot(across, down)
    drawn = 255 - np.round(255 * strength / max(strength.max(), 1.0)).astype(np.uint8)
    return Image.fromarray(drawn).convert("RGBA")


def colour_mask(image: Image.Image) -> Image.Image:
    """Make all transparent that is near the ground's colour."""
    flat = flatten(image)
    ground = Image.new("RGB", flat.size, ground_colour(flat))
    red, green, blue = ImageChops.difference(flat, ground).split()
    largest = ImageChops.lighter(ImageChops.lighter(red, green), blue)
    mask = largest.point([255 if value > MASK_TOLERANCE else 0 for value in range(256)])
    if mask.getbbox() is None:
        return image
    kept = flat.copy()
    kept.putalpha(mask)
    return kept


def grey(image: Image.Image) -> Image.Image:
    """Take the colour out; alpha is kept."""
    return _with_alpha(image.convert("RGB").convert("L").convert("RGB"), image)


def keep_aspect(image: Image.Image) -> Image.Image:
    """Stretch the trimmed logo so that ``prepare``, which takes the root, gives its own aspect."""
    logo, ground = _trimmed(image)
    aspect = min(max(logo.width / logo.height, 1 / MAX_ASPECT), MAX_ASPECT)
    return _stretched(logo, max(aspect, 1.0), max(1 / aspect, 1.0), ground)


def squash(image: Image.Image) -> Image.Image:
    """Stretch the trimmed logo to a square, which ``prepare`` leaves a square."""
    logo, ground = _trimmed(image)
    longest = max(logo.size)
    return _stretched(logo, longest / logo.width, longest / logo.height, ground)


STEPS: Final[dict[str, Step]] = {
    "clahe": Step("Local contrast", "CLAHE: faint strokes come out, strong ones stay.", clahe),
    "grey": Step("Grey", "Colour no longer counts.", grey),
    "colour_mask": Step(
        "Colour mask",
        "Keeps what stands out from the ground; textures and shadows go.",
        colour_mask,
    ),
    "edges": Step("Outlines", "Edge emphasis: one shape in two colours looks the same.", edges),
    "keep_aspect": Step(
        "Keep aspect", "Wide logos stay wide; without it they are squashed half-way.", keep_aspect
    ),
    "squash": Step("Squash", "Every logo fills the square.", squash),
}
"""By name, in the order in which they are done."""


def _tile_curves(luma: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a tone curve per tile, shape (tiles, tiles, 256)."""
    curves = np.empty((CLAHE_TILES, CLAHE_TILES, 256))
    values = luma.astype(np.int64)
    for row, band in enumerate(np.array_split(values, CLAHE_TILES, axis=0)):
        for column, tile in enumerate(np.array_split(band, CLAHE_TILES, axis=1)):
            curves[row, column] = _curve(tile)
    return curves


def _curve(tile: NDArray[np.int64]) -> NDArray[np.float64]:
    """The clipped histogram's cumulative share; what was cut off is spread over all values."""
    if tile.size == 0:
        return np.arange(256, dtype=np.float64)
    counts = np.bincount(tile.ravel(), minlength=256).astype(np.float64)
    limit = max(1.0, CLAHE_CLIP * tile.size / 256)
    spread = (counts - limit).clip(min=0).sum() / 256
    return np.asarray(255 * np.cumsum(counts.clip(max=limit) + spread) / tile.size)


def _interpolated(luma: NDArray[np.float64], curves: NDArray[np.float64]) -> NDArray[np.float64]:
    """Blend the curves of the four nearest tiles at each pixel, so that no border shows."""
    above, below, down = _tile_places(luma.shape[0])
    left, right, across = _tile_places(luma.shape[1])
    values = luma.astype(np.int64)

    def row_of(tiles: NDArray[np.int64]) -> NDArray[np.float64]:
        first, last = (curves[tiles[:, None], side, values] for side in (left, right))
        return np.asarray(first * (1 - across) + last * across)

    share = down[:, None]
    return np.asarray(row_of(above) * (1 - share) + row_of(below) * share)


def _tile_places(
    length: int,
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Per pixel of an axis: the tile before it, the one after, and the share of the latter."""
    place = (np.arange(length) + 0.5) * CLAHE_TILES / length - 0.5
    before = np.clip(np.floor(place), 0, CLAHE_TILES - 1).astype(np.int64)
    after = np.minimum(before + 1, CLAHE_TILES - 1)
    return before, after, np.clip(place - before, 0.0, 1.0)


def _sobel(padded: NDArray[np.float64]) -> NDArray[np.float64]:
    """Differences along the rows of an image padded by one, smoothed across."""
    difference = padded[:, 2:] - padded[:, :-2]
    return np.asarray(difference[:-2] + 2 * difference[1:-1] + difference[2:])


def _trimmed(image: Image.Image) -> tuple[Image.Image, Colour]:
    flat = flatten(image)
    ground = ground_colour(flat)
    return trim(flat, ground), ground


def _stretched(logo: Image.Image, across: float, down: float, ground: Colour) -> Image.Image:
    """Multiply width and height, and frame the result with its ground."""
    width, height = max(1, round(logo.width * across)), max(1, round(logo.height * down))
    framed = Image.new("RGB", (width + 2 * BORDER_PX, height + 2 * BORDER_PX), ground)
    framed.paste(logo.resize((width, height), Image.Resampling.LANCZOS), (BORDER_PX, BORDER_PX))
    return framed.convert("RGBA")


def _with_alpha(colours: Image.Image, image: Image.Image) -> Image.Image:
    colours.putalpha(image.getchannel("A"))
    return colours
