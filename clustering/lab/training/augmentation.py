"""Augmentation: how sites show the same mark in different ways.

Every step works on the picture as a site would serve it; ``prepare`` comes last, so that training
and inference share their preprocessing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from clustering.lab.training.text_rendering import Mask, WordBank
from clustering.pipeline.imaging.preparation import prepare

Pixels = NDArray[np.uint8]
Rng = np.random.Generator
Colour = tuple[int, int, int]

INK_TOLERANCE: Final = 40  # per channel; smaller differences count as background
VARIED_LUMA: Final = 35.0  # std of luma above which a mark is no plain silhouette
MEAN_COLOUR_PX: Final = 24  # enough for a mean colour


@dataclass(frozen=True)
class Probabilities:
    """Probability of each augmentation step."""

    cut_out: float = 0.4
    recolour: float = 0.5
    ground: float = 0.45
    badge: float = 0.1
    lockup: float = 0.15
    caption: float = 0.2
    crop: float = 0.25
    aspect: float = 0.4
    shrink: float = 0.3
    blur_by_jpeg: float = 0.3
    margin: float = 0.25


class Augmenter:
    """Renders augmented canvases; all randomness comes from the generator passed in."""

    def __init__(self, words: WordBank, probabilities: Probabilities, side_px: int) -> None:
        self._words = words
        self._probabilities = probabilities
        self._side_px = side_px

    def canvas(self, image: Image.Image, brand_number: int, rng: Rng) -> Pixels:
        """Return an augmented, prepared canvas, shape (side, side, 3)."""
        probabilities = self._probabilities
        if rng.random() < probabilities.cut_out:
            image = cut_out(image)
        if rng.random() < probabilities.recolour:
            image = recoloured(image, rng)
        if rng.random() < probabilities.lockup:
            image = beside(image, self._words.of(brand_number), rng, size=(0.35, 0.8))
        if rng.random() < probabilities.ground:
            image = grounded(image, rng)
        if rng.random() < probabilities.badge:
            image = badged(image, rng)
        if rng.random() < probabilities.caption:
            image = beside(image, self._words.any(rng), rng, size=(0.1, 0.3))
        return self._degraded(image, rng)

    def plain(self, image: Image.Image) -> Pixels:
        """Return the canvas without augmentation."""
        return np.asarray(prepare(image, self._side_px))

    def _degraded(self, image: Image.Image, rng: Rng) -> Pixels:
        probabilities = self._probabilities
        steps: tuple[tuple[float, Callable[[Image.Image, Rng], Image.Image]], ...] = (
            (probabilities.crop, cropped),
            (probabilities.aspect, stretched),
            (probabilities.shrink, shrunk),
            (probabilities.blur_by_jpeg, compressed),
        )
        for chance, step in steps:
            if rng.random() < chance:
                image = step(image, rng)
        canvas = prepare(image, self._side_px)
        if rng.random() < probabilities.margin:
            canvas = shifted(canvas, rng)
        return np.asarray(canvas)


def recoloured(image: Image.Image, rng: Rng) -> Image.Image:
    """Greyscale, one colour, inverted, rotated hue, or other contrast; alpha is kept."""
    pixels = np.asarray(image).astype(np.float32)
    colours, alpha = pixels[:, :, :3], pixels[:, :, 3:]
    kind = rng.choice(5, p=[0.2, 0.3, 0.2, 0.2, 0.1])
    if kind == 0:
        colours = np.repeat(_luma(colours)[:, :, None], 3, axis=2)
    elif kind == 1:
        return _in_one_colour(image, rng)
    elif kind == 2:
        colours = 255 - colours
    elif kind == 3:
        colours = colours @ _hue_rotation(rng.uniform(0.3, 2 * np.pi - 0.3))
    else:
        middle = colours.mean()
        colours = (colours - middle) * rng.uniform(0.5, 1.3) + middle + rng.uniform(-40, 40)
    joined = np.concatenate([np.clip(colours, 0, 255), alpha], axis=2)
    return Image.fromarray(joined.astype(np.uint8))


def _in_one_colour(image: Image.Image, rng: Rng) -> Image.Image:
    """Ink in black, white or a random colour; shades become alpha."""
    coverage = _ink(image)
    one = [(0, 0, 0), (255, 255, 255), _any_colour(rng)][int(rng.choice(3, p=[0.35, 0.3, 0.35]))]
    painted = Image.new("RGBA", image.size, one)
    painted.putalpha(Image.fromarray(coverage))
    return painted


def cut_out(image: Image.Image) -> Image.Image:
    """Make the plain background of an opaque picture transparent; others are unchanged."""
    pixels = np.array(image)
    if pixels[:, :, 3].min() < 255:
        return image
    edges = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])[:, :3]
    if np.ptp(edges.astype(np.int16), axis=0).max() > INK_TOLERANCE:
        return image
    pixels[:, :, 3] = _ink(image)
    return Image.fromarray(pixels)


def _ink(image: Image.Image) -> Pixels:
    """Difference of each pixel from the background, 0 to 255.

    For transparent pictures their alpha; if luma varies much, darkness times alpha, because a
    coloured badge would become a blot.
    """
    pixels = np.asarray(image).astype(np.float32)
    colours, alpha = pixels[:, :, :3], pixels[:, :, 3]
    if alpha.min() == 255:
        apart = np.abs(colours - colours[0, 0]).max(axis=2)
    else:
        luma = _luma(colours)
        varies = float(luma[alpha > 128].std()) > VARIED_LUMA if (alpha > 128).any() else False
        apart = alpha * (255 - luma) / 255 if varies else alpha
    ink = apart * 255 / max(INK_TOLERANCE, float(apart.max()))
    return np.asarray(np.clip(ink, 0, 255), dtype=np.uint8)


def _hue_rotation(angle: float) -> NDArray[np.float32]:
    """Rotation matrix about the grey axis by ``angle``, for rows of RGB."""
    cosine, sine = np.cos(angle), np.sin(angle)
    third, root = (1 - cosine) / 3, np.sqrt(1 / 3) * sine
    turn = np.full((3, 3), third) + np.eye(3) * cosine
    turn += np.array([[0, root, -root], [-root, 0, root], [root, -root, 0]])
    return np.asarray(turn, dtype=np.float32)


def grounded(image: Image.Image, rng: Rng) -> Image.Image:
    """On a plain background of contrasting colour, with a margin."""
    ground = _contrasting_ground(image, rng)
    pad = int(max(image.size) * rng.uniform(0.02, 0.35))
    canvas = Image.new("RGBA", (image.width + 2 * pad, image.height + 2 * pad), (*ground, 255))
    canvas.alpha_composite(image, (pad, pad))
    return canvas


def badged(image: Image.Image, rng: Rng) -> Image.Image:
    """On a disc, a rounded square or a square."""
    side = int(max(image.size) * rng.uniform(1.15, 1.7))
    canvas = Image.new("RGBA", (side, side))
    pen = ImageDraw.Draw(canvas)
    fill = (*_contrasting_ground(image, rng), 255)
    if rng.random() < 0.5:
        pen.ellipse((0, 0, side - 1, side - 1), fill=fill)
    else:
        pen.rounded_rectangle((0, 0, side - 1, side - 1), side * rng.uniform(0, 0.3), fill=fill)
    canvas.alpha_composite(image, ((side - image.width) // 2, (side - image.height) // 2))
    return canvas


def beside(image: Image.Image, mask: Mask, rng: Rng, *, size: tuple[float, float]) -> Image.Image:
    """Place a word to the right of or below the mark; ``size`` bounds its relative height."""
    height = max(6, round(image.height * rng.uniform(*size)))
    below = rng.random() < 0.5
    limit = image.width * 1.4 if below else image.height * 4
    scale = min(height / mask.shape[0], limit / mask.shape[1])
    extent = (max(1, round(mask.shape[1] * scale)), max(1, round(mask.shape[0] * scale)))
    word = Image.new("RGBA", extent, _word_colour(image, rng))
    word.putalpha(Image.fromarray(mask).resize(extent, Image.Resampling.BILINEAR))
    return _joined(image, word, gap=round(image.height * rng.uniform(0.08, 0.3)), below=below)


def _joined(image: Image.Image, word: Image.Image, *, gap: int, below: bool) -> Image.Image:
    if below:
        size = (max(image.width, word.width), image.height + gap + word.height)
        first, second = ((size[0] - image.width) // 2, 0), ((size[0] - word.width) // 2, size[1])
        second = (second[0], image.height + gap)
    else:
        size = (image.width + gap + word.width, max(image.height, word.height))
        first = (0, (size[1] - image.height) // 2)
        second = (image.width + gap, (size[1] - word.height) // 2)
    canvas = Image.new("RGBA", size, _outside(image))
    canvas.alpha_composite(image, first)
    canvas.alpha_composite(word, second)
    return canvas


def cropped(image: Image.Image, rng: Rng) -> Image.Image:
    """Crop up to a tenth at each edge."""
    left, top, right, bottom = rng.uniform(0, 0.1, 4) * (rng.random(4) < 0.5)
    box = (
        int(left * image.width),
        int(top * image.height),
        image.width - int(right * image.width),
        image.height - int(bottom * image.height),
    )
    return image.crop(box)


def stretched(image: Image.Image, rng: Rng) -> Image.Image:
    """Scale the width by 0.75 to 1.3."""
    width = max(1, round(image.width * rng.uniform(0.75, 1.3)))
    return image.resize((width, image.height), Image.Resampling.BILINEAR)


def shrunk(image: Image.Image, rng: Rng) -> Image.Image:
    """Shrink to favicon size: the area of a square of 16 to 64 px."""
    scale = rng.uniform(16, 64) / (image.width * image.height) ** 0.5
    if scale >= 1:
        return image
    size = (max(4, round(image.width * scale)), max(4, round(image.height * scale)))
    return image.resize(size, Image.Resampling.BOX if rng.random() < 0.5 else None)


def compressed(image: Image.Image, rng: Rng) -> Image.Image:
    """Compress as JPEG, on white or on a dark background."""
    flat = Image.new("RGB", image.size, _jpeg_ground(image))
    flat.paste(image, mask=image.getchannel("A"))
    file = BytesIO()
    flat.save(file, "JPEG", quality=int(rng.integers(15, 71)))
    with Image.open(file) as opened:
        return opened.convert("RGBA")


def shifted(canvas: Image.Image, rng: Rng) -> Image.Image:
    """Shrink and shift the prepared canvas: margins that preparation does not remove."""
    side = canvas.width
    small = max(8, round(side * rng.uniform(0.7, 0.98)))
    out = Image.new("RGB", canvas.size, canvas.getpixel((0, 0)))
    left, top = rng.integers(0, side - small + 1, 2).tolist()
    out.paste(canvas.resize((small, small), Image.Resampling.BILINEAR), (left, top))
    return out


def _luma(colours: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(colours @ np.array([0.299, 0.587, 0.114], dtype=np.float32))


def _any_colour(rng: Rng) -> Colour:
    red, green, blue = rng.integers(0, 256, 3).tolist()
    return red, green, blue


def _contrasting_ground(image: Image.Image, rng: Rng) -> Colour:
    """White, near black or a random colour that contrasts with the mark."""
    mean = _mean_colour(image)
    for _ in range(4):
        kind = rng.choice(4, p=[0.3, 0.1, 0.2, 0.4])
        dark, light = int(rng.integers(0, 60)), int(rng.integers(225, 256))
        ground = [(255, 255, 255), (light,) * 3, (dark,) * 3, _any_colour(rng)][int(kind)]
        if np.abs(np.subtract(ground, mean)).max() > 90:
            return ground
    return (255, 255, 255) if float(np.mean(mean)) < 128 else (16, 16, 16)


def _mean_colour(image: Image.Image) -> NDArray[np.float32]:
    glance = image.resize((MEAN_COLOUR_PX, MEAN_COLOUR_PX), Image.Resampling.BOX)
    pixels = np.asarray(glance).astype(np.float32)
    weights = pixels[:, :, 3:]
    if weights.min() == 255:
        weights = np.abs(pixels[:, :, :3] - pixels[0, 0, :3]).max(axis=2, keepdims=True)
    total = max(float(weights.sum()), 1.0)
    return np.asarray((pixels[:, :, :3] * weights).sum(axis=(0, 1)) / total, dtype=np.float32)


def _word_colour(image: Image.Image, rng: Rng) -> tuple[int, int, int, int]:
    """The mark's mean colour, or a grey that contrasts with an opaque background."""
    red, green, blue, alpha = np.asarray(image)[0, 0].tolist()
    if alpha == 255 and rng.random() < 0.5:
        return (255, 255, 255, 255) if red + green + blue < 384 else (40, 40, 40, 255)
    mean = _mean_colour(image).astype(int).tolist()
    return (*mean, 255)


def _outside(image: Image.Image) -> tuple[int, int, int, int]:
    """The colour around a picture: its corner's if that is opaque."""
    red, green, blue, alpha = np.asarray(image)[0, 0].tolist()
    return (red, green, blue, 255) if alpha == 255 else (0, 0, 0, 0)


def _jpeg_ground(image: Image.Image) -> Colour:
    return (255, 255, 255) if float(_mean_colour(image).mean()) < 200 else (24, 24, 24)
