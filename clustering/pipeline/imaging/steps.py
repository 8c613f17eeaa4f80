"""Optional preprocessing steps before ``prepare``; chosen per run, part of the embedder key.

    clahe        local contrast (CLAHE): makes faint strokes visible
    edges        outlines only: ignores the colours of a shape
    colour_mask  only pixels that differ in colour from the background
    grey         greyscale
    keep_aspect  keeps the aspect ratio; ``prepare`` takes its square root
    squash       stretches every logo to a square

Without steps the image is unchanged.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from clustering.pipeline.errors import InputError
from clustering.pipeline.imaging.preparation import (
    Colour,
    background_colour,
    distance_from,
    flatten,
    trim,
)

CLAHE_TILES: Final = 8  # per axis, as OpenCV's default
CLAHE_CLIP: Final = 2.0  # times the mean count of a bin; the usual limit
MASK_TOLERANCE: Final = 48  # of 255 per channel; JPEG rings and soft shadows stay below it
MAX_ASPECT: Final = 8  # bounds the stretched width
BORDER_PX: Final = (
    2  # background around a stretched logo, from which ``prepare`` takes its background colour
)
LUMA: Final = np.array([0.299, 0.587, 0.114])


@dataclass(frozen=True)
class Step:
    """One optional step, RGBA -> RGBA."""

    label: str
    summary: str
    apply: Callable[[Image.Image], Image.Image]


def canonical(names: Iterable[str]) -> tuple[str, ...]:
    """Return the steps in canonical order without duplicates.

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
    """Return the suffix of an embedder key; empty without steps."""
    return "".join(f"+{name}" for name in canonical(names))


def apply(image: Image.Image, names: Iterable[str]) -> Image.Image:
    """Apply the named steps to an RGBA image in canonical order."""
    for name in canonical(names):
        image = STEPS[name].apply(image)
    return image


def clahe(image: Image.Image) -> Image.Image:
    """Equalise the lightness per tile with a clip limit; chroma and alpha are kept.

    Contrast-limited adaptive histogram equalisation, Zuiderveld, Graphics Gems IV (1994).
    """
    pixels = np.asarray(image.convert("RGB"), dtype=np.float64)
    luma = pixels @ LUMA
    lifted = _interpolate(luma, _tile_curves(luma))
    shifted = np.clip(pixels + (lifted - luma)[:, :, None], 0, 255)
    return _copy_alpha(Image.fromarray(np.round(shifted).astype(np.uint8)), image)


def edges(image: Image.Image) -> Image.Image:
    """Draw the gradient magnitude of the lightness (Sobel), dark on white."""
    grey = np.asarray(flatten(image).convert("L"), dtype=np.float64)
    padded = np.pad(grey, 1, mode="edge")
    across = _sobel(padded)
    down = _sobel(padded.T).T
    strength = np.hypot(across, down)
    drawn = 255 - np.round(255 * strength / max(strength.max(), 1.0)).astype(np.uint8)
    return Image.fromarray(drawn).convert("RGBA")


def colour_mask(image: Image.Image) -> Image.Image:
    """Make pixels near the background colour transparent."""
    flat = flatten(image)
    apart = distance_from(flat, background_colour(flat))
    mask = apart.point([255 if value > MASK_TOLERANCE else 0 for value in range(256)])
    if mask.getbbox() is None:
        return image
    kept = flat.copy()
    kept.putalpha(mask)
    return kept


def grey(image: Image.Image) -> Image.Image:
    """Convert to greyscale; alpha is kept."""
    return _copy_alpha(image.convert("RGB").convert("L").convert("RGB"), image)


def keep_aspect(image: Image.Image) -> Image.Image:
    """Square the aspect ratio of the trimmed logo, as ``prepare`` takes its square root."""
    logo, background = _trim_background(image)
    aspect = min(max(logo.width / logo.height, 1 / MAX_ASPECT), MAX_ASPECT)
    return _stretch(logo, max(aspect, 1.0), max(1 / aspect, 1.0), background)


def squash(image: Image.Image) -> Image.Image:
    """Stretch the trimmed logo to a square."""
    logo, background = _trim_background(image)
    longest = max(logo.size)
    return _stretch(logo, longest / logo.width, longest / logo.height, background)


STEPS: Final[dict[str, Step]] = {
    "clahe": Step("Local contrast", "CLAHE: faint strokes come out, strong ones stay.", clahe),
    "grey": Step("Grey", "Colour no longer counts.", grey),
    "colour_mask": Step(
        "Colour mask",
        "Keeps what stands out from the background; textures and shadows go.",
        colour_mask,
    ),
    "edges": Step("Outlines", "Edge emphasis: one shape in two colours looks the same.", edges),
    "keep_aspect": Step(
        "Keep aspect", "Wide logos stay wide; without it they are squashed half-way.", keep_aspect
    ),
    "squash": Step("Squash", "Every logo fills the square.", squash),
}
"""By name, in canonical order."""


def _tile_curves(luma: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a tone curve per tile, shape (tiles, tiles, 256)."""
    curves = np.empty((CLAHE_TILES, CLAHE_TILES, 256))
    values = luma.astype(np.int64)
    for row, band in enumerate(np.array_split(values, CLAHE_TILES, axis=0)):
        for column, tile in enumerate(np.array_split(band, CLAHE_TILES, axis=1)):
            curves[row, column] = _curve(tile)
    return curves


def _curve(tile: NDArray[np.int64]) -> NDArray[np.float64]:
    """CDF of the clipped histogram; the clipped counts are spread over all values."""
    if tile.size == 0:
        return np.arange(256, dtype=np.float64)
    counts = np.bincount(tile.ravel(), minlength=256).astype(np.float64)
    limit = max(1.0, CLAHE_CLIP * tile.size / 256)
    spread = (counts - limit).clip(min=0).sum() / 256
    return np.asarray(255 * np.cumsum(counts.clip(max=limit) + spread) / tile.size)


def _interpolate(luma: NDArray[np.float64], curves: NDArray[np.float64]) -> NDArray[np.float64]:
    """Interpolate bilinearly between the curves of the four nearest tiles."""
    above, below, down = _tile_weights(luma.shape[0])
    left, right, across = _tile_weights(luma.shape[1])
    values = luma.astype(np.int64)

    def row_of(tiles: NDArray[np.int64]) -> NDArray[np.float64]:
        first, last = (curves[tiles[:, None], side, values] for side in (left, right))
        return np.asarray(first * (1 - across) + last * across)

    share = down[:, None]
    return np.asarray(row_of(above) * (1 - share) + row_of(below) * share)


def _tile_weights(
    length: int,
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Per pixel of an axis: index of the tile before, of the one after, weight of the latter."""
    place = (np.arange(length) + 0.5) * CLAHE_TILES / length - 0.5
    before = np.clip(np.floor(place), 0, CLAHE_TILES - 1).astype(np.int64)
    after = np.minimum(before + 1, CLAHE_TILES - 1)
    return before, after, np.clip(place - before, 0.0, 1.0)


def _sobel(padded: NDArray[np.float64]) -> NDArray[np.float64]:
    """Horizontal Sobel filter of an image padded by one."""
    difference = padded[:, 2:] - padded[:, :-2]
    return np.asarray(difference[:-2] + 2 * difference[1:-1] + difference[2:])


def _trim_background(image: Image.Image) -> tuple[Image.Image, Colour]:
    flat = flatten(image)
    background = background_colour(flat)
    return trim(flat, background), background


def _stretch(logo: Image.Image, across: float, down: float, background: Colour) -> Image.Image:
    """Scale width and height, and add a border of the background colour."""
    width, height = max(1, round(logo.width * across)), max(1, round(logo.height * down))
    framed = Image.new("RGB", (width + 2 * BORDER_PX, height + 2 * BORDER_PX), background)
    framed.paste(logo.resize((width, height), Image.Resampling.LANCZOS), (BORDER_PX, BORDER_PX))
    return framed.convert("RGBA")


def _copy_alpha(colours: Image.Image, image: Image.Image) -> Image.Image:
    colours.putalpha(image.getchannel("A"))
    return colours
