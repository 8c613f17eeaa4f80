"""Decoded image -> ``NormalisedImage``; deterministic: equal pixels give equal bytes."""

import hashlib
from io import BytesIO
from typing import Final

from PIL import Image

from clustering.pipeline.errors import ImageError
from clustering.pipeline.imaging import MAX_SIDE_PX, NormalisedImage
from clustering.pipeline.imaging.hashing import perceptual_hash
from clustering.pipeline.imaging.placeholders import placeholder_kind
from clustering.pipeline.imaging.preparation import (
    DARK_BACKGROUND,
    WHITE,
    extrema,
    needs_dark_background,
    on_ground,
    prepare_flat,
)

HASHED_SIDE_PX: Final = 128
VISIBLE_ALPHA: Final = 8
MIN_CONTRAST: Final = 6
"""Smallest visible difference between the minimum and maximum of a channel."""
SAFE_SHARE: Final = 0.8
"""Diameter of the safe zone of a maskable icon, as a share of its side."""
PNG_LEVEL: Final = 2
"""75 % of the time of level 4, files 9 % larger. Logos are identified by the hash of the PNG:
another level changes the identity of every logo."""
VISIBLE: Final = [0] + [255] * 255


def normalise(image: Image.Image, media_type: str, source: bytes = b"") -> NormalisedImage:
    """Shrink, encode and describe a decoded RGBA image; ``source`` is the file, if known.

    Raises:
        ImageError: ``empty_image`` if nothing is visible.
    """
    stored = _without_hidden_colours(downscaled(image, MAX_SIDE_PX))
    is_bright = needs_dark_background(stored)
    flat = on_ground(stored, DARK_BACKGROUND if is_bright else WHITE)
    _refuse_empty(stored, flat)
    png = encode_png(stored)
    canvas = prepare_flat(flat, HASHED_SIDE_PX)
    phash = perceptual_hash(canvas)
    return NormalisedImage(
        png=png,
        sha256=hashlib.sha256(png).hexdigest(),
        width=stored.width,
        height=stored.height,
        media_type=media_type,
        phash=phash,
        ground="dark" if is_bright else "light",
        placeholder=placeholder_kind(stored, canvas, phash, source),
    )


def safe_zone(image: Image.Image) -> Image.Image:
    """Crop a maskable icon to the bounding square of its safe zone.

    The safe zone is a circle with a radius of 2/5 of the side (W3C Web App Manifest, 2.4 masks).
    """
    side = round(min(image.size) * SAFE_SHARE)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    return image.crop((left, top, left + side, top + side))


def encode_png(image: Image.Image) -> bytes:
    """Encode without metadata and with fixed settings."""
    file = BytesIO()
    image.save(file, "PNG", compress_level=PNG_LEVEL)
    return file.getvalue()


def downscaled(
    image: Image.Image,
    side: int,
    resample: Image.Resampling = Image.Resampling.LANCZOS,
    *,
    reducing_gap: float = 3.0,
) -> Image.Image:
    """Limit the longer side to ``side`` px; Pillow premultiplies alpha when it resizes RGBA."""
    longest = max(image.size)
    if longest <= side:
        return image
    width, height = (max(1, round(length * side / longest)) for length in image.size)
    return image.resize((width, height), resample, reducing_gap=reducing_gap)


def _without_hidden_colours(image: Image.Image) -> Image.Image:
    """Copy without metadata; fully transparent pixels become transparent black."""
    clean = Image.new("RGBA", image.size)
    clean.paste(image, mask=image.getchannel("A").point(VISIBLE))
    return clean


def _refuse_empty(image: Image.Image, flat: Image.Image) -> None:
    if extrema(image.getchannel("A"))[1] < VISIBLE_ALPHA:
        raise ImageError("empty_image", "it is fully transparent")
    if all(highest - lowest < MIN_CONTRAST for lowest, highest in map(extrema, flat.split())):
        raise ImageError("empty_image", "it has one colour only")
