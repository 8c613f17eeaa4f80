"""The picture of several logos."""

from io import BytesIO

import pytest
from PIL import Image

from clustering.pipeline.imaging.montage import (
    HEIGHT_PX,
    LAYOUTS,
    MAX_LOGOS,
    WIDTH_PX,
    MontageLogo,
    montage,
)

RED, BLUE = (200, 0, 0, 255), (0, 0, 200, 255)


def logo(colour: tuple[int, ...] = RED, *, is_dark: bool = False) -> MontageLogo:
    return MontageLogo(Image.new("RGBA", (300, 300), colour), has_dark_ground=is_dark)


def drawn(*logos: MontageLogo) -> Image.Image:
    with Image.open(BytesIO(montage(logos))) as picture:
        return picture.convert("RGBA")


@pytest.mark.parametrize("n_logos", LAYOUTS)
def test_the_tiles_cover_the_picture_without_overlap(n_logos: int) -> None:
    covered = [
        (column, row)
        for left, top, width, height in LAYOUTS[n_logos]
        for column in range(left, left + width)
        for row in range(top, top + height)
    ]

    assert sorted(covered) == [(column, row) for column in range(10) for row in range(4)]


@pytest.mark.parametrize("n_logos", LAYOUTS)
def test_every_logo_is_in_the_middle_of_its_tile(n_logos: int) -> None:
    picture = drawn(*[logo() for _ in range(n_logos)])

    for left, top, width, height in LAYOUTS[n_logos]:
        middle = (30 * (2 * left + width), 30 * (2 * top + height))
        pixel = picture.getpixel(middle)
        assert isinstance(pixel, tuple)
        assert (pixel[0] > 150, pixel[2] < 60, pixel[3]) == (True, True, 255)


def test_the_background_is_transparent_but_for_logos_on_dark() -> None:
    picture = drawn(logo(), logo(BLUE, is_dark=True))

    assert picture.getpixel((5, 5)) == (0, 0, 0, 0)
    dark = picture.getpixel((WIDTH_PX - 5, 5))
    assert isinstance(dark, tuple)
    assert (dark[3], max(dark[:3]) < 60) == (255, True)


def test_more_logos_than_fit_are_left_out() -> None:
    logos = [logo()] * MAX_LOGOS

    assert montage([*logos, logo(BLUE)]) == montage(logos)


def test_a_missing_image_leaves_its_tile_empty() -> None:
    picture = drawn(MontageLogo(None, has_dark_ground=False))

    assert picture.size == (WIDTH_PX, HEIGHT_PX)
    assert picture.getchannel("A").getextrema() == (0, 0)


def test_a_small_logo_is_enlarged_four_times_at_most() -> None:
    small = MontageLogo(Image.new("RGBA", (16, 16), RED), has_dark_ground=False)

    assert drawn(small).getbbox() == (268, 88, 332, 152)


def test_no_logos_are_an_empty_picture() -> None:
    assert drawn().getchannel("A").getextrema() == (0, 0)
