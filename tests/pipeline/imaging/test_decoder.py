"""Decoding: formats, sizes, deterministic bytes, backgrounds."""

import hashlib
import struct
import sys
from io import BytesIO

import numpy as np
import pytest
from PIL import Image, ImageDraw

from clustering.pipeline.errors import ImageError
from clustering.pipeline.imaging import PictureRegion
from clustering.pipeline.imaging.decoder import Decoder, normalise_bytes
from clustering.pipeline.imaging.thumbnails import SIDES_PX, thumbnail
from tests.pipeline.imaging.raster_files import chunk, icon, logo, png_of, saved
from tests.pipeline.imaging.svg_files import png_uri, svg

TEXT = svg("<text x='5' y='60' font-family='No Such Font' font-size='40'>Abc</text>")


def opened(data: bytes) -> Image.Image:
    return Image.open(BytesIO(data))


@pytest.mark.parametrize(
    ("kind", "media_type"),
    [
        ("PNG", "image/png"),
        ("JPEG", "image/jpeg"),
        ("GIF", "image/gif"),
        ("WEBP", "image/webp"),
        ("AVIF", "image/avif"),
        ("BMP", "image/bmp"),
        ("ICO", "image/x-icon"),
        ("TIFF", "image/tiff"),
    ],
)
def test_a_format_is_known_by_its_bytes(kind: str, media_type: str) -> None:
    image = normalise_bytes(saved(kind))

    assert (image.media_type, image.width, image.height) == (media_type, 64, 64)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA"])
def test_every_mode_of_png_becomes_rgba(mode: str) -> None:
    image = normalise_bytes(saved("PNG", logo("L").convert(mode)))

    assert opened(image.png).mode == "RGBA"


def test_grey_of_16_bits_keeps_its_shades() -> None:
    shades = Image.fromarray(np.array([[0, 0x4000], [0x8000, 0xFFFF]], dtype=np.uint16))

    image = opened(normalise_bytes(saved("PNG", shades)).png)

    assert [image.getpixel((x, y)) for y in (0, 1) for x in (0, 1)] == [
        (0, 0, 0, 255),
        (64, 64, 64, 255),
        (128, 128, 128, 255),
        (255, 255, 255, 255),
    ]


def test_the_child_gives_what_the_function_gives(decoder: Decoder) -> None:
    assert decoder.decode(TEXT) == normalise_bytes(TEXT)


def test_a_copy_is_not_decoded_again() -> None:
    with Decoder() as decoder:
        first = decoder.decode(TEXT)
        icon_of_it = decoder.decode(TEXT, PictureRegion(is_maskable=True))

    assert decoder.decode(TEXT) is first  # the children are gone
    assert icon_of_it.sha256 != first.sha256


def test_images_that_are_kept_have_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("clustering.pipeline.imaging.decoder.MAX_KEPT_BYTES", 0)
    with Decoder() as decoder:
        decoder.decode(TEXT)

    with pytest.raises(RuntimeError, match="closed"):
        decoder.decode(TEXT)


def test_sha256_is_the_hash_of_the_png() -> None:
    image = normalise_bytes(saved("PNG"))

    assert image.sha256 == hashlib.sha256(image.png).hexdigest()
    assert "icc_profile" not in opened(image.png).info


def test_equal_pixels_give_equal_bytes_whatever_the_format() -> None:
    files = [
        saved("PNG"),
        saved("PNG", compress_level=1, icc_profile=b"x" * 200),
        saved("BMP"),
        saved("WEBP", lossless=True),
    ]

    assert len({normalise_bytes(file).sha256 for file in files}) == 1


def test_colours_under_transparency_do_not_change_the_hash() -> None:
    red, green = logo("RGBA"), logo("RGBA")
    red.paste((255, 0, 0, 0), (0, 40, 64, 64))
    green.paste((0, 255, 0, 0), (0, 40, 64, 64))

    assert normalise_bytes(saved("PNG", red)) == normalise_bytes(saved("PNG", green))


def test_large_images_shrink_to_512_px_and_small_ones_stay() -> None:
    large = normalise_bytes(saved("JPEG", logo().resize((2000, 500))))
    small = normalise_bytes(saved("PNG", logo().resize((40, 30))))

    assert (large.width, large.height) == (512, 128)
    assert (small.width, small.height) == (40, 30)


def test_thumbnails_keep_alpha_and_are_never_upscaled() -> None:
    image = logo("RGBA").resize((400, 100))
    image.putpixel((0, 0), (0, 0, 0, 0))

    wide = {side: opened(thumbnail(image, side)) for side in SIDES_PX}

    assert {side: small.size for side, small in wide.items()} == {96: (96, 24), 192: (192, 48)}
    assert wide[96].mode == "RGBA"
    assert opened(thumbnail(logo("RGBA"), 96)).size == (64, 64)


def test_exif_turns_the_image_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    image = normalise_bytes(saved("JPEG", logo().resize((60, 30)), exif=exif))

    assert (image.width, image.height) == (30, 60)


def test_the_largest_image_of_an_icon_is_taken() -> None:
    image = normalise_bytes(saved("ICO", logo(side=128), sizes=[(16, 16), (128, 128), (32, 32)]))

    assert image.width == 128


def test_an_icon_with_wrong_sizes_in_its_directory_is_read(decoder: Decoder) -> None:
    assert decoder.decode(icon(saved("PNG"))).width == 64


def test_the_complete_images_of_a_truncated_icon_are_used() -> None:
    whole = saved("ICO", logo(side=128), sizes=[(16, 16), (128, 128)])

    assert normalise_bytes(whole[:-40]).width == 16


@pytest.mark.parametrize("kind", [b"\x01\x00", b"\x02\x00"])
def test_the_deepest_of_equal_sizes_is_taken_and_its_mask_counts(kind: bytes) -> None:
    """Cursors have hot spots in place of depths."""
    flat, deep = bitmap(1), bitmap(32)
    offsets = (38, 38 + len(flat))
    entries = b"".join(
        struct.pack("<BBBBHHII", 16, 16, 0, 0, 5, 5, len(data), offset)
        for data, offset in zip((flat, deep), offsets, strict=True)
    )
    file = b"\x00\x00" + kind + b"\x02\x00" + entries + flat + deep

    image = opened(normalise_bytes(file).png)

    assert image.getpixel((4, 12)) == (200, 30, 30, 255)
    assert image.getpixel((4, 4)) == (0, 0, 0, 0)


def bitmap(depth: int) -> bytes:
    """A red bitmap of an icon without alpha whose mask hides the upper half."""
    head = struct.pack("<IiiHHIIiiII", 40, 16, 32, 1, depth, 0, 0, 0, 0, 0, 0)
    colours = bytes([30, 30, 200, 0]) * 256 if depth == 32 else bytes(8) + bytes(64)
    return head + colours + bytes(32) + b"\xff" * 32


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_the_first_frame_that_is_not_blank_is_taken(kind: str) -> None:
    blank = Image.new("RGBA", (64, 64), (0, 0, 0, 0) if kind != "GIF" else "white")
    frames = [blank, logo("RGBA")]

    image = normalise_bytes(saved(kind, blank, save_all=True, append_images=frames, lossless=True))

    assert opened(image.png).getpixel((32, 20)) == (20, 60, 160, 255)


def test_endless_blank_frames_are_an_empty_image() -> None:
    blank = [Image.new("RGB", (64, 64), (n, n, n)) for n in range(200)]

    with pytest.raises(ImageError) as refusal:
        normalise_bytes(saved("GIF", blank[0], save_all=True, append_images=blank[1:]))

    assert refusal.value.code == "empty_image"


def test_the_transparent_shade_of_16_bits_is_exact() -> None:
    file = png_of(
        struct.pack(">IIBBBBB", 2, 2, 16, 0, 0, 0, 0),
        b"\x00\x80\x00\x80\x01\x00\x40\x00\x00\x00",
        chunk(b"tRNS", b"\x80\x00"),
    )
    image = opened(normalise_bytes(file).png)

    assert image.getchannel("A").tobytes() == b"\x00\xff\xff\xff"


def test_a_wrong_checksum_of_an_ancillary_chunk_is_ignored() -> None:
    data = saved("PNG")
    damaged = chunk(b"tEXt", b"Title\x00x")[:-4] + bytes(4)

    image = normalise_bytes(data[:33] + damaged + data[33:])

    assert image.sha256 == normalise_bytes(data).sha256


def test_rows_that_are_missing_are_transparent() -> None:
    data = saved("PNG", Image.effect_noise((64, 64), 90))

    image = opened(normalise_bytes(data[: len(data) // 2]).png)

    assert image.getchannel("A").getpixel((5, 5)) == 255
    assert image.getpixel((5, 60)) == (0, 0, 0, 0)


def test_thirty_megapixels_are_scaled() -> None:
    image = normalise_bytes(saved("JPEG", Image.linear_gradient("L").resize((6_000, 5_000))))

    assert (image.width, image.height) == (512, 427)


@pytest.mark.parametrize(
    ("head", "package"),
    [(b"\x00\x00\x00\x18ftypheic", "pillow-heif"), (b"\xff\x0a", "pillow-jxl-plugin")],
)
def test_formats_of_plug_ins_name_the_package(
    monkeypatch: pytest.MonkeyPatch, head: bytes, package: str
) -> None:
    for module in ("pillow_heif", "pillow_jxl"):
        monkeypatch.setitem(sys.modules, module, None)

    with pytest.raises(ImageError, match=package):
        normalise_bytes(head + bytes(60))


def test_white_on_transparent_needs_a_dark_background() -> None:
    image = Image.new("RGBA", (64, 64), (0, 0, 0, 0))
    ImageDraw.Draw(image).ellipse((8, 8, 50, 30), fill="white")

    assert normalise_bytes(saved("PNG", image)).ground == "dark"
    assert normalise_bytes(saved("PNG")).ground == "light"


@pytest.mark.parametrize(
    "image",
    [
        Image.new("RGBA", (64, 64), (9, 9, 9, 0)),
        Image.new("RGB", (64, 64), (200, 0, 0)),
        Image.new("RGB", (1, 1)),
    ],
)
def test_one_colour_or_none_is_an_empty_image(image: Image.Image) -> None:
    with pytest.raises(ImageError) as refusal:
        normalise_bytes(saved("PNG", image))

    assert refusal.value.code == "empty_image"


def test_a_spacer_is_a_placeholder_and_a_logo_is_none() -> None:
    spacer = Image.new("RGB", (200, 4), "white")
    spacer.paste("black", (0, 0, 100, 4))

    assert normalise_bytes(saved("PNG", spacer)).is_placeholder
    assert not normalise_bytes(saved("PNG")).is_placeholder


def test_an_svgs_text_is_drawn_without_fonts_of_the_system() -> None:
    image = normalise_bytes(TEXT)

    assert image.media_type == "image/svg+xml"
    assert opened(image.png).getbbox() is not None


@pytest.mark.parametrize(
    ("attributes", "size"),
    [
        ("viewBox='0 0 200 100'", (512, 256)),
        ("width='50mm' height='100mm'", (256, 512)),
        ("width='100%' height='100%' viewBox='0 0 10 5'", (512, 256)),
        ("", (512, 256)),
    ],
)
def test_an_svg_is_drawn_with_its_longer_side_at_512(
    attributes: str, size: tuple[int, int]
) -> None:
    image = normalise_bytes(svg("<rect width='4' height='4'/>", attributes))

    assert (image.width, image.height) == size


def test_a_style_sheet_colours_an_svg() -> None:
    sheet = "<style>.a{fill:#f00}</style><rect class='a' width='50' height='100'/>"

    assert opened(normalise_bytes(svg(sheet)).png).getpixel((9, 9)) == (255, 0, 0, 255)


def test_an_image_inside_an_svg_is_drawn() -> None:
    inner = f"<image width='50' height='50' xlink:href='{png_uri(8, 8)}'/>"

    assert opened(normalise_bytes(svg(inner)).png).getpixel((99, 99)) == (0, 128, 0, 255)
