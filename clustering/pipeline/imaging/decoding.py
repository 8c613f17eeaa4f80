"""Raster bytes -> one RGBA image; the format is sniffed, never taken from a header or name."""

import gzip
import re
import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO
from typing import Final

import numpy as np
from PIL import (
    AvifImagePlugin,
    Image,
    ImageOps,
    PngImagePlugin,
    UnidentifiedImageError,
)

from clustering.pipeline.errors import ImageError
from clustering.pipeline.imaging import MAX_SIDE_PX
from clustering.pipeline.imaging.colour_profiles import to_srgb
from clustering.pipeline.imaging.icons import IconImage, decode_bitmap, icon_images, padded
from clustering.pipeline.imaging.jpeg_2000 import CODESTREAM, codestream_sizes
from clustering.pipeline.imaging.plugins import PLUGINS, load_plugin
from clustering.pipeline.imaging.raster_repair import (
    complete_gif,
    complete_jpeg,
    first_rows,
    in_blocks,
    repair_png,
    truncated_files,
    with_right_size,
    without_black_top,
    without_filling,
    without_gaps,
    without_last_colour,
)

MAX_BYTES: Final = 5 << 20
MAX_SVG_BYTES: Final = 1 << 20
MAX_PIXELS: Final = 40_000_000  # RGBA of that is 160 MB
JPEG_FACTOR: Final = 2  # JPEGs are decoded at a fraction of their size
MAX_JPEG_2000_PIXELS: Final = 16_000_000  # the decoder takes 16 bytes for each
LARGE_PIXELS: Final = 25_000_000
"""Above it, images are halved before they are converted."""
MAX_FRAMES: Final = 60
MAX_FRAME_PIXELS: Final = 50_000_000
"""Of all frames that are decoded in search of one that is not blank."""
MAX_SOURCE_SIDE_PX: Final = 16_384
MAX_ASPECT: Final = 200
MAX_JPEG_SCANS: Final = 100  # each scan of a progressive JPEG decodes the whole image
SNIFFED_BYTES: Final = 1 << 16  # long declarations may precede the SVG root

FORMATS: Final = {
    "image/png": "PNG",
    "image/jpeg": "JPEG",
    "image/gif": "GIF",
    "image/webp": "WEBP",
    "image/avif": "AVIF",
    "image/bmp": "BMP",
    "image/x-icon": "ICO",
    "image/tiff": "TIFF",
    "image/jp2": "JPEG2000",
    "image/icns": "ICNS",
    "image/heic": "HEIF",
    "image/jxl": "JXL",
}
SVG: Final = "image/svg+xml"
_MAGIC: Final = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"BM", "image/bmp"),
    (b"\x00\x00\x01\x00", "image/x-icon"),
    (b"\x00\x00\x02\x00", "image/x-icon"),  # a cursor
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"icns", "image/icns"),
    (CODESTREAM, "image/jp2"),
    (b"\x00\x00\x00\x0cjP  \r\n\x87\n", "image/jp2"),
    (b"\xff\x0a", "image/jxl"),
    (b"\x00\x00\x00\x0cJXL \r\n\x87\n", "image/jxl"),
)
_UNREADABLE: Final = (
    (b"8BPS", "a Photoshop document; export it as PNG or SVG"),
    (b"%!PS", "PostScript; export it as PNG or SVG"),
    (b"\xc5\xd0\xd3\xc6", "PostScript; export it as PNG or SVG"),
    (b"%PDF", "a PDF document; export it as PNG or SVG"),
)
_SVG_ROOT: Final = re.compile(rb"<(?:\w{1,20}:)?svg[\s>/]", re.IGNORECASE)
_HEIC_BRANDS: Final = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"mif1", b"msf1")
_HTML: Final = re.compile(rb"<(?:!doctype html|html|head|body)[\s>]", re.IGNORECASE)

Image.MAX_IMAGE_PIXELS = MAX_PIXELS * JPEG_FACTOR
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
    for magic, kind in _UNREADABLE:
        if data.startswith(magic):
            raise ImageError("bad_image", f"the file is {kind}")
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    if data[4:8] == b"ftyp" and b"avi" in data[8:40]:
        return "image/avif"
    if data[4:8] == b"ftyp" and any(brand in data[8:40] for brand in _HEIC_BRANDS):
        return "image/heic"
    # Comments before the root of an SVG may be long, and embedded data of generators longer.
    n_sniffed = MAX_SVG_BYTES if data.lstrip(b" \t\r\n\xef\xbb\xbf")[:1] == b"<" else SNIFFED_BYTES
    return _sniff_markup(data[:n_sniffed].replace(b"\x00", b""), len(data))


def _sniff_markup(head: bytes, n_bytes: int) -> str:
    """``head`` must be free of NULs: UTF-16 then matches like ASCII."""
    svg, html = _SVG_ROOT.search(head), _HTML.search(head)
    if html and not (svg and svg.start() < html.start()):
        raise ImageError("bad_image", "the file is a web page")
    if not svg:
        raise ImageError("bad_image", "the file is not an image of a supported format")
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
    """Decode the first visible frame (of an icon: the best image) to RGBA.

    The EXIF orientation is applied. Truncated PNG and JPEG files give what can be decoded.

    Raises:
        ImageError: ``bad_image`` if it is damaged or exceeds the limits.
    """
    if source.media_type in PLUGINS:
        load_plugin(source.media_type)
    if source.media_type == "image/x-icon":
        return _decode_icon(source.data, max_pixels)
    if source.media_type == "image/jpeg":
        _check_scan_count(source.data)
    if source.media_type in {"image/jp2", "image/icns"}:
        for size in codestream_sizes(source.data):
            _check_size(*size, MAX_JPEG_2000_PIXELS)
    try:
        return _decode(source.data, source.media_type, max_pixels)
    except _DamagedError as error:
        try:
            return _decode_damaged(source, max_pixels, str(error))
        except (_DamagedError, NotImplementedError):
            raise ImageError("bad_image", str(error)) from error


def _decode_damaged(source: SniffedFile, max_pixels: int, damage: str) -> Image.Image:
    """Decode what can be read; ``damage`` is what Pillow says."""
    if source.media_type == "image/png":
        is_broken = "broken data stream" in damage or "truncated" in damage
        repaired = repair_png(source.data, is_broken=is_broken)
        image = _decode(repaired.data, "image/png", max_pixels)
        return in_blocks(first_rows(image, repaired.n_rows), repaired.block)
    if source.media_type == "image/jpeg":
        return without_filling(_decode(complete_jpeg(source.data), "image/jpeg", max_pixels))
    if source.media_type == "image/webp":
        return _decode(with_right_size(source.data), "image/webp", max_pixels)
    if source.media_type == "image/gif" and "truncated" in damage:
        with truncated_files():
            image = _decode(complete_gif(source.data), "image/gif", max_pixels)
        return without_gaps(image) if _is_interlaced(source.data) else without_last_colour(image)
    raise NotImplementedError


def _is_interlaced(data: bytes) -> bool:
    with Image.open(BytesIO(data), formats=["GIF"]) as image:
        arguments = image.tile[0].args if image.tile else ()
    return isinstance(arguments, tuple) and len(arguments) > 1 and bool(arguments[1])


class _DamagedError(Exception):
    """The decoder failed on the data of the image."""


def _decode(data: bytes, media_type: str, max_pixels: int) -> Image.Image:
    try:
        with Image.open(BytesIO(data), formats=[FORMATS[media_type]]) as image:
            is_jpeg = media_type == "image/jpeg"
            _check_size(*image.size, max_pixels * JPEG_FACTOR if is_jpeg else max_pixels)
            return _load(image, data)
    except UnidentifiedImageError as error:
        raise _DamagedError(f"the {media_type} cannot be read") from error
    except _DECODING_ERRORS as error:
        raise _DamagedError(f"the {media_type} is damaged: {error}") from error


_DECODING_ERRORS: Final = (  # raised by Pillow's plug-ins on damaged files
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
)


def _decode_icon(data: bytes, max_pixels: int) -> Image.Image:
    """Decode the best image of an icon that can be read."""
    images = icon_images(data)
    for image in images:  # bombs are refused before anything is decoded
        _check_size(image.width, image.height, max_pixels)
    decoded = list(_decoded_images(images, max_pixels))
    if decoded:
        return next((image for image in decoded if not _is_blank(image)), decoded[0])
    with suppress(*_DECODING_ERRORS):
        return without_black_top(decode_bitmap(padded(images[0])))
    raise ImageError("bad_image", "the icon is damaged: none of its images can be read")


def _decoded_images(images: list[IconImage], max_pixels: int) -> Iterator[Image.Image]:
    """Yield the images that can be read, up to one that is not blank."""
    for image in images:
        with suppress(_DamagedError, *_DECODING_ERRORS):
            if image.is_png:
                decoded = _decode(image.data, "image/png", max_pixels)
            else:
                decoded = decode_bitmap(image)
            yield decoded
            if not _is_blank(decoded):
                return


def _check_size(width: int, height: int, max_pixels: int) -> None:
    if width < 1 or height < 1:
        raise ImageError("bad_image", f"it has no pixels: {width} x {height}")
    if width * height > max_pixels or max(width, height) > MAX_SOURCE_SIDE_PX:
        allowed = f"allowed are {max_pixels:,} and {MAX_SOURCE_SIDE_PX:,} a side"
        raise ImageError("bad_image", f"it is too large: {width} x {height} pixels, {allowed}")
    if max(width, height) > MAX_ASPECT * min(width, height):
        raise ImageError("bad_image", f"it is too long and thin: {width} x {height} pixels")


def _load(image: Image.Image, data: bytes) -> Image.Image:
    """Decode the first frame that is not blank, or the first one if all are."""
    if image.format == "JPEG":
        image.draft("RGB", (MAX_SIDE_PX, MAX_SIDE_PX))
    first = _to_rgba(image, data)
    if not getattr(image, "is_animated", False) or not _is_blank(first):
        return first
    n_frames = min(MAX_FRAMES, MAX_FRAME_PIXELS // (first.width * first.height))
    with suppress(*_DECODING_ERRORS):  # of a later frame: the first one is kept
        for number in range(1, n_frames):
            image.seek(number)
            frame = _to_rgba(image, data)
            if not _is_blank(frame):
                return frame
    return first


def _to_rgba(image: Image.Image, data: bytes) -> Image.Image:
    tiles = getattr(image, "tile", []) if image.format == "GIF" else []
    frame = tiles[0].extents if tiles and not image.tell() else None
    image.load()
    _check_size(*image.size, MAX_PIXELS)  # headers may state wrong sizes
    is_large = image.width * image.height > LARGE_PIXELS
    halved = image.reduce(2) if is_large and image.mode in {"RGB", "L", "CMYK"} else image
    if halved is not image:
        halved.info = dict(image.info)
    coloured = to_srgb(_with_transparent_colour(halved, data))
    # Browsers ignore the orientation of WebP files.
    upright = coloured if image.format == "WEBP" else _apply_exif_orientation(coloured)
    rgba = upright.convert("RGBA")
    return _around(rgba, frame) if frame else rgba


def _around(image: Image.Image, box: tuple[int, int, int, int]) -> Image.Image:
    """Make what is outside of the first frame of a GIF transparent; RGBA to RGBA."""
    if box == (0, 0, *image.size):
        return image
    canvas = Image.new("RGBA", image.size)
    canvas.paste(image.crop(box), box[:2])
    return canvas


def _is_blank(image: Image.Image) -> bool:
    """Whether an RGBA frame is transparent or of one colour."""
    *colours, alpha = (band.getextrema() for band in image.split())
    is_opaque = alpha[0] == 255
    return alpha[1] == 0 or (is_opaque and all(low == high for low, high in colours))


def _with_transparent_colour(image: Image.Image, data: bytes) -> Image.Image:
    """Apply the transparent colour of a PNG in the depth of the file; scale 16-bit grey.

    Pillow clips 16-bit grey to white, and compares transparent colours of 1, 2, 4 and 16 bits with
    values of 8 bits.
    """
    key = image.info.get("transparency") if image.format == "PNG" or data[1:4] == b"PNG" else None
    depth = data[24] if key is not None and len(data) > 24 else 8
    if image.mode.startswith("I"):
        grey = np.asarray(image).astype(np.int64).clip(0, 65_535)
        scaled = Image.fromarray((grey >> 8).astype(np.uint8))
        if isinstance(key, int):
            scaled.putalpha(Image.fromarray(np.where(grey == key, 0, 255).astype(np.uint8)))
        return scaled
    if isinstance(key, int) and image.mode in {"1", "L"} and depth < 8:
        image.info["transparency"] = min(255, key * 255 // ((1 << depth) - 1))
    elif isinstance(key, tuple) and image.mode == "RGB" and depth == 16:
        image.info["transparency"] = tuple(value >> 8 for value in key)
    return image


def _apply_exif_orientation(image: Image.Image) -> Image.Image:
    """Apply the EXIF orientation; damaged EXIF is ignored."""
    if "exif" not in image.info:
        return image
    try:
        return ImageOps.exif_transpose(image)
    except (OSError, SyntaxError, ValueError, KeyError, TypeError, IndexError, OverflowError):
        return image


def _check_scan_count(data: bytes) -> None:
    if data.count(b"\xff\xda") > MAX_JPEG_SCANS:
        raise ImageError("bad_image", f"the JPEG has more than {MAX_JPEG_SCANS} scans")
