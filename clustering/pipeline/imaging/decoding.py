"""Raster bytes -> one RGBA image; the format is sniffed, never taken from a header or name."""

import gzip
import re
import struct
import warnings
import zlib
from dataclasses import dataclass
from io import BytesIO
from typing import Final

import numpy as np
from PIL import (
    AvifImagePlugin,
    IcoImagePlugin,
    Image,
    ImageOps,
    PngImagePlugin,
    UnidentifiedImageError,
)

from clustering.pipeline.errors import ImageError
from clustering.pipeline.imaging import MAX_SIDE_PX

MAX_BYTES: Final = 5 << 20
MAX_SVG_BYTES: Final = 1 << 20
MAX_PIXELS: Final = 25_000_000  # RGBA of that is 100 MB
MAX_SOURCE_SIDE_PX: Final = 16_384
MAX_ASPECT: Final = 200
MAX_JPEG_SCANS: Final = 100  # each scan of a progressive JPEG decodes the whole image
MAX_ICO_ENTRIES: Final = 64
SNIFFED_BYTES: Final = 1 << 16  # long declarations may precede the SVG root

FORMATS: Final = {
    "image/png": "PNG",
    "image/jpeg": "JPEG",
    "image/gif": "GIF",
    "image/webp": "WEBP",
    "image/avif": "AVIF",
    "image/bmp": "BMP",
    "image/x-icon": "ICO",
}
SVG: Final = "image/svg+xml"
_MAGIC: Final = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"BM", "image/bmp"),
    (b"\x00\x00\x01\x00", "image/x-icon"),
)
_SVG_ROOT: Final = re.compile(rb"<(?:\w{1,20}:)?svg[\s>/]", re.IGNORECASE)
_HTML: Final = re.compile(rb"<(?:!doctype html|html|head|body)[\s>]", re.IGNORECASE)

Image.MAX_IMAGE_PIXELS = MAX_PIXELS
# Between one and two times the limit Pillow only warns.
warnings.simplefilter("error", Image.DecompressionBombWarning)
PngImagePlugin.MAX_TEXT_CHUNK = 1 << 20  # colour profiles count as text
PngImagePlugin.MAX_TEXT_MEMORY = 1 << 20
AvifImagePlugin.DEFAULT_MAX_THREADS = 1


@dataclass(frozen=True)
class SniffedFile:
    """A file with its sniffed media type; a gzipped SVG is decompressed."""

    media_type: str
    data: bytes


def sniff(data: bytes) -> SniffedFile:
    """Return the media type of ``data`` by its magic number.

    Raises:
        ImageError: ``bad_image`` if it is empty, too large, or of an unsupported format.
    """
    if not data:
        raise ImageError("bad_image", "the file is empty")
    if len(data) > MAX_BYTES:
        raise ImageError("bad_image", f"the file has {len(data)} bytes, allowed are {MAX_BYTES}")
    if data.startswith(b"\x1f\x8b"):
        data = _gunzip(data)
    return SniffedFile(_media_type(data), data)


def _media_type(data: bytes) -> str:
    for magic, media_type in _MAGIC:
        if data.startswith(magic):
            return media_type
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    if data[4:8] == b"ftyp" and b"avi" in data[8:40]:
        return "image/avif"
    return _sniff_markup(data[:SNIFFED_BYTES].replace(b"\x00", b""), len(data))


def _sniff_markup(head: bytes, n_bytes: int) -> str:
    """``head`` must be free of NULs: UTF-16 then matches like ASCII."""
    svg, html = _SVG_ROOT.search(head), _HTML.search(head)
    if html and not (svg and svg.start() < html.start()):
        raise ImageError("bad_image", "the file is a web page")
    if not svg:
        raise ImageError("bad_image", "the file is no image of a kind that we read")
    if n_bytes > MAX_SVG_BYTES:
        raise ImageError("bad_image", f"the SVG has more than {MAX_SVG_BYTES} bytes")
    return SVG


def _gunzip(data: bytes) -> bytes:
    try:
        with gzip.GzipFile(fileobj=BytesIO(data)) as file:
            unpacked = file.read(MAX_SVG_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise ImageError("bad_image", f"the compressed file is damaged: {error}") from error
    if len(unpacked) > MAX_SVG_BYTES:
        raise ImageError("bad_image", f"unpacked it has more than {MAX_SVG_BYTES} bytes")
    return unpacked


def decode_raster(source: SniffedFile, max_pixels: int = MAX_PIXELS) -> Image.Image:
    """Decode the first frame (of an icon: the largest image) to RGBA; apply the EXIF orientation.

    Raises:
        ImageError: ``bad_image`` if it is damaged, truncated, or exceeds the limits.
    """
    if source.media_type == "image/jpeg":
        _check_scan_count(source.data)
    if source.media_type == "image/x-icon":
        _check_icon_directory(source.data)
    try:
        with Image.open(BytesIO(source.data), formats=[FORMATS[source.media_type]]) as image:
            _check_size(*image.size, max_pixels)
            return _load(image)
    except UnidentifiedImageError as error:
        raise ImageError("bad_image", f"the {source.media_type} cannot be read") from error
    except (
        OSError,
        SyntaxError,
        ValueError,
        EOFError,
        IndexError,
        KeyError,
        TypeError,
        OverflowError,
        RuntimeError,
        struct.error,
        zlib.error,
        Image.DecompressionBombError,
        Image.DecompressionBombWarning,
    ) as error:  # raised by Pillow's plug-ins on damaged files
        raise ImageError("bad_image", f"the {source.media_type} is damaged: {error}") from error


def _check_size(width: int, height: int, max_pixels: int) -> None:
    if width < 1 or height < 1:
        raise ImageError("bad_image", f"it has no pixels: {width} x {height}")
    if width * height > max_pixels or max(width, height) > MAX_SOURCE_SIDE_PX:
        raise ImageError("bad_image", f"it is too large: {width} x {height} pixels")
    if max(width, height) > MAX_ASPECT * min(width, height):
        raise ImageError("bad_image", f"it is too long and thin: {width} x {height} pixels")


def _load(image: Image.Image) -> Image.Image:
    if image.format == "JPEG":
        image.draft("RGB", (MAX_SIDE_PX, MAX_SIDE_PX))
    image.load()
    _check_size(*image.size, MAX_PIXELS)  # icon directories may state wrong sizes
    return _apply_exif_orientation(_to_8_bits(image)).convert("RGBA")


def _to_8_bits(image: Image.Image) -> Image.Image:
    """Scale 16-bit grey; Pillow's own conversion clips it to white."""
    if not image.mode.startswith("I"):
        return image
    grey = np.asarray(image).astype(np.int64)
    return Image.fromarray((grey.clip(0, 65_535) >> 8).astype(np.uint8))


def _apply_exif_orientation(image: Image.Image) -> Image.Image:
    """Apply the EXIF orientation; damaged EXIF is ignored."""
    if image.format == "ICO" or "exif" not in image.info:
        return image
    try:
        return ImageOps.exif_transpose(image)
    except (OSError, SyntaxError, ValueError, KeyError, TypeError, IndexError, OverflowError):
        return image


def _check_scan_count(data: bytes) -> None:
    if data.count(b"\xff\xda") > MAX_JPEG_SCANS:
        raise ImageError("bad_image", f"the JPEG has more than {MAX_JPEG_SCANS} scans")


def _check_icon_directory(data: bytes) -> None:
    """Refuse icons with too many entries, or with an entry that exceeds the size limits."""
    if int.from_bytes(data[4:6], "little") > MAX_ICO_ENTRIES:
        raise ImageError("bad_image", f"the icon has more than {MAX_ICO_ENTRIES} images")
    try:
        icon = IcoImagePlugin.IcoFile(BytesIO(data))
        for entry in icon.entry:
            _check_entry(data[entry.offset : entry.offset + 24])
    except (SyntaxError, ValueError, IndexError, OSError, KeyError, struct.error) as error:
        raise ImageError("bad_image", f"the icon is damaged: {error}") from error


def _check_entry(head: bytes) -> None:
    if head.startswith(b"\x89PNG"):
        _check_size(int.from_bytes(head[16:20]), int.from_bytes(head[20:24]), MAX_PIXELS)
    elif len(head) >= 12:  # the height of a bitmap entry includes its mask
        width = abs(int.from_bytes(head[4:8], "little", signed=True))
        height = abs(int.from_bytes(head[8:12], "little", signed=True))
        _check_size(width, max(height // 2, 1), MAX_PIXELS)
