"""Placeholder detection from a single image: blanks, globes, default icons, monograms.

``shared_images`` finds placeholders by the set of sites that use them.
"""

import hashlib
from typing import Final

from PIL import Image, ImageChops

from clustering.pipeline.imaging import default_icons
from clustering.pipeline.imaging.known_icons import DEFAULT_ICON, GLOBE, KIND_BY_MD5
from clustering.pipeline.imaging.placeholder_shapes import is_globe, is_monogram

BLANK: Final = "blank"
MONOGRAM: Final = "monogram"
MIN_LOGO_SIDE_PX: Final = 8
"""Spacers and tracking pixels are smaller; the smallest icons have 16 px."""
MIN_INK: Final = 0.002
"""Smallest share of the prepared canvas that differs from its background."""
INK_TOLERANCE: Final = 24


def placeholder_kind(
    image: Image.Image, canvas: Image.Image, phash: int, source: bytes = b""
) -> str | None:
    """Classify an image as a kind of placeholder, or None if it may be a logo.

    Args:
        image: RGBA, as stored.
        canvas: RGB, the result of ``prepare``.
        phash: of the canvas.
        source: bytes of the file, if known; matched against known default icons.

    Returns:
        ``blank``, ``globe``, ``default_icon`` or ``monogram``. A monogram is ambiguous: as
        a site's own icon it is a logo, from an icon service it means that there is none.
    """
    known = KIND_BY_MD5.get(hashlib.md5(source, usedforsecurity=False).hexdigest())
    if known:
        return known
    if min(image.size) < MIN_LOGO_SIDE_PX or _ink(canvas) < MIN_INK:
        return BLANK
    if is_globe(image):
        return GLOBE
    if default_icons.known().name_of(canvas, phash):
        return DEFAULT_ICON
    return MONOGRAM if is_monogram(image) else None


def _ink(canvas: Image.Image) -> float:
    ground = Image.new("RGB", canvas.size, canvas.getpixel((0, 0)))
    red, green, blue = ImageChops.difference(canvas, ground).split()
    strongest = ImageChops.lighter(ImageChops.lighter(red, green), blue)
    n_ink = sum(strongest.histogram()[INK_TOLERANCE + 1 :])
    return n_ink / (canvas.width * canvas.height)
