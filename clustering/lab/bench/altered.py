"""Retrieval of altered logos, for ``bench_altered``: how robust an embedder is to alterations."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from clustering.pipeline.embedders import Embedder
from clustering.pipeline.imaging.preparation import (
    DARK_BACKGROUND,
    WHITE,
    Colour,
    composite,
    needs_dark_background,
)

N_LOGOS: Final = 200
SEED: Final = 15
JPEG_QUALITY: Final = 25
CROP_SHARE: Final = 0.15  # of width and height
ROTATION_DEGREES: Final = 8
BLUR_SHARE: Final = 0.015  # of the longer side
SYMBOL_ASPECT: Final = 1.6  # wider logos may have a symbol beside the word
MIN_GAP_SHARE: Final = 0.04  # of the height, between symbol and word
INK_TOLERANCE: Final = 40

Alteration = Callable[[Image.Image], Image.Image | None]
"""RGBA -> RGBA; None if it does not apply to a logo."""


@dataclass(frozen=True)
class AlteredScore:
    """Retrieval of the originals of ``n`` altered logos."""

    n: int
    recall_at_1: float
    """Share whose nearest logo is the original, or a logo of its brand."""
    wrong_within_cut: float
    """Share whose nearest logo is another brand's, within the distance threshold."""


def scores(
    images: Sequence[Image.Image],
    brands: Sequence[str],
    embedder: Embedder,
    *,
    cut: float,
    report: Callable[[str], None] = lambda name: None,
) -> dict[str, AlteredScore]:
    """Return the score of each alteration of 200 of the images, searched among all of them.

    Args:
        images: distinct RGBA logos.
        brands: the brand of each; equal ones are right answers.
        cut: cosine distance within which clusters are joined.
    """
    base = embedder.embed(images)
    drawn = np.sort(np.random.default_rng(SEED).permutation(len(images))[:N_LOGOS])
    found = {}
    for name, alter in ALTERATIONS.items():
        report(name)
        pairs = [(int(row), alter(images[row])) for row in drawn]
        kept = [(row, image) for row, image in pairs if image is not None]
        if kept:
            altered = embedder.embed([image for _, image in kept])
            found[name] = _score(altered @ base.T, [row for row, _ in kept], brands, cut)
    return found


def _score(
    cosines: NDArray[np.float32], rows: Sequence[int], brands: Sequence[str], cut: float
) -> AlteredScore:
    nearest = cosines.argmax(axis=1)
    right = np.array([brands[n] == brands[row] for n, row in zip(nearest, rows, strict=True)])
    near = 1 - cosines.max(axis=1) <= cut
    return AlteredScore(len(rows), float(right.mean()), float((~right & near).mean()))


def _ground(image: Image.Image) -> Colour:
    """The background on which a logo is visible: a white logo on white is an empty image."""
    return DARK_BACKGROUND if needs_dark_background(image) else WHITE


def _flat(image: Image.Image) -> Image.Image:
    return composite(image, _ground(image)).convert("RGBA")


def _to_side(side: int) -> Alteration:
    def shrink(image: Image.Image) -> Image.Image:
        scale = min(1.0, side / max(image.size))
        size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
        return image.resize(size, Image.Resampling.LANCZOS)

    return shrink


def _jpeg(image: Image.Image) -> Image.Image:
    file = BytesIO()
    _flat(image).convert("RGB").save(file, "JPEG", quality=JPEG_QUALITY)
    with Image.open(file) as opened:
        return opened.convert("RGBA")


def _inverted(image: Image.Image) -> Image.Image:
    pixels = np.array(image)
    pixels[:, :, :3] = 255 - pixels[:, :, :3]
    return Image.fromarray(pixels)


def _other_hue(image: Image.Image) -> Image.Image:
    hue, saturation, value = image.convert("RGB").convert("HSV").split()
    turned = hue.point([(level + 96) % 256 for level in range(256)])
    colours = Image.merge("HSV", (turned, saturation, value)).convert("RGB")
    colours.putalpha(image.getchannel("A"))
    return colours


def _ink(image: Image.Image) -> NDArray[np.float32]:
    """Coverage of each pixel, 0 to 1: its difference from the background."""
    flat = np.asarray(_flat(image).convert("RGB"), dtype=np.float32)
    apart = np.abs(flat - np.median(flat[[0, 0, -1, -1], [0, -1, 0, -1]], axis=0)).max(axis=2)
    return np.asarray(np.clip(apart / max(INK_TOLERANCE, float(apart.max())), 0, 1))


def _in_colour(image: Image.Image, colour: Colour) -> Image.Image:
    painted = Image.new("RGBA", image.size, colour)
    painted.putalpha(Image.fromarray((_ink(image) * 255).astype(np.uint8)))
    return painted


def _one_colour(image: Image.Image) -> Image.Image:
    return _in_colour(image, (20, 60, 140))


def _on_dark(image: Image.Image) -> Image.Image:
    ground = Image.new("RGBA", image.size, (24, 24, 32, 255))
    ground.alpha_composite(_in_colour(image, (255, 255, 255)))
    return ground


def _padded(image: Image.Image) -> Image.Image:
    return _centred(_flat(image), (2 * image.width, 2 * image.height), _ground(image))


def _centred(image: Image.Image, size: tuple[int, int], fill: Colour | None) -> Image.Image:
    canvas = Image.new("RGBA", size, (*fill, 255) if fill else (0, 0, 0, 0))
    place = ((size[0] - image.width) // 2, (size[1] - image.height) // 2)
    canvas.alpha_composite(image, place)
    return canvas


def _cropped(image: Image.Image) -> Image.Image:
    """Without the right and lower edge."""
    keep = 1 - CROP_SHARE
    return image.crop((0, 0, max(1, int(keep * image.width)), max(1, int(keep * image.height))))


def _rotated(image: Image.Image) -> Image.Image:
    return _flat(image).rotate(
        ROTATION_DEGREES, Image.Resampling.BICUBIC, expand=True, fillcolor=_ground(image)
    )


def _blurred(image: Image.Image) -> Image.Image:
    return _flat(image).filter(ImageFilter.GaussianBlur(BLUR_SHARE * max(image.size)))


def _captioned(image: Image.Image) -> Image.Image:
    height = max(8, image.height // 5)
    ground = _ground(image)
    canvas = Image.new("RGBA", (image.width, image.height + 2 * height), ground)
    canvas.alpha_composite(_flat(image))
    face = ImageFont.load_default(height)
    middle = (image.width / 2, image.height + height)
    ink = "black" if ground == WHITE else "white"
    ImageDraw.Draw(canvas).text(middle, "of Springfield", ink, face, anchor="mm")
    return canvas


def _symbol(image: Image.Image) -> Image.Image | None:
    """The part before the first gap of a wide logo, if it is about square."""
    ink = _ink(image) > 0.5
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    if len(columns) < 2 or np.ptp(columns) < SYMBOL_ASPECT * np.ptp(rows):
        return None
    gaps = np.flatnonzero(np.diff(columns) > max(2, MIN_GAP_SHARE * np.ptp(rows)))
    if len(gaps) == 0:
        return None
    left, right = int(columns[0]), int(columns[gaps[0]])
    height = int(np.ptp(rows)) + 1
    if not 0.7 <= (right - left + 1) / height <= 1.5:
        return None
    return image.crop((left, int(rows[0]), right + 1, int(rows[-1]) + 1))


def _badge(image: Image.Image, radius_share: float, margin: float) -> Image.Image:
    """A white mark on a coloured square with round corners; a disc at 0.5."""
    side = round(max(image.size) * margin)
    canvas = Image.new("RGBA", (side, side))
    box = (0, 0, side - 1, side - 1)
    ImageDraw.Draw(canvas).rounded_rectangle(box, radius_share * side, fill=(30, 90, 160))
    canvas.alpha_composite(_centred(_in_colour(image, (255, 255, 255)), (side, side), None))
    return canvas


def _on_disc(image: Image.Image) -> Image.Image:
    return _badge(image, 0.5, 1.5)


def _on_tile(image: Image.Image) -> Image.Image:
    return _badge(image, 0.2, 1.3)


ALTERATIONS: Final[Mapping[str, Alteration]] = {
    "16 px": _to_side(16),
    "32 px": _to_side(32),
    "64 px": _to_side(64),
    "JPEG": _jpeg,
    "inverted": _inverted,
    "hue": _other_hue,
    "one colour": _one_colour,
    "dark ground": _on_dark,
    "padded": _padded,
    "cropped 15 %": _cropped,
    "rotated": _rotated,
    "blurred": _blurred,
    "caption": _captioned,
    "symbol alone": _symbol,
    "disc": _on_disc,
    "tile": _on_tile,
}
