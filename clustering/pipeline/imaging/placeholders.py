"""Pictures that stand in for a missing logo: only what holds whatever the brand."""

from typing import Final

from PIL import Image, ImageChops

MIN_LOGO_SIDE_PX: Final = 8
"""Spacers and counting pixels are smaller; the smallest real icons have 16 px."""
MIN_INK: Final = 0.002
"""Share of the prepared canvas that differs from its ground: hairlines and specks have less."""
INK_TOLERANCE: Final = 24


def is_placeholder(image: Image.Image, canvas: Image.Image) -> bool:
    """Tell whether an image (RGBA), given with its canvas, is a blank that no one calls a logo."""
    return min(image.size) < MIN_LOGO_SIDE_PX or _ink(canvas) < MIN_INK


def _ink(canvas: Image.Image) -> float:
    ground = Image.new("RGB", canvas.size, canvas.getpixel((0, 0)))
    red, green, blue = ImageChops.difference(canvas, ground).split()
    strongest = ImageChops.lighter(ImageChops.lighter(red, green), blue)
    n_ink = sum(strongest.histogram()[INK_TOLERANCE + 1 :])
    return n_ink / (canvas.width * canvas.height)
