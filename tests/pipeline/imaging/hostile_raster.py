"""Hostile raster files of every class, made here: those to refuse, and those to survive."""

import random
import struct
import zlib
from io import BytesIO

from PIL import Image, ImageDraw

NOISE = random.Random(7).randbytes(4096)  # noqa: S311 - seeded, not secret


def logo(mode: str = "RGB", side: int = 64) -> Image.Image:
    image = Image.new("RGB", (side, side), (255, 255, 255))
    ImageDraw.Draw(image).ellipse((8, 8, side - 8, side // 2), fill=(20, 60, 160))
    return image.convert(mode)


def saved(kind: str, image: Image.Image | None = None, **options: object) -> bytes:
    file = BytesIO()
    (image or logo()).save(file, kind, **options)
    return file.getvalue()


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int, data: bytes = b"", extra: bytes = b"") -> bytes:
    """A grey PNG with a header that may lie."""
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + extra
        + chunk(b"IDAT", zlib.compress(data, 1))
        + chunk(b"IEND", b"")
    )


def bmp(width: int, height: int, compression: int = 0) -> bytes:
    head = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 8, compression, 0, 0, 0, 256, 0)
    return b"BM" + struct.pack("<IHHI", 2000, 0, 0, 1078) + head + bytes(1024) + b"\xff\x00" * 99


def icon(payload: bytes, n_entries: int = 1, offset: int = 22) -> bytes:
    entry = struct.pack("<BBBBHHII", 16, 16, 0, 0, 1, 32, len(payload), offset)
    return struct.pack("<HHH", 0, 1, n_entries) + entry + payload


def jpeg_of_size(width: int, height: int) -> bytes:
    """A small JPEG whose frame header tells of another size."""
    data = saved("JPEG")
    place = data.index(b"\xff\xc0") + 5
    return data[:place] + struct.pack(">HH", height, width) + data[place + 4 :]


def scan_bomb() -> bytes:
    """A progressive JPEG whose last scan comes a thousand times."""
    data = saved("JPEG", progressive=True)
    start = data.rindex(b"\xff\xda")
    return data[:start] + data[start:-2] * 1000 + data[-2:]


def animation(kind: str, n_frames: int, side: int = 8) -> bytes:
    frames = [Image.new("RGB", (side, side), (n % 256, 0, n // 256)) for n in range(n_frames)]
    first = logo(side=64)
    return saved(kind, first, save_all=True, append_images=frames)


def other_formats() -> dict[str, bytes]:
    """Formats that browsers do not show; some of their decoders run whole interpreters."""
    magics = {
        "pdf": b"%PDF-1.7\n",
        "psd": b"8BPS\x00\x01" + bytes(60),
        "fits": b"SIMPLE  =                    T" + bytes(2850),
        "jpeg2000": b"\x00\x00\x00\x0cjP  \r\n\x87\n" + bytes(60),
        "qoi": b"qoif" + struct.pack(">II", 8, 8) + b"\x03\x00" + bytes(60),
        "exe": b"MZ" + bytes(100),
        "zip": b"PK\x03\x04" + bytes(100),
    }
    made = {kind.lower(): saved(kind) for kind in ("EPS", "TIFF", "DDS", "TGA", "PPM", "PCX")}
    return made | magics


def refused() -> dict[str, bytes]:
    """Files that must end as ``bad_image``."""
    small = saved("PNG")
    text = chunk(b"zTXt", b"Comment\x00\x00" + zlib.compress(bytes(64 << 20), 9))
    avif = saved("AVIF")
    ispe = avif.index(b"ispe") + 8
    return other_formats() | {
        "empty": b"",
        "one_byte": b"\x89",
        "magic_only": b"\x89PNG\r\n\x1a\n",
        "random": NOISE,
        "random_png": b"\x89PNG\r\n\x1a\n" + NOISE,
        "random_jpeg": b"\xff\xd8\xff" + NOISE,
        "random_webp": b"RIFF\x00\x10\x00\x00WEBP" + NOISE,
        "random_avif": avif[:40] + NOISE,
        "html": b"<!DOCTYPE html><title>404</title>",
        "html_after_space": b"\n\n <html><body>not found</body></html>",
        "json": b'{"error": 404}',
        "six_megabytes": small + bytes(6 << 20),
        "png_1_by_100000000": png(1, 100_000_000),
        "png_50000_by_50000": png(50_000, 50_000),
        "png_12000_by_12000": png(12_000, 12_000, bytes(1000)),
        "png_5100_by_5100": png(5100, 5100, bytes(1000)),
        "png_16385_wide": png(16_385, 100),
        "png_aspect_201": png(201, 1, bytes(202)),
        "png_zero": png(0, 10),
        "png_truncated": small[: len(small) // 2],
        "png_wrong_crc": small[:50] + bytes([small[50] ^ 1]) + small[51:],
        "png_zlib_bomb": png(64, 64, bytes(65 * 32) + b"\x00\xff" * (8 << 20)),
        "png_text_bomb": png(64, 64, bytes(65 * 64), extra=text),
        "gif_65535": b"GIF89a" + struct.pack("<HH", 65_535, 65_535) + saved("GIF")[10:],
        "gif_truncated": saved("GIF")[:-40],
        "jpeg_65500": jpeg_of_size(65_500, 65_500),
        "jpeg_truncated": saved("JPEG")[:700],
        "jpeg_scan_bomb": scan_bomb(),
        "webp_truncated": saved("WEBP")[:60],
        "avif_lies": avif[:ispe] + struct.pack(">II", 20_000, 20_000) + avif[ispe + 8 :],
        "bmp_60000": bmp(60_000, 60_000),
        "bmp_rle_bomb": bmp(4_000, 4_000, compression=1),
        "bmp_minimum_height": bmp(10, -(1 << 31)),
        "ico_65535_entries": icon(b"", n_entries=65_535),
        "ico_self": icon(bytes(40), offset=0),
        "ico_beyond_the_end": icon(bytes(40), offset=1 << 30),
        "ico_png_bomb": icon(png(50_000, 50_000)),
        "ico_bitmap_bomb": icon(bmp(30_000, 30_000)[14:]),
        "ico_empty": struct.pack("<HHH", 0, 1, 0),
    }


def survived() -> dict[str, bytes]:
    """Files that give their first frame, whatever else they hold."""
    return {
        "png_polyglot": saved("PNG") + b"PK\x03\x04<script>alert(1)</script>",
        "png_icc_bomb": saved("PNG", icc_profile=bytes(200_000)),
        "gif_polyglot": saved("GIF") + b"<html><script>alert(1)</script></html>",
        "gif_3000_frames": animation("GIF", 3000),
        "apng_3000_frames": animation("PNG", 3000),
        "jpeg_bad_exif": saved("JPEG", exif=b"Exif\x00\x00II*\x00" + bytes([255]) * 200),
        "jpeg_comment_bomb": saved("JPEG", comment=bytes(60_000)),
        "webp_animation": animation("WEBP", 50, side=64),
    }
