"""Pictures that stand in for a missing logo: blanks, globes, default icons, monograms.

Only what holds whatever the brand is judged, from one picture; ``shared.py`` tells when many
strangers show the same one.
"""

import hashlib
from typing import Final

from PIL import Image, ImageChops

from clustering.pipeline.imaging.known_icons import GLOBE, KIND_BY_MD5
from clustering.pipeline.imaging.placeholder_shapes import is_globe, is_monogram

BLANK: Final = "blank"
MONOGRAM: Final = "monogram"
MIN_LOGO_SIDE_PX: Final = 8
"""Spacers and counting pixels are smaller; the smallest real icons have 16 px."""
MIN_INK: Final = 0.002
"""Share of the prepared canvas that differs from its ground: hairlines and specks have less."""
INK_TOLERANCE: Final = 24


def placeholder_kind(image: Image.Image, canvas: Image.Image, source: bytes = b"") -> str | None:
    """Return what an image stands in for, or None if it may be a logo.

    Args:
        image: RGBA, as stored.
        canvas: RGB, what ``prepare`` makes of it.
        source: the file's bytes, if known; default icons are recognised by them.

    Returns:
        ``blank``, ``globe``, ``default_icon`` or ``monogram``. A monogram is no proof by itself:
        as a site's own icon it is its logo, as a service's answer it means that there is none.
    """
    known = KIND_BY_MD5.get(hashlib.md5(source, usedforsecurity=False).hexdigest())
    if known:
        return known
    if min(image.size) < MIN_LOGO_SIDE_PX or _ink(canvas) < MIN_INK:
        return BLANK
    if is_globe(image):
        return GLOBE
    return MONOGRAM if is_monogram(image) else None


def _ink(canvas: Image.Image) -> float:
    ground = Image.new("RGB", canvas.size, canvas.getpixel((0, 0)))
    red, green, blue = ImageChops.difference(canvas, ground).split()
    strongest = ImageChops.lighter(ImageChops.lighter(red, green), blue)
    n_ink = sum(strongest.histogram()[INK_TOLERANCE + 1 :])
    return n_ink / (canvas.width * canvas.height)
