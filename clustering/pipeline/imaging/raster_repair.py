"""Readable parts of damaged PNG and JPEG files, as browsers show them.

Truncated files, and PNGs whose packed data is damaged, keep the rows that are there; ancillary PNG
chunks with a wrong checksum are dropped.
"""

import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import numpy as np
from PIL import Image, ImageFile

from clustering.pipeline.errors import ImageError

PNG_MAGIC: Final = b"\x89PNG\r\n\x1a\n"
MAX_RAW_BYTES: Final = 128 << 20
ZLIB_HEADER_BYTES: Final = 2
CHUNK_BYTES: Final = 1 << 8  # an error loses one
GREY_TOLERANCE: Final = 2
_CHANNELS: Final = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
_PASSES: Final = (  # of Adam7: first column and row, and the steps between pixels
    (0, 0, 8, 8),
    (4, 0, 8, 8),
    (0, 4, 4, 8),
    (2, 0, 4, 4),
    (0, 2, 2, 4),
    (1, 0, 2, 2),
    (0, 1, 1, 2),
)
_BLOCKS: Final = ((8, 8), (4, 8), (4, 4), (2, 4), (2, 2), (1, 2), (1, 1))
_KEPT: Final = frozenset([b"PLTE", b"tRNS", b"eXIf"])


@dataclass(frozen=True)
class Repaired:
    """A complete file, how many of its first rows are real, and the size of its real blocks."""

    data: bytes
    n_rows: int
    block: tuple[int, int] = (1, 1)
    """Width and height in px; of an interlaced file, only the first pixel of each is there."""


@dataclass
class _Chunks:
    header: bytes = b""
    kept: bytes = b""
    pixels: bytes = b""
    is_cut: bool = False
    has_dropped: bool = False


def repair_png(data: bytes, *, is_broken: bool = False) -> Repaired:
    """Rebuild a PNG from its readable chunks; ``is_broken`` says that its packed data is damaged.

    Raises:
        ImageError: ``bad_image`` if nothing can be repaired.
    """
    chunks = _read_chunks(data)
    if len(chunks.header) != 13 or not (chunks.is_cut or chunks.has_dropped or is_broken):
        raise ImageError("bad_image", "the image/png is damaged")
    width, height, depth, kind, _, _, interlacing = struct.unpack(">IIBBBBB", chunks.header)
    row = (width * depth * _CHANNELS.get(kind, 0) + 7) // 8 + 1
    if row * height > MAX_RAW_BYTES:
        raise ImageError("bad_image", "the image/png is damaged")
    if interlacing:
        return _repair_interlaced(chunks, width, height, depth * _CHANNELS.get(kind, 0))
    raw = _inflate(chunks.pixels, row * height)
    n_rows = len(raw) // row
    if not n_rows:
        raise ImageError("bad_image", "the image/png is cut off before its first row")
    padded = raw[: n_rows * row] + bytes((height - n_rows) * row)
    return Repaired(_file(chunks, zlib.compress(padded, 1)), n_rows)


def _repair_interlaced(chunks: _Chunks, width: int, height: int, n_bits: int) -> Repaired:
    """Keep the passes that are complete; without all of them the image is coarse."""
    sizes = [
        -(-(height - y) // step_y) * ((-(-(width - x) // step_x) * n_bits + 7) // 8 + 1)
        if width > x and height > y
        else 0
        for x, y, step_x, step_y in _PASSES
    ]
    raw = _inflate(chunks.pixels, sum(sizes))
    n_complete = sum(sum(sizes[: n + 1]) <= len(raw) for n in range(len(sizes)))
    if not n_complete:
        raise ImageError("bad_image", "the image/png is cut off before its first rows")
    padded = raw + bytes(sum(sizes) - len(raw))
    return Repaired(_file(chunks, zlib.compress(padded, 1)), height, _BLOCKS[n_complete - 1])


def in_blocks(image: Image.Image, block: tuple[int, int]) -> Image.Image:
    """Fill each block with the colour of its first pixel; RGBA to RGBA."""
    pixels = np.asarray(image)
    rows = np.arange(image.height) // block[1] * block[1]
    columns = np.arange(image.width) // block[0] * block[0]
    return Image.fromarray(pixels[rows[:, None], columns])


def _read_chunks(data: bytes) -> _Chunks:
    chunks = _Chunks()
    at = len(PNG_MAGIC)
    while at < len(data):
        size, kind = int.from_bytes(data[at : at + 4]), data[at + 4 : at + 8]
        body, checksum = data[at + 8 : at + 8 + size], data[at + 8 + size : at + 12 + size]
        if len(checksum) < 4:
            break
        if kind == b"IEND":
            return chunks
        if zlib.crc32(kind + body) == int.from_bytes(checksum):
            _add_chunk(chunks, kind, body)
        elif kind[:1].islower():
            chunks.has_dropped = True
        else:
            raise ImageError("bad_image", "the image/png is damaged")
        at += 12 + size
    chunks.is_cut = True
    if data[at + 4 : at + 8] == b"IDAT":
        chunks.pixels += data[at + 8 :]
    return chunks


def _add_chunk(chunks: _Chunks, kind: bytes, body: bytes) -> None:
    if kind == b"IHDR":
        chunks.header = body
    elif kind == b"IDAT":
        chunks.pixels += body
    elif kind in _KEPT:
        chunks.kept += _chunk(kind, body)
    elif not kind[:1].islower():
        raise ImageError("bad_image", "the image/png is damaged")


def _inflate(data: bytes, n_bytes: int) -> bytes:
    """Decompress up to the first error; the checksum at the end is not compared."""
    stream = zlib.decompressobj(-zlib.MAX_WBITS)
    raw = bytearray()
    for at in range(ZLIB_HEADER_BYTES, len(data), CHUNK_BYTES):
        try:
            raw += stream.decompress(data[at : at + CHUNK_BYTES], max(1, n_bytes - len(raw)))
        except zlib.error:
            break
        if len(raw) >= n_bytes:
            break
    return bytes(raw[:n_bytes])


def _file(chunks: _Chunks, pixels: bytes) -> bytes:
    return (
        PNG_MAGIC
        + _chunk(b"IHDR", chunks.header)
        + chunks.kept
        + _chunk(b"IDAT", pixels)
        + _chunk(b"IEND", b"")
    )


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


@contextmanager
def truncated_files() -> Iterator[None]:
    """Let Pillow decode truncated files: the rows that are missing stay empty.

    The switch is global, so this is only for the single-threaded child process.
    """
    ImageFile.LOAD_TRUNCATED_IMAGES = True
    try:
        yield
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = False


def complete_jpeg(data: bytes) -> bytes:
    """Return a truncated JPEG with an end marker, from which decoders fill the rest with grey.

    Raises:
        ImageError: ``bad_image`` if it has no image data, or is not truncated.
    """
    if b"\xff\xda" not in data or data.rstrip(b"\x00").endswith(b"\xff\xd9"):
        raise ImageError("bad_image", "the image/jpeg is damaged")
    return data.rstrip(b"\xff") + b"\xff\xd9"


def without_filling(image: Image.Image) -> Image.Image:
    """Make the grey rows transparent that fill the end of a truncated JPEG; RGBA to RGBA."""
    pixels = np.asarray(image.convert("RGB"), dtype=np.int16)
    off_grey = np.abs(pixels - 128).max(axis=(1, 2)) > GREY_TOLERANCE
    drawn = np.flatnonzero(off_grey)
    return first_rows(image, int(drawn[-1]) + 1 if drawn.size else 0)


def complete_gif(data: bytes) -> bytes:
    """Return a truncated GIF whose last block of pixels states the length that is there.

    Decoders skip a block that is not complete; small files have no other.
    """
    at = 13 + _palette_bytes(data[10:11])
    while data[at : at + 1] in (b"!", b","):
        is_image = data[at : at + 1] == b","
        at += 11 + _palette_bytes(data[at + 9 : at + 10]) if is_image else 2
        while size := int.from_bytes(data[at : at + 1]):
            n_there = len(data) - at - 1
            if is_image and 0 < n_there < size:
                return data[:at] + bytes([n_there]) + data[at + 1 :] + b"\0;"
            at += 1 + size
        at += 1
    return data


def _palette_bytes(flags: bytes) -> int:
    """Return the size of the palette of a GIF or of one of its frames."""
    flag = int.from_bytes(flags)
    return 3 << (flag & 7) + 1 if flag & 0x80 else 0


def without_last_colour(image: Image.Image) -> Image.Image:
    """Make the rows transparent that fill the end of a truncated GIF; RGBA to RGBA."""
    pixels = np.asarray(image)
    drawn = np.flatnonzero((pixels != pixels[-1, -1]).any(axis=(1, 2)))
    return first_rows(image, int(drawn[-1]) + 1 if drawn.size else 0)


def without_gaps(image: Image.Image) -> Image.Image:
    """Fill the rows that a truncated interlaced GIF lacks with those above; RGBA to RGBA."""
    pixels = np.array(image)
    filling = pixels[-1, -1].copy()
    for step in (8, 4, 2):
        rows = np.arange(step // 2, len(pixels), step)
        missing = rows[(pixels[rows] == filling).all(axis=(1, 2))]
        pixels[missing] = pixels[missing - step // 2]
    drawn = np.flatnonzero((pixels != filling).any(axis=(1, 2)))
    return first_rows(Image.fromarray(pixels), int(drawn[-1]) + 1 if drawn.size else 0)


def with_right_size(data: bytes) -> bytes:
    """Return a WebP file with its own length in the header.

    Raises:
        ImageError: ``bad_image`` if that is there already.
    """
    size = struct.pack("<I", len(data) - 8)
    if data[4:8] == size:
        raise ImageError("bad_image", "the image/webp is damaged")
    return data[:4] + size + data[8:]


def without_black_top(image: Image.Image) -> Image.Image:
    """Make the black rows transparent that fill the top of a truncated bitmap; RGBA to RGBA.

    Bitmaps begin with their last row.

    Raises:
        ImageError: ``bad_image`` if no rows are left.
    """
    drawn = np.flatnonzero(np.asarray(image.convert("RGB")).any(axis=(1, 2)))
    if not drawn.size:
        raise ImageError("bad_image", "the image is cut off before its first row")
    image.paste((0, 0, 0, 0), (0, 0, image.width, int(drawn[0])))
    return image


def first_rows(image: Image.Image, n_rows: int) -> Image.Image:
    """Make all rows after the first ``n_rows`` transparent; RGBA to RGBA.

    Raises:
        ImageError: ``bad_image`` if no rows are left.
    """
    if n_rows < 1:
        raise ImageError("bad_image", "the image is cut off before its first row")
    if n_rows < image.height:
        image.paste((0, 0, 0, 0), (0, n_rows, image.width, image.height))
    return image
