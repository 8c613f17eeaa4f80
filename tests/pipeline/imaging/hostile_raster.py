"""Hostile raster files: refused ones and ones that must decode."""

import random
import struct
import zlib

from PIL import Image

from tests.pipeline.imaging.raster_files import (
    animation,
    avif_of_size,
    bmp,
    chunk,
    directory,
    gif,
    halves,
    icon,
    jpeg_of_size,
    logo,
    png,
    png_of,
    saved,
    scans,
    webp_frames,
    webp_of_size,
)

NOISE = random.Random(7).randbytes(4096)  # noqa: S311 - seeded, not secret
BOMB = zlib.compress(bytes(64 << 20), 9)
KINDS = ("PNG", "JPEG", "GIF", "WEBP", "AVIF", "BMP", "ICO", "TIFF", "JPEG2000", "ICNS")
MAGICS = {
    "pdf": b"%PDF-1.7\n",
    "postscript": b"%!PS-Adobe-3.0\n(/etc/passwd) run",
    "psd": b"8BPS\x00\x01" + bytes(60),
    "fits": b"SIMPLE  =                    T" + bytes(2850),
    "jpeg2000_stream": b"\xff\x4f\xff\x51" + bytes(60),
    "jpeg_xl": b"\x00\x00\x00\x0cJXL \r\n\x87\n" + bytes(60),
    "heic": b"\x00\x00\x00\x18ftypheic" + bytes(60),
    "mp4": b"\x00\x00\x00\x18ftypisom" + bytes(60),
    "qoi": b"qoif" + struct.pack(">II", 8, 8) + b"\x03\x00" + bytes(60),
    "windows_metafile": b"\xd7\xcd\xc6\x9a" + bytes(60),
    "cursor": b"\x00\x00\x02\x00" + icon(bytes(40))[4:],
    "flash": b"CWS\x09" + bytes(60),
    "font": b"wOF2" + bytes(60),
    "exe": b"MZ" + bytes(100),
    "elf": b"\x7fELF" + bytes(100),
    "zip": b"PK\x03\x04" + bytes(100),
}


def refused() -> dict[str, bytes]:
    """Files that must end as ``bad_image``."""
    groups = (
        _others(),
        _nothing(),
        _truncated(),
        _large(),
        _pngs(),
        _damaged(),
        _icons(),
        _tiffs(),
        _jpegs_2000(),
    )
    return {name: data for group in groups for name, data in group.items()}


def _others() -> dict[str, bytes]:
    """Formats that are not decoded; some of their decoders are interpreters."""
    kinds = ("EPS", "DDS", "TGA", "PPM", "PCX", "SGI", "PDF")
    made = {f"{kind.lower()}_file": saved(kind) for kind in kinds}
    return made | {"xbm_file": saved("XBM", logo("1")), "qoi_file": saved("QOI")} | MAGICS


def _nothing() -> dict[str, bytes]:
    return {
        "empty": b"",
        "one_byte": b"\x89",
        "one_nul": b"\x00",
        "spaces": b" " * 5000,
        "random": NOISE,
        "html": b"<!DOCTYPE html><title>404</title>",
        "html_after_space": b"\n\n <html><body>not found</body></html>",
        "json": b'{"error": 404}',
        "xml": b"<?xml version='1.0'?><rss/>",
        "script": b"GIF alert(1)",
        "six_megabytes": saved("PNG") + bytes(6 << 20),
    }


def _truncated() -> dict[str, bytes]:
    """Per format: header only, first half, noise after the header."""
    heads = {kind: saved(kind) for kind in KINDS}
    cut = {f"{kind.lower()}_head": data[:16] for kind, data in heads.items()}
    cut |= {
        f"{kind.lower()}_truncated": data[: len(data) // 2]
        for kind, data in heads.items()
        if kind not in {"PNG", "JPEG", "GIF", "ICO"}
    }
    return cut | {f"{kind.lower()}_noise": data[:40] + NOISE for kind, data in heads.items()}


def _large() -> dict[str, bytes]:
    """Sizes above the limits and zero sizes, per format."""
    return {
        "png_50000_by_50000": png(50_000, 50_000),
        "png_12000_by_12000": png(12_000, 12_000, bytes(1000)),
        "png_5100_by_5100": png(5100, 5100, bytes(1000)),
        "png_1_by_100000000": png(1, 100_000_000),
        "png_100000000_by_1": png(100_000_000, 1),
        "png_of_31_bits": png((1 << 31) - 1, (1 << 31) - 1),
        "png_16385_wide": png(16_385, 100),
        "png_aspect_201": png(201, 1, bytes(202)),
        "png_no_width": png(0, 10),
        "png_no_height": png(10, 0),
        "jpeg_65500": jpeg_of_size(65_500, 65_500),
        "jpeg_65500_progressive": jpeg_of_size(65_500, 65_500, progressive=True),
        "jpeg_65500_by_1": jpeg_of_size(65_500, 1),
        "jpeg_no_width": jpeg_of_size(0, 64),
        "jpeg_no_height": jpeg_of_size(64, 0),
        "gif_65535": gif(65_535, 65_535),
        "gif_65535_by_1": gif(65_535, 1),
        "gif_frame_65535": gif(64, 64, frame=(65_535, 65_535)),
        "gif_no_size": gif(0, 0, frame=(0, 0)),
        "webp_16383": webp_of_size(16_383, 16_383),
        "webp_16_million": webp_of_size(1 << 24, 1 << 24),
        "webp_bomb": saved("WEBP", Image.new("L", (16_383, 3_000)).convert("RGB"), lossless=True),
        "webp_thin": webp_of_size(16_000, 1),
        "avif_20000": avif_of_size(20_000, 20_000),
        "avif_of_32_bits": avif_of_size((1 << 32) - 1, (1 << 32) - 1),
        "avif_no_size": avif_of_size(0, 0),
        "avif_bomb": saved("AVIF", halves(6_400, 6_400, "RGB"), speed=10),
        "bmp_60000": bmp(60_000, 60_000),
        "bmp_1_by_100000000": bmp(1, 100_000_000),
        "bmp_no_width": bmp(0, 10),
        "bmp_no_height": bmp(10, 0),
        "bmp_minimum_height": bmp(10, -(1 << 31)),
        "bmp_rle_bomb": bmp(4_000, 4_000, compression=1),
        "bmp_rle_of_a_nibble_bomb": bmp(4_000, 4_000, compression=2, bits=4),
    }


def _pngs() -> dict[str, bytes]:
    """Decompression bombs in chunks, and invalid headers."""
    picture = bytes(65 * 64)
    short = bytes(65 * 32) + b"\x00\xff" * (8 << 20)
    name = b"Comment\x00\x00"
    return {
        "png_zlib_bomb": png(64, 64, short),
        "png_text_bomb": png(64, 64, picture, chunk(b"zTXt", name + BOMB)),
        "png_international_text_bomb": png(
            64, 64, picture, chunk(b"iTXt", b"Comment\x00\x01\x00\x00\x00" + BOMB)
        ),
        "png_profile_bomb": png(64, 64, picture, chunk(b"iCCP", b"icc\x00\x00" + BOMB)),
        "png_many_texts": png(64, 64, picture, chunk(b"tEXt", b"a\x00" + b"x" * 60_000) * 20),
        "png_many_packed_texts": png(
            64, 64, picture, chunk(b"zTXt", name + zlib.compress(bytes(900_000))) * 20
        ),
        "png_no_data": png(64, 64),
        "png_unknown_depth": png_of(struct.pack(">IIBBBBB", 64, 64, 7, 0, 0, 0, 0), picture),
        "png_unknown_colours": png_of(struct.pack(">IIBBBBB", 64, 64, 8, 5, 0, 0, 0), picture),
        "png_short_header": png_of(b"\x00" * 5, picture),
        "png_unknown_chunk_first": b"\x89PNG\r\n\x1a\n" + chunk(b"ABCD", b"x" * 99),
        "png_endless_chunk": b"\x89PNG\r\n\x1a\n\xff\xff\xff\xffIHDR" + NOISE,
    }


def _damaged() -> dict[str, bytes]:
    small = saved("PNG")
    return {
        "png_wrong_crc": small[:50] + bytes([small[50] ^ 1]) + small[51:],
        "png_wrong_crc_of_header": small[:29] + bytes(4) + small[33:],
        "png_wrong_checksum": small[:-17] + bytes(1) + small[-16:],
        "jpeg_scan_bomb": scans(saved("JPEG", progressive=True), 1000),
        "jpeg_101_scans": scans(saved("JPEG", progressive=True), 101),
        "jpeg_only_markers": b"\xff\xd8" + b"\xff\xe0\x00\x02" * 9000,
        "gif_without_frames": saved("GIF")[:13] + b";",
        "webp_of_no_bytes": b"RIFF\x00\x00\x00\x00WEBP",
        "webp_that_says_4_GB": saved("WEBP")[:4] + b"\xff" * 4 + saved("WEBP")[8:60],
        "avif_overwritten": saved("AVIF")[:-99] + b"\xff" * 99,
        "avif_without_its_item": saved("AVIF").replace(b"pitm", b"free"),
        "avif_boxes_in_boxes": saved("AVIF")[:32] + b"\x00\x00\x10\x00meta" * 500,
    }


def _icons() -> dict[str, bytes]:
    return {
        "ico_65535_entries": icon(b"", n_entries=65_535),
        "ico_65535_pictures": directory(saved("PNG"), 65_535),
        "ico_65_pictures": directory(saved("PNG"), 65),
        "ico_self": icon(bytes(40), offset=0),
        "ico_beyond_the_end": icon(bytes(40), offset=1 << 30),
        "ico_png_bomb": icon(png(50_000, 50_000)),
        "ico_png_thin": icon(png(1, 100_000_000)),
        "ico_png_text_bomb": icon(
            png(64, 64, bytes(65 * 64), chunk(b"zTXt", b"a\x00\x00" + BOMB))
        ),
        "ico_png_truncated": icon(saved("PNG")[:60]),
        "ico_bitmap_bomb": icon(bmp(30_000, 30_000)[14:]),
        "ico_bitmap_minimum": icon(bmp(-(1 << 31), -(1 << 31))[14:]),
        "ico_in_ico": icon(icon(saved("PNG"))),
        "ico_empty": struct.pack("<HHH", 0, 1, 0),
    }


def _tiffs() -> dict[str, bytes]:
    head = b"II*\x00\x08\x00\x00\x00"
    size = struct.pack("<HHIIHHII", 256, 4, 1, 60_000, 257, 4, 1, 60_000)
    return {
        "tiff_without_directory": head,
        "tiff_60000_by_60000": head + b"\x02\x00" + size + bytes(99),
        "tiff_directory_of_itself": head + b"\x00\x00\x08\x00\x00\x00" * 50,
        "tiff_endless_directory": head + b"\xff\xff" + NOISE,
        "tiff_thin": saved("TIFF", Image.new("L", (1, 16_000))),
    }


def _jpegs_2000() -> dict[str, bytes]:
    data = saved("JPEG2000")
    at = data.index(b"\xff\x4f\xff\x51") + 4
    icns = saved("ICNS")
    wide = b"ic08" + struct.pack(">I", 8 + len(data)) + data
    return {
        "jp2_60000_by_60000": data[: at + 4]
        + struct.pack(">II", 60_000, 60_000)
        + data[at + 12 :],
        "jp2_smaller_in_its_header": data.replace(
            struct.pack(">II", 64, 64), struct.pack(">II", 8, 8), 1
        ),
        "jp2_16384_components": data[: at + 36] + b"\x40\x00" + data[at + 38 :],
        "jp2_tiles_of_one_pixel": data[: at + 20] + struct.pack(">II", 1, 1) + data[at + 28 :],
        "jp2_without_pixels": data[: at + 60],
        "jp2_codestreams": data[:at] * 99,
        "icns_empty": b"icns\x00\x00\x00\x08",
        "icns_block_of_nothing": b"icns" + struct.pack(">I", 1 << 31) + b"ic07" + bytes(99),
        "icns_long": icns[:4] + b"\xff\xff\xff\xff" + icns[8:],
        "icns_small_blocks": b"icns\xff\xff\xff\xff" + b"ic07\x00\x00\x00\x01" * 5_000,
        "icns_with_a_huge_jp2": b"icns"
        + struct.pack(">I", 8 + len(wide))
        + wide.replace(struct.pack(">II", 64, 64), struct.pack(">II", 60_000, 60_000)),
    }


def partial() -> dict[str, bytes]:
    """Truncated files of which browsers show the first rows."""
    png, jpeg = saved("PNG", logo(side=256)), saved("JPEG", logo(side=256))
    progressive = saved("JPEG", logo(side=256), progressive=True)
    return {
        "png_half": png[: len(png) // 2],
        "png_without_end": png[:-12],
        "jpeg_half": jpeg[: len(jpeg) * 2 // 3],
        "jpeg_without_end": jpeg[:-2],
        "jpeg_progressive": progressive[: len(progressive) * 9 // 10],
    }


def survived() -> dict[str, bytes]:
    """Unusual files that must decode."""
    page = b"<html><script>alert(1)</script></html>"
    jpeg = saved("JPEG")
    return {
        "png_polyglot": saved("PNG") + b"PK\x03\x04<script>alert(1)</script>",
        "png_with_a_page_inside": png_with(chunk(b"tEXt", b"Comment\x00" + page)),
        "png_icc_bomb": saved("PNG", icc_profile=bytes(200_000)),
        "gif_polyglot": saved("GIF") + page,
        "jpeg_polyglot": jpeg[:2]
        + b"\xff\xfe"
        + struct.pack(">H", len(page) + 2)
        + page
        + jpeg[2:],
        "jpeg_with_a_zip": jpeg + b"PK\x03\x04" + bytes(100),
        "jpeg_with_a_pdf": jpeg + b"%PDF-1.7\n",
        "webp_polyglot": saved("WEBP") + page,
        "bmp_polyglot": saved("BMP") + page,
        "gif_3000_frames": animation("GIF", 3000),
        "apng_3000_frames": animation("PNG", 3000),
        "webp_animation": animation("WEBP", 50, side=64),
        "webp_3000_frames": webp_frames(3000),
        "avif_animation": animation("AVIF", 30, side=64),
        "jpeg_bad_exif": saved("JPEG", exif=b"Exif\x00\x00II*\x00" + bytes([255]) * 200),
        "jpeg_exif_of_itself": saved("JPEG", exif=b"Exif\x00\x00II*\x00\x08\x00\x00\x00" * 9),
        "jpeg_comment_bomb": saved("JPEG", comment=bytes(60_000)),
        "jpeg_icc_bomb": saved("JPEG", icc_profile=bytes(2 << 20)),
        "jpeg_no_tables": jpeg.replace(b"\xff\xc4", b"\xff\xfe"),
        "jpeg_99_scans": scans(saved("JPEG", progressive=True), 99),
        "jpeg_of_two_pictures": saved("MPO", save_all=True, append_images=[logo()]),
        "ico_64_pictures": directory(saved("PNG"), 64),
    }


def png_with(extra: bytes) -> bytes:
    data = saved("PNG")
    return data[:33] + extra + data[33:]


def largest() -> dict[str, bytes]:
    """Images at the size limits, which must decode within the process limits."""
    square = halves(5_000, 5_000)
    row = b"\x00" + bytes(20_000) + b"\xff" * 20_000
    colours = struct.pack(">IIBBBBB", 5_000, 5_000, 16, 6, 0, 0, 0)
    greys = struct.pack(">IIBBBBB", 5_000, 5_000, 16, 0, 0, 0, 0)
    return {
        "png_of_64_bits": png_of(colours, row * 5_000),
        "png_of_16_bits": png_of(greys, (b"\x00" + bytes(5_000) + b"\xff" * 5_000) * 5_000),
        "gif": saved("GIF", square),
        "webp": saved("WEBP", square.convert("RGB"), lossless=True, method=0),
        "avif": saved("AVIF", square.convert("RGB"), speed=10),
        "jpeg_50_scans": scans(saved("JPEG", square, quality=10, progressive=True), 50),
        "jpeg_2000": saved("JPEG2000", halves(4_000, 4_000).convert("RGBA")),
        "jpeg_of_four_inks": saved("JPEG", square.convert("CMYK"), quality=10),
    }
