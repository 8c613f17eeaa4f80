"""Symbols before words, tilted wordmarks, and blurred ones."""

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from clustering.pipeline.imaging.badges import prepared_views
from clustering.pipeline.imaging.preparation import WHITE, prepare, trim
from clustering.pipeline.imaging.wordmarks import levelled, resolution, symbol

SIDE = 96


def word(text: str = "Velmora", *, symbol: bool = False) -> Image.Image:
    image = Image.new("RGBA", (420, 100), "white")
    draw = ImageDraw.Draw(image)
    start = 20
    if symbol:
        draw.polygon([(20, 80), (50, 20), (80, 80)], fill="#1e5aa0")
        start = 100
    draw.text((start, 50), text, "black", ImageFont.load_default(70), anchor="lm")
    return image


def tilted(degrees: float) -> Image.Image:
    return word().rotate(degrees, Image.Resampling.BICUBIC, expand=True, fillcolor="white")


def trimmed(image: Image.Image) -> Image.Image:
    return trim(image.convert("RGB"), WHITE)


def test_the_symbol_is_what_comes_before_the_first_gap() -> None:
    found = symbol(trimmed(word(symbol=True)), WHITE)

    assert found is not None
    assert 55 <= found.width <= 65
    assert 55 <= found.height <= 65


@pytest.mark.parametrize(
    "image", [word("illlll"), word("MMMM").resize((42, 6)), word().crop((0, 0, 90, 100))]
)
def test_letters_low_logos_and_squares_have_no_symbol(image: Image.Image) -> None:
    assert symbol(trimmed(image), WHITE) is None


def test_a_symbol_is_a_view_of_its_own() -> None:
    views = prepared_views(word(symbol=True), SIDE)
    alone = word(symbol=True).crop((0, 0, 90, 100))

    assert not views.is_badge
    assert len(views.canvases) == 2
    apart = np.asarray(views.canvases[1], float) - np.asarray(prepare(alone, SIDE), float)
    assert np.abs(apart).mean() < 8
    assert len(prepared_views(word("illlll"), SIDE).canvases) == 1


@pytest.mark.parametrize("degrees", [-8, 8, 10])
def test_a_tilted_word_is_set_level(degrees: float) -> None:
    level = trimmed(levelled(tilted(degrees)))

    assert level.height == pytest.approx(trimmed(word()).height, rel=0.15)
    assert level.height < 0.8 * trimmed(tilted(degrees)).height


def test_level_words_and_small_ones_stay_as_they_are() -> None:
    small = tilted(8).resize((40, 14))

    assert levelled(word(symbol=True)) == word(symbol=True)
    assert levelled(small) is small
    assert levelled(Image.new("RGBA", (60, 60), "white")).size == (60, 60)


def test_resolution_counts_the_widths_of_the_sharpest_edges() -> None:
    sharp = trimmed(word())
    blurred = trimmed(word().filter(ImageFilter.GaussianBlur(0.015 * 420)))
    enlarged = trimmed(word().resize((16, 4), Image.Resampling.BOX).resize((420, 100)))

    assert resolution(sharp) > 80
    assert 10 < resolution(blurred) < 30
    assert resolution(enlarged) < 20
    assert resolution(Image.new("RGB", (30, 10), "white")) == 30
    assert resolution(Image.new("RGB", (1, 1), "white")) == 1
