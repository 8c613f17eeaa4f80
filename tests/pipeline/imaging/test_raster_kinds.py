"""Kinds of raster files that browsers show, and what of them is shown."""

import struct
import zlib
from io import BytesIO

import numpy as np
import pytest
from PIL import Image, ImageCms, ImageDraw

from clustering.pipeline.errors import ImageError
from clustering.pipeline.imaging.decoding import decode_raster, sniff
from clustering.pipeline.imaging.raster_repair import PNG_MAGIC
from tests.pipeline.imaging.raster_files import chunk, png_of, saved

RED, BLUE, CLEAR = (200, 40, 60, 255), (40, 60, 200, 255), (0, 0, 0, 0)


def two_halves(mode: str = "RGB", top: tuple[int, ...] = RED) -> Image.Image:
    image = Image.new("RGBA", (64, 64), BLUE)
    ImageDraw.Draw(image).rectangle((0, 0, 64, 31), fill=top)
    return image.convert(mode)


def pixels(data: bytes) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the pixels in the middle of the upper and of the lower half."""
    image = decode_raster(sniff(data))
    return tuple(image.getpixel((image.width // 2, image.height * part // 4)) for part in (1, 3))  # type: ignore[return-value]


def is_near(pixel: tuple[int, ...], expected: tuple[int, ...]) -> bool:
    return all(abs(one - other) <= 6 for one, other in zip(pixel, expected, strict=True))


def swapped_profile() -> bytes:
    """Return an sRGB profile with the primaries of red and blue exchanged."""
    data = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    places = {}
    for number in range(int.from_bytes(data[128:132])):
        entry = data[132 + 12 * number : 144 + 12 * number]
        places[bytes(entry[:4])] = struct.unpack(">II", entry[4:])
    (red, size), (blue, _) = places[b"rXYZ"], places[b"bXYZ"]
    data[red : red + size], data[blue : blue + size] = (
        data[blue : blue + size],
        data[red : red + size],
    )
    return bytes(data)


@pytest.mark.parametrize(
    ("kind", "mode", "options"),
    [
        ("PNG", "RGB", {}),
        ("PNG", "RGBA", {}),
        ("PNG", "P", {}),
        ("JPEG", "RGB", {"quality": 95}),
        ("WEBP", "RGB", {"lossless": True}),
        ("AVIF", "RGB", {"quality": 95}),
        ("TIFF", "RGB", {}),
    ],
)
def test_colour_profiles_are_applied(kind: str, mode: str, options: dict[str, object]) -> None:
    data = saved(kind, two_halves(mode), icc_profile=swapped_profile(), **options)

    top, bottom = pixels(data)

    assert top[2] > top[0]
    assert bottom[0] > bottom[2]


@pytest.mark.parametrize("profile", [b"nonsense" * 40, b"", swapped_profile()[:300]])
def test_a_damaged_colour_profile_is_ignored(profile: bytes) -> None:
    assert pixels(saved("PNG", two_halves(), icc_profile=profile)) == (RED, BLUE)


def test_a_colour_profile_keeps_the_transparent_colour() -> None:
    data = saved("PNG", two_halves(), icc_profile=swapped_profile(), transparency=RED[:3])

    assert pixels(data)[0][3] == 0
    assert pixels(data)[1][3] == 255


@pytest.mark.parametrize(("gamma", "expected"), [(45_455, 128), (100_000, 186), (30_000, 90)])
def test_the_gamma_of_a_png_is_applied(gamma: int, expected: int) -> None:
    rows = (b"\0" + bytes([128, 0]) * 4) * 8
    header = struct.pack(">IIBBBBB", 8, 8, 8, 0, 0, 0, 0)
    data = png_of(header, rows, chunk(b"gAMA", struct.pack(">I", gamma)))

    assert abs(decode_raster(sniff(data)).getpixel((0, 0))[0] - expected) <= 6  # type: ignore[index]


@pytest.mark.parametrize(
    ("kind", "size"),
    [("PNG", (30, 60)), ("JPEG", (30, 60)), ("TIFF", (30, 60)), ("WEBP", (60, 30))],
)
def test_the_orientation_is_applied_as_browsers_do(kind: str, size: tuple[int, int]) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    data = saved(kind, two_halves().resize((60, 30)), exif=exif)

    assert decode_raster(sniff(data)).size == size


def icon() -> bytes:
    file = BytesIO()
    two_halves("RGBA").save(file, "ICO", sizes=[(64, 64)], bitmap_format="bmp")
    return file.getvalue()


def noisy_halves() -> Image.Image:
    noise = np.random.default_rng(1).integers(0, 4, (64, 64, 3), dtype=np.uint8)
    return Image.fromarray(np.asarray(two_halves()) + noise)


def interlaced(image: Image.Image) -> bytes:
    """An RGB image of 64 px a side as a PNG in seven passes."""
    rows = np.asarray(image)
    starts = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2))
    data = b"".join(
        b"\0" + row.tobytes()
        for x, y, right, down in (*starts, (0, 1, 1, 2))
        for row in rows[y::down, x::right]
    )
    return png_of(struct.pack(">IIBBBBB", 64, 64, 8, 2, 0, 0, 1), data)


def test_the_complete_passes_of_a_truncated_png_are_shown_in_blocks() -> None:
    data = interlaced(noisy_halves())

    upper, lower = pixels(data[: len(data) // 2])

    assert is_near(upper, RED)
    assert is_near(lower, BLUE)


def test_the_rows_of_a_truncated_gif_are_shown() -> None:
    data = saved("GIF", noisy_halves(), interlace=False)

    upper, lower = pixels(data[: len(data) * 3 // 5])

    assert is_near(upper, RED)
    assert lower[3] == 0


def test_the_rows_of_a_truncated_gif_of_one_block_are_shown() -> None:
    data = saved("GIF", two_halves(), interlace=False)

    upper, lower = pixels(data[:-40])

    assert upper == RED
    assert lower[3] == 0


def test_what_is_outside_of_the_frame_of_a_gif_is_transparent() -> None:
    data = saved("GIF", two_halves())

    image = decode_raster(sniff(data[:6] + struct.pack("<HH", 64, 128) + data[10:]))

    assert image.getpixel((9, 9)) == RED
    assert image.getpixel((9, 99)) == (0, 0, 0, 0)


def test_a_png_with_a_wrong_checksum_of_its_packed_data_is_shown() -> None:
    rows = (b"\0" + bytes([128, 0]) * 4) * 8
    packed = zlib.compress(rows)[:-4] + bytes(4)
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 8, 8, 8, 0, 0, 0, 0))
    data = PNG_MAGIC + header + chunk(b"IDAT", packed) + chunk(b"IEND", b"")

    assert decode_raster(sniff(data)).getpixel((0, 7)) == (128, 128, 128, 255)


def test_the_gaps_of_a_truncated_interlaced_gif_are_filled() -> None:
    data = saved("GIF", noisy_halves(), interlace=True)

    upper, lower = pixels(data[: len(data) * 2 // 3])

    assert is_near(upper, RED)
    assert is_near(lower, BLUE)


def test_the_transparent_colour_of_one_bit_is_applied() -> None:
    image = Image.new("1", (64, 64))
    image.paste(1, (0, 0, 64, 32))

    assert pixels(saved("PNG", image, transparency=1)) == ((255, 255, 255, 0), (0, 0, 0, 255))


def test_a_webp_with_a_wrong_length_is_shown() -> None:
    data = saved("WEBP", two_halves(), lossless=True)

    assert pixels(data[:4] + struct.pack("<I", len(data) + 92) + data[8:]) == (RED, BLUE)


def test_the_rows_of_a_truncated_icon_are_shown() -> None:
    data = icon()

    assert pixels(data[: len(data) * 2 // 5]) == (CLEAR, BLUE)


def test_an_icon_whose_height_counts_no_mask_is_shown_whole() -> None:
    data = icon()
    rows = data[22:][40 : 40 + 4 * 64 * 64]
    header = data[22:30] + struct.pack("<i", 64) + data[34:62]

    assert pixels(data[:22] + header + rows) == (RED, BLUE)


def test_a_png_with_too_few_pixels_shows_its_rows() -> None:
    header = struct.pack(">IIBBBBB", 64, 64, 8, 2, 0, 0, 0)
    data = png_of(header, ((b"\0" + bytes(RED[:3]) * 64) * 40)[:-5])

    assert pixels(data) == (RED, CLEAR)


def test_the_best_image_of_an_icon_that_is_not_blank_is_shown() -> None:
    files = [saved("PNG", Image.new("RGBA", (96, 96))), saved("PNG", two_halves("RGBA"))]
    starts = [38, 38 + len(files[0])]
    entries = b"".join(
        struct.pack("<8xII", len(file), start) for file, start in zip(files, starts, strict=True)
    )

    assert pixels(struct.pack("<HHH", 0, 1, 2) + entries + b"".join(files)) == (RED, BLUE)


@pytest.mark.parametrize(
    ("kind", "mode", "options"),
    [
        ("JPEG", "CMYK", {"quality": 95}),
        ("JPEG", "RGB", {"quality": 95, "progressive": True}),
        ("TIFF", "CMYK", {"compression": "tiff_lzw"}),
        ("TIFF", "P", {}),
        ("TIFF", "RGBA", {"compression": "packbits"}),
        ("BMP", "P", {}),
        ("WEBP", "RGBA", {"lossless": True}),
        ("AVIF", "RGBA", {"quality": 95}),
        ("GIF", "P", {}),
    ],
)
def test_other_modes_and_compressions_keep_their_colours(
    kind: str, mode: str, options: dict[str, object]
) -> None:
    top, bottom = pixels(saved(kind, two_halves(mode), **options))

    assert is_near(top, RED)
    assert is_near(bottom, BLUE)


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L"])
@pytest.mark.parametrize("options", [{}, {"no_jp2": True}, {"tile_size": (32, 32)}])
def test_jpeg_2000_files_and_streams_are_read(mode: str, options: dict[str, object]) -> None:
    image = two_halves(mode, CLEAR if mode == "RGBA" else RED)

    top, bottom = pixels(saved("JPEG2000", image, **options))

    expected = [image.convert("RGBA").getpixel((32, y)) for y in (16, 48)]
    assert is_near(top, expected[0])  # type: ignore[arg-type]
    assert is_near(bottom, expected[1])  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", ["PNG", "JPEG2000"])
def test_the_largest_picture_of_a_macos_icon_is_read(kind: str) -> None:
    parts = b"".join(
        name + struct.pack(">I", 8 + len(data)) + data
        for name, data in (
            (b"TOC ", b"ic07" + bytes(4)),
            (b"icp4", saved(kind, Image.new("RGBA", (16, 16), BLUE))),
            (b"ic07", saved(kind, two_halves("RGBA", CLEAR).resize((128, 128)))),
        )
    )

    icon = b"icns" + struct.pack(">I", 8 + len(parts)) + parts

    assert decode_raster(sniff(icon)).size == (128, 128)
    assert pixels(icon) == (CLEAR, BLUE)


@pytest.mark.parametrize("start", [b"8BPS\x00\x01", b"%!PS-Adobe-3.0", b"%PDF-1.7"])
def test_documents_are_refused_with_advice(start: bytes) -> None:
    with pytest.raises(ImageError, match="export it as PNG or SVG"):
        sniff(start + bytes(60))
