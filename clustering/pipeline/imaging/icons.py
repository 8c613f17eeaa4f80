"""Icons and cursors: the best of their images, with the right transparency.

Sizes and depths are read from the images themselves, as directories are often wrong and those of
cursors hold hot spots instead.
"""

import struct
from collections.abc import Iterator
from io import BytesIO
from typing import Final, NamedTuple

import numpy as np
from PIL import Image

from clustering.pipeline.errors import ImageError
from clustering.pipeline.imaging.raster_repair import PNG_MAGIC

MAX_ENTRIES: Final = 64
DEPTHS: Final = frozenset([1, 4, 8, 16, 24, 32])
_HEADER_BYTES: Final = range(40, 125)
_PNG_CHANNELS: Final = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}


class IconImage(NamedTuple):
    """One image of an icon; fields in the order of preference."""

    n_pixels: int
    depth: int
    width: int
    height: int
    data: bytes

    @property
    def is_png(self) -> bool:
        """Whether it is a PNG file; otherwise a bitmap without a file header."""
        return self.data.startswith(PNG_MAGIC)


def icon_images(data: bytes) -> list[IconImage]:
    """Return the images of an icon or cursor, best first.

    Raises:
        ImageError: ``bad_image`` if it has none, or too many.
    """
    n_entries = int.from_bytes(data[4:6], "little")
    if n_entries > MAX_ENTRIES:
        raise ImageError("bad_image", f"the icon has more than {MAX_ENTRIES} images")
    found = sorted(_entries(data, n_entries), reverse=True)
    if not found:
        raise ImageError("bad_image", "the icon is damaged: it has no readable image")
    return found


def _entries(data: bytes, n_entries: int) -> Iterator[IconImage]:
    for number in range(n_entries):
        entry = data[6 + 16 * number : 22 + 16 * number]
        if len(entry) < 16:
            return
        size, offset = struct.unpack("<II", entry[8:])
        body = data[offset : offset + size]
        image = _described(_with_mask(body, entry[0] or 256, entry[1] or 256))
        if image is not None:
            yield image


def _with_mask(data: bytes, width: int, height: int) -> bytes:
    """Return a bitmap whose height does not count a mask with an empty mask and twice the height.

    Its height is that of the directory then, and all rows are there.
    """
    if len(data) < 40 or data.startswith(PNG_MAGIC):
        return data
    header, *size, _, depth, packing = struct.unpack("<IiiHHI", data[:20])
    n_bytes = (width * depth + 31) // 32 * 4 * height
    is_whole = header == 40 and depth in {24, 32} and not packing and len(data) >= 40 + n_bytes
    if size != [width, height] or not is_whole:
        return data
    mask = bytes((width + 31) // 32 * 4 * height)
    return data[:8] + struct.pack("<i", 2 * height) + data[12 : 40 + n_bytes] + mask


def _described(data: bytes) -> IconImage | None:
    if data.startswith(PNG_MAGIC) and len(data) > 25:
        width, height, bits, kind = struct.unpack(">IIBB", data[16:26])
        return IconImage(width * height, bits * _PNG_CHANNELS.get(kind, 1), width, height, data)
    if len(data) < 40:
        return None
    header, width, height, _, depth = struct.unpack("<IiiHH", data[:16])
    # The height of a bitmap includes its mask.
    height = abs(height) // 2
    if header not in _HEADER_BYTES or depth not in DEPTHS:
        return None
    return IconImage(abs(width) * height, depth, abs(width), height, data)


def decode_bitmap(image: IconImage) -> Image.Image:
    """Decode a bitmap of an icon to RGBA; without an alpha channel its mask counts."""
    sides = bytes([image.width % 256, image.height % 256])
    entry = sides + struct.pack("<BBHHII", 0, 0, 1, image.depth, len(image.data), 22)
    file = BytesIO(struct.pack("<HHH", 0, 1, 1) + entry + image.data)
    with Image.open(file, formats=["ICO"]) as opened:
        opened.load()
        decoded = opened.convert("RGBA")
    if image.depth == 32 and decoded.getchannel("A").getextrema() == (0, 0):
        decoded.putalpha(_mask(image))
    return decoded


def padded(image: IconImage) -> IconImage:
    """Return a truncated bitmap with the missing rows, at its top, black and transparent."""
    return image._replace(data=image.data + bytes(5 * image.n_pixels + 1024))


def _mask(image: IconImage) -> Image.Image:
    """Opacity by the 1-bit mask after the colours; opaque where it is missing."""
    header = int.from_bytes(image.data[:4], "little")
    row = (image.width + 31) // 32 * 4
    start = header + 4 * image.n_pixels
    bits = image.data[start : start + row * image.height]
    if len(bits) < row * image.height:
        return Image.new("L", (image.width, image.height), 255)
    rows = np.frombuffer(bits, dtype=np.uint8).reshape(image.height, row)[::-1]
    is_hidden = np.unpackbits(rows, axis=1)[:, : image.width].astype(bool)
    if is_hidden.all():
        is_hidden = ~is_hidden
    return Image.fromarray(np.where(is_hidden, 0, 255).astype(np.uint8))
