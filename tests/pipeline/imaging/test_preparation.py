"""Preparation: invariances and layout of the canvas."""

import colorsys

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageDraw

from clustering.pipeline.imaging.preparation import (
    RECIPE,
    background_colour,
    flatten,
    needs_dark_background,
    prepare,
)


def drawn(
    ink: tuple[int, int, int], background: tuple[int, int, int, int], padding: int = 10
) -> Image.Image:
    """A wide mark of two shapes."""
    image = Image.new("RGBA", (120 + 2 * padding, 40 + 2 * padding), background)
    pen = ImageDraw.Draw(image)
    pen.rectangle((padding, padding, padding + 39, padding + 39), fill=(*ink, 255))
    pen.rectangle((padding + 60, padding + 10, padding + 119, padding + 29), fill=(*ink, 255))
    return image


def array(image: Image.Image) -> NDArray[np.int16]:
    return np.asarray(image, dtype=np.int16)


def test_the_preparation_version_is_part_of_cache_keys() -> None:
    assert RECIPE == "prep3"


def test_white_and_black_on_transparency_have_ink_in_the_same_places() -> None:
    black = array(prepare(drawn((0, 0, 0), (0, 0, 0, 0)), 64))
    white = array(prepare(drawn((255, 255, 255), (0, 0, 0, 0)), 64))

    assert np.array_equal(black < 100, white < 100)
    assert black[0, 0].tolist() == [255, 255, 255]
    assert white[0, 0].tolist() == [223, 223, 223]


def test_white_on_a_dark_canvas_looks_like_black_on_a_light_one() -> None:
    on_black = prepare(drawn((255, 255, 255), (0, 0, 0, 255)), 64)
    on_white = prepare(drawn((0, 0, 0), (255, 255, 255, 255)), 64)

    assert ImageChops.difference(on_black, on_white).getbbox() is None


@pytest.mark.parametrize("padding", [0, 1, 33, 100])
def test_padding_does_not_matter(padding: int) -> None:
    expected = prepare(drawn((10, 90, 30), (255, 255, 255, 0)), 64)

    padded = prepare(drawn((10, 90, 30), (255, 255, 255, 0), padding=padding), 64)

    assert ImageChops.difference(expected, padded).getbbox() is None


def test_ink_in_the_corners_of_a_cut_out_is_not_its_ground() -> None:
    letter = Image.new("RGBA", (60, 80))
    pen = ImageDraw.Draw(letter)
    for box in ((0, 0, 9, 79), (50, 0, 59, 79), (0, 30, 59, 49)):
        pen.rectangle(box, fill="#1e5aa0")
    padded = Image.new("RGBA", (100, 120), "white")
    padded.alpha_composite(letter, (20, 20))

    assert ImageChops.difference(prepare(letter, 64), prepare(padded, 64)).getbbox() is None


def test_where_a_logo_touches_corners_its_ground_is_the_colour_of_most_of_the_border() -> None:
    cropped = Image.new("RGB", (120, 40), "white")
    ImageDraw.Draw(cropped).rectangle((0, 0, 29, 39), fill="#e3001b")

    assert background_colour(cropped) == (255, 255, 255)


def test_a_picture_of_two_halves_has_no_ground_of_its_own() -> None:
    flag = Image.new("RGB", (64, 64), "#0059a8")
    ImageDraw.Draw(flag).rectangle((0, 32, 63, 63), fill="#ffd500")

    assert background_colour(flag) == (255, 255, 255)


def test_a_transparent_logo_looks_like_the_same_on_white() -> None:
    transparent = prepare(drawn((200, 30, 30), (0, 0, 0, 0)), 64)
    white = prepare(drawn((200, 30, 30), (255, 255, 255, 255)), 64)

    assert ImageChops.difference(transparent, white).getbbox() is None


def test_noise_below_the_tolerance_is_trimmed_with_the_ground() -> None:
    clean = drawn((0, 0, 0), (255, 255, 255, 255), padding=20)
    noisy = clean.copy()
    noisy.putpixel((5, 5), (242, 242, 242, 255))

    assert ImageChops.difference(prepare(clean, 64), prepare(noisy, 64)).getbbox() is None


def test_the_aspect_becomes_its_square_root_inside_the_margins() -> None:
    wide = Image.new("RGBA", (420, 120), "white")
    wide.paste("black", (10, 10, 410, 110))

    box = ImageChops.invert(prepare(wide, 100)).getbbox()

    assert box == (5, 27, 95, 72)


def test_a_tall_logo_is_treated_like_a_wide_one_on_its_side() -> None:
    tall = Image.new("RGBA", (120, 420), "white")
    tall.paste("black", (10, 10, 110, 410))

    box = ImageChops.invert(prepare(tall, 100)).getbbox()

    assert box == (27, 5, 72, 95)


@pytest.mark.parametrize("ink", [(200, 40, 40), (250, 220, 10), (90, 160, 255)])
def test_dark_canvases_turn_light_with_the_hue_kept(ink: tuple[int, int, int]) -> None:
    canvas = prepare(drawn(ink, (0, 0, 0, 255)), 64)

    pixel = canvas.getpixel((10, 32))
    hue, lightness, saturation = colorsys.rgb_to_hls(*(value / 255 for value in ink))
    expected = colorsys.hls_to_rgb(hue, 1 - lightness, saturation)
    assert pixel == tuple(round(value * 255) for value in expected)
    assert canvas.getpixel((0, 0)) == (255, 255, 255)


@pytest.mark.parametrize("size", [(1, 1), (1, 512), (512, 3), (2, 2)])
def test_the_canvas_is_square_whatever_the_size(size: tuple[int, int]) -> None:
    canvas = prepare(Image.new("RGBA", size, (9, 9, 9, 255)), 32)

    assert (canvas.size, canvas.mode) == ((32, 32), "RGB")


def test_nothing_visible_prepares_to_plain_white() -> None:
    canvas = prepare(Image.new("RGBA", (50, 20), (0, 0, 0, 0)), 32)

    assert canvas.getextrema() == ((255, 255), (255, 255), (255, 255))


def test_only_bright_logos_with_transparent_parts_need_a_dark_background() -> None:
    bright = (230, 230, 230)

    assert needs_dark_background(drawn(bright, (0, 0, 0, 0)))
    assert not needs_dark_background(drawn(bright, (255, 255, 255, 255)))
    assert not needs_dark_background(drawn((180, 180, 180), (255, 255, 255, 0)))
    assert not needs_dark_background(Image.new("RGBA", (5, 5), (255, 255, 255, 0)))


def test_a_white_ground_with_soft_edges_stays_light() -> None:
    logo = drawn((200, 30, 30), (255, 255, 255, 255), padding=20)
    logo.paste((255, 255, 255, 100), (0, 0, logo.width, 1))
    ImageDraw.Draw(logo).point([(0, 79), (159, 79)], (0, 0, 0, 0))

    assert not needs_dark_background(logo)


def test_hidden_colours_do_not_shine_through() -> None:
    first = flatten(drawn((0, 0, 0), (255, 0, 0, 0)))
    second = flatten(drawn((0, 0, 0), (0, 255, 0, 0)))

    assert ImageChops.difference(first, second).getbbox() is None


def card(background: tuple[int, int, int], margin: int) -> Image.Image:
    """A red and black logo on a white card on ``background``."""
    image = Image.new("RGBA", (200 + 2 * margin, 100 + 2 * margin), background)
    image.paste("white", (margin, margin, margin + 200, margin + 100))
    pen = ImageDraw.Draw(image)
    pen.ellipse((margin + 20, margin + 20, margin + 79, margin + 79), fill=(200, 20, 20))
    pen.rectangle((margin + 100, margin + 40, margin + 180, margin + 60), fill=(20, 20, 20))
    return image


@pytest.mark.parametrize("margin", [1, 2, 40])
def test_a_dark_frame_around_a_light_card_does_not_invert_the_logo(margin: int) -> None:
    framed = prepare(card((10, 10, 10), margin), 64)

    assert (
        ImageChops.difference(framed, prepare(card((255, 255, 255), margin), 64)).getbbox() is None
    )


def test_frames_inside_of_frames_do_not_invert_the_logo() -> None:
    inner = card((10, 10, 10), 2)
    outer = Image.new("RGBA", (inner.width + 8, inner.height + 8), (30, 30, 60))
    outer.paste("white", (2, 2, outer.width - 2, outer.height - 2))
    outer.paste(inner, (4, 4))

    canvas = prepare(outer, 64)

    assert canvas.getpixel((0, 0)) == (255, 255, 255)


def test_a_gradient_that_is_dark_in_the_corners_does_not_invert_the_logo() -> None:
    ramp = np.abs(np.linspace(-1, 1, 200))
    pixels = np.zeros((100, 200, 3), dtype=np.uint8)
    pixels[:] = (240 - 160 * ramp**3)[None, :, None]
    image = Image.fromarray(pixels).convert("RGBA")
    image.paste((200, 20, 20), (80, 30, 120, 70))

    canvas = prepare(image, 64)

    assert canvas.getpixel((32, 32)) == (200, 20, 20)


def test_a_light_shape_cut_out_of_a_dark_background_is_still_inverted() -> None:
    """Not a card: what shows in it is the background."""
    image = Image.new("RGBA", (200, 200), (150, 0, 20))
    image.paste("white", (50, 60, 150, 140))
    image.paste((150, 0, 20), (90, 95, 150, 105))

    assert prepare(image, 64).getpixel((10, 32)) == (0, 0, 0)
