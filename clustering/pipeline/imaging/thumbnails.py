"""Thumbnails of stored logos, made on demand: most logos of a large run are never viewed."""

from io import BytesIO
from typing import Final

from PIL import Image

from clustering.pipeline.imaging.normalising import downscaled
from clustering.pipeline.imaging.preparation import extrema

SIDES_PX: Final = (96, 192)
WEBP_QUALITY: Final = 82
WEBP_METHOD: Final = 0  # 2/3 of the time of method 2, files 14 % larger


def thumbnail(image: Image.Image, side: int) -> bytes:
    """Encode a stored RGBA image as WebP of at most ``side`` px, with alpha."""
    small = downscaled(image, side)
    if extrema(small.getchannel("A"))[0] == 255:
        small = small.convert("RGB")  # opaque: no alpha plane to encode
    file = BytesIO()
    small.save(file, "WEBP", quality=WEBP_QUALITY, method=WEBP_METHOD)
    return file.getvalue()
