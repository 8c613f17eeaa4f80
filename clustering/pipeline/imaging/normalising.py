"""A decoded image -> what the product stores of it: equal pixels give equal bytes."""

import hashlib
from io import BytesIO
from typing import Final

from PIL import Image

from clustering.pipeline.errors import ImageError
from clustering.pipeline.imaging import MAX_SIDE_PX, THUMBNAIL_SIDES_PX, NormalisedImage
from clustering.pipeline.imaging.hashing import perceptual_hash
from clustering.pipeline.imaging.placeholders import placeholder_kind
from clustering.pipeline.imaging.preparation import (
    DARK_GROUND,
    WHITE,
    extrema,
    laid_on,
    needs_dark_ground,
    prepare_flat,
)

HASHED_SIDE_PX: Final = 128
VISIBLE_ALPHA: Final = 8
MIN_CONTRAST: Final = 6
"""Between the darkest and the brightest of all channels; below it nobody sees anything."""
SAFE_SHARE: Final = 0.8
"""Diameter of a maskable icon's safe zone, of its side."""
PNG_LEVEL: Final = 4
WEBP_QUALITY: Final = 82
WEBP_METHOD: Final = 0  # two thirds of the time of method 2, for files 14 % larger
VISIBLE: Final = [0] + [255] * 255


def normalise(image: Image.Image, media_type: str, source: bytes = b"") -> NormalisedImage:
    """Shrink, encode and describe a decoded RGBA image; ``source`` is the file, if known.

    Raises:
        ImageError: ``empty_image`` if nothing can be seen in it.
    """
    stored = _clean(_shrunk(image, MAX_SIDE_PX))
    is_bright = needs_dark_ground(stored)
    flat = laid_on(stored, DARK_GROUND if is_bright else WHITE)
    _refuse_empty(stored, flat)
    png = encode_png(stored)
    canvas = prepare_flat(flat, HASHED_SIDE_PX)
    return NormalisedImage(
        png=png,
        sha256=hashlib.sha256(png).hexdigest(),
        width=stored.width,
        height=stored.height,
        media_type=media_type,
        phash=perceptual_hash(canvas),
        ground="dark" if is_bright else "light",
        placeholder=placeholder_kind(stored, canvas, source),
        thumbnails=_thumbnails(stored),
    )


def safe_zone(image: Image.Image) -> Image.Image:
    """Return the middle of a maskable icon, on which nothing but padding may border.

    The safe zone is a circle of two fifths of the icon's side (W3C, Manifest: Image resources);
    its square keeps what a platform's mask would round off.
    """
    side = round(min(image.size) * SAFE_SHARE)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    return image.crop((left, top, left + side, top + side))


def _thumbnails(image: Image.Image) -> dict[int, bytes]:
    """Each is made of the next larger one: shrinking from full size costs four times as much."""
    found, webp = {}, b""
    for side in sorted(THUMBNAIL_SIDES_PX, reverse=True):
        small = _shrunk(image, side, Image.Resampling.HAMMING)
        if not webp or small.size != image.size:  # an icon is its own thumbnail, at every size
            webp = _encode_webp(small)
        found[side], image = webp, small
    return {side: found[side] for side in THUMBNAIL_SIDES_PX}


def encode_png(image: Image.Image) -> bytes:
    """Encode without metadata, always with the same settings."""
    file = BytesIO()
    image.save(file, "PNG", compress_level=PNG_LEVEL)
    return file.getvalue()


def _encode_webp(image: Image.Image) -> bytes:
    file = BytesIO()
    if extrema(image.getchannel("A"))[0] == 255:
        image = image.convert("RGB")  # nothing to see through, so nothing to encode of it
    image.save(file, "WEBP", quality=WEBP_QUALITY, method=WEBP_METHOD)
    return file.getvalue()


def _shrunk(
    image: Image.Image, side: int, filter_: Image.Resampling = Image.Resampling.LANCZOS
) -> Image.Image:
    """At most ``side`` px; Pillow weights RGBA by alpha, so hidden colours do not bleed in."""
    longest = max(image.size)
    if longest <= side:
        return image
    width, height = (max(1, round(length * side / longest)) for length in image.size)
    return image.resize((width, height), filter_, reducing_gap=3.0)


def _clean(image: Image.Image) -> Image.Image:
    """A copy without metadata, and without colours under full transparency."""
    clean = Image.new("RGBA", image.size)
    clean.paste(image, mask=image.getchannel("A").point(VISIBLE))
    return clean


def _refuse_empty(image: Image.Image, flat: Image.Image) -> None:
    if extrema(image.getchannel("A"))[1] < VISIBLE_ALPHA:
        raise ImageError("empty_image", "it is fully transparent")
    spreads = [highest - lowest for lowest, highest in map(extrema, flat.split())]
    if max(spreads) < MIN_CONTRAST:
        raise ImageError("empty_image", "it has one colour only")
