"""Builders for valid raster files and files with wrong headers."""

import random
import struct
import zlib
from io import BytesIO

from PIL import Image, ImageDraw


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
    """A grey PNG; the size in the header may be wrong."""
    return png_of(struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0), data, extra)


def png_of(header: bytes, data: bytes, extra: bytes = b"") -> bytes:
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + extra
        + chunk(b"IDAT", zlib.compress(data, 1))
        + chunk(b"IEND", b"")
    )


def bmp(width: int, height: int, compression: int = 0, bits: int = 8) -> bytes:
    head = struct.pack("<IiiHHIIiiII", 40, width, height, 1, bits, compression, 0, 0, 0, 256, 0)
    return b"BM" + struct.pack("<IHHI", 2000, 0, 0, 1078) + head + bytes(1024) + b"\xff\x00" * 99


def gif(width: int, height: int, frame: tuple[int, int] | None = None) -> bytes:
    """A GIF with a wrong screen or frame size."""
    data = saved("GIF")
    data = data[:6] + struct.pack("<HH", width, height) + data[10:]
    place = data.index(b",\x00\x00\x00\x00") + 5
    size = struct.pack("<HH", *frame) if frame else data[place : place + 4]
    return data[:place] + size + data[place + 4 :]


def icon(payload: bytes, n_entries: int = 1, offset: int = 22) -> bytes:
    entry = struct.pack("<BBBBHHII", 16, 16, 0, 0, 1, 32, len(payload), offset)
    return struct.pack("<HHH", 0, 1, n_entries) + entry + payload


def directory(payload: bytes, n_entries: int) -> bytes:
    """An icon whose entries all refer to the same image."""
    entry = struct.pack("<BBBBHHII", 16, 16, 0, 0, 1, 32, len(payload), 6 + 16 * n_entries)
    return struct.pack("<HHH", 0, 1, n_entries) + entry * n_entries + payload


def jpeg_of_size(width: int, height: int, **options: object) -> bytes:
    """A small JPEG with another size in its frame header."""
    data = saved("JPEG", None, **options)
    place = data.index(b"\xff\xc2" if options.get("progressive") else b"\xff\xc0") + 5
    return data[:place] + struct.pack(">HH", height, width) + data[place + 4 :]


def scans(data: bytes, n_scans: int) -> bytes:
    """A progressive JPEG whose last scan is repeated up to ``n_scans``."""
    start = data.rindex(b"\xff\xda")
    n_more = n_scans - data.count(b"\xff\xda")
    return data[:start] + data[start:-2] * (n_more + 1) + data[-2:]


def webp_of_size(width: int, height: int) -> bytes:
    """A small extended WebP with another canvas size."""
    data = animation("WEBP", 1, side=64)
    place = data.index(b"VP8X") + 12
    size = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return data[:place] + size + data[place + 6 :]


def avif_of_size(width: int, height: int) -> bytes:
    data = saved("AVIF")
    place = data.index(b"ispe") + 8
    return data[:place] + struct.pack(">II", width, height) + data[place + 8 :]


def animation(kind: str, n_frames: int, side: int = 8) -> bytes:
    frames = [Image.new("RGB", (side, side), (n % 256, 0, n // 256)) for n in range(n_frames)]
    first = logo(side=64)
    return saved(kind, first, save_all=True, append_images=frames)


def webp_frames(n_frames: int) -> bytes:
    """A WebP animation whose last frame is repeated."""
    data = animation("WEBP", 1, side=64)
    frame = data[data.rindex(b"ANMF") :]
    data += frame * (n_frames - 2)
    return data[:4] + struct.pack("<I", len(data) - 8) + data[8:]


def halves(width: int, height: int, mode: str = "L") -> Image.Image:
    """A large image: one quarter black, the rest white."""
    image = Image.new("L", (width, height), 255)
    image.paste(0, (0, 0, width // 2, height // 2))
    return image.convert(mode)


def damaged(data: bytes, n_files: int) -> list[bytes]:
    """Return copies of a file with random bytes changed, mostly in the header."""
    chance = random.Random(zlib.crc32(data))  # noqa: S311 - seeded, not secret
    files = []
    for _ in range(n_files):
        file = bytearray(data)
        for _ in range(chance.choice([1, 2, 4, 16])):
            reach = chance.choice([64, 256, len(file)])
            file[chance.randrange(min(reach, len(file)))] = chance.choice([0, 1, 127, 128, 255])
        files.append(bytes(file))
    return files
