"""Marks on discs and tiles."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from clustering.pipeline.imaging.badges import prepared_views
from clustering.pipeline.imaging.preparation import prepare

SIDE = 96
INK = (30, 90, 160, 255)
Ink = str | tuple[int, int, int, int]


def mark(size: int, colour: Ink = INK) -> Image.Image:
    image = Image.new("RGBA", (size, size))
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, size // 4, size - 1), fill=colour)
    draw.polygon([(size // 3, 0), (size - 1, size // 2), (size // 3, size - 1)], fill=colour)
    return image


def on_badge(kind: str, colour: Ink = INK, ground: str | None = None) -> Image.Image:
    image = Image.new("RGBA", (240, 240), ground or (0, 0, 0, 0))
    radius = {"disc": 120, "tile": 45}[kind]
    ImageDraw.Draw(image).rounded_rectangle((0, 0, 239, 239), radius, fill=colour)
    image.alpha_composite(mark(120, "white"), (60, 60))
    return image


def difference(first: Image.Image, second: Image.Image) -> float:
    return float(np.abs(np.asarray(first, float) - np.asarray(second, float)).mean())


@pytest.mark.parametrize("kind", ["disc", "tile"])
@pytest.mark.parametrize("ground", [None, "white", "#202020"])
def test_the_mark_on_a_badge_looks_like_the_mark_alone(kind: str, ground: str | None) -> None:
    whole, alone = prepared_views(on_badge(kind, ground=ground), SIDE).canvases

    plain = Image.new("RGBA", (240, 240), "white")
    plain.alpha_composite(mark(120), (60, 60))
    assert difference(alone, prepare(plain, SIDE)) < 8
    assert difference(whole, prepare(plain, SIDE)) > 30


@pytest.mark.parametrize("side", [32, 64])
def test_small_badges_are_removed_too(side: int) -> None:
    small = on_badge("disc").resize((side, side), Image.Resampling.LANCZOS)

    assert len(prepared_views(small, SIDE).canvases) == 2


def test_the_first_view_is_the_prepared_image() -> None:
    image = on_badge("disc")

    assert prepared_views(image, SIDE).canvases[0].tobytes() == prepare(image, SIDE).tobytes()


def test_a_mark_of_several_colours_keeps_them() -> None:
    image = on_badge("disc", "#f4f0e0")
    image.alpha_composite(mark(60, "red"), (60, 90))
    image.alpha_composite(mark(60, "green"), (130, 90))

    _, alone = prepared_views(image, SIDE).canvases

    colours = np.asarray(alone, int).reshape(-1, 3)
    assert (colours[:, 0] > colours[:, 1] + 90).any()
    assert (colours[:, 1] > colours[:, 0] + 60).any()


def letters() -> Image.Image:
    image = Image.new("RGBA", (200, 180), "white")
    ImageDraw.Draw(image).text((10, 20), "XE", "black", font_size=140)
    return image


def ring() -> Image.Image:
    image = Image.new("RGBA", (200, 200), "white")
    ImageDraw.Draw(image).ellipse((5, 5, 195, 195), outline="navy", width=12)
    ImageDraw.Draw(image).rectangle((80, 80, 120, 120), fill="navy")
    return image


def plain_disc() -> Image.Image:
    image = Image.new("RGBA", (200, 200))
    ImageDraw.Draw(image).ellipse((5, 5, 195, 195), fill="red")
    return image


@pytest.mark.parametrize(
    "image", [letters(), ring(), plain_disc(), mark(100), Image.new("RGBA", (1, 1), "red")]
)
def test_what_is_no_mark_on_a_badge_is_no_badge(image: Image.Image) -> None:
    assert not prepared_views(image, SIDE).is_badge


@pytest.mark.parametrize(("width", "is_square"), [(100, True), (120, True), (180, False)])
def test_an_icon_is_square_without_its_margins(width: int, *, is_square: bool) -> None:
    image = Image.new("RGBA", (400, 200))
    ImageDraw.Draw(image).rectangle((50, 50, 50 + width - 1, 149), fill=INK)

    assert prepared_views(image, SIDE).is_square is is_square
