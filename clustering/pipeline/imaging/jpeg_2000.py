"""Sizes of JPEG 2000 codestreams, which decide what a decoder allocates."""

import struct
from collections.abc import Iterator
from typing import Final

from clustering.pipeline.errors import ImageError

CODESTREAM: Final = b"\xff\x4f\xff\x51"  # its start, and the marker of its size
MAX_CODESTREAMS: Final = 16  # an icon of macOS has one for each size
MAX_COMPONENTS: Final = 4
MAX_TILES: Final = 2_048
_SIZE: Final = struct.Struct(">HHIIIIIIIIH")


def codestream_sizes(data: bytes) -> Iterator[tuple[int, int]]:
    """Yield the width and the height of each codestream in ``data``.

    Raises:
        ImageError: ``bad_image`` if one has more components or tiles than a picture needs.
    """
    starts = data.split(CODESTREAM, MAX_CODESTREAMS + 1)[1:]
    for part in starts:
        if len(part) < _SIZE.size or len(starts) > MAX_CODESTREAMS:
            raise ImageError("bad_image", "the image/jp2 is damaged")
        _, _, right, bottom, left, top, across, down, x, y, n_components = _SIZE.unpack_from(part)
        width, height = right - left, bottom - top
        n_tiles = -(-(right - x) // max(1, across)) * -(-(bottom - y) // max(1, down))
        if n_components > MAX_COMPONENTS or n_tiles > MAX_TILES:
            raise ImageError("bad_image", "the image/jp2 has too many components or tiles")
        yield width, height
