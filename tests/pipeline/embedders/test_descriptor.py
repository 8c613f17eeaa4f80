"""Invariances of the descriptor embedder."""

import io

import numpy as np
import pytest
from PIL import Image, ImageDraw

from clustering.pipeline.embedders.descriptor import Descriptor

SAME = 0.3  # cosine distance below which the default clusterer joins


@pytest.fixture(scope="module")
def descriptor() -> Descriptor:
    return Descriptor()


def mark(colour: str = "#1040c0", *, size: int = 200, ground: str | None = None) -> Image.Image:
    """A ring beside two bars."""
    image = Image.new("RGBA", (size, size // 2), ground or (255, 255, 255, 0))
    pen = ImageDraw.Draw(image)
    unit = size / 20
    pen.ellipse((unit, unit, 8 * unit, 8 * unit), outline=colour, width=int(2 * unit))
    pen.rectangle((10 * unit, unit, 12 * unit, 8 * unit), fill=colour)
    pen.rectangle((14 * unit, 4 * unit, 19 * unit, 6 * unit), fill=colour)
    return image


def other() -> Image.Image:
    """A triangle over a line."""
    image = Image.new("RGBA", (200, 200), (255, 255, 255, 0))
    pen = ImageDraw.Draw(image)
    pen.polygon([(100, 10), (190, 140), (10, 140)], fill="#c02020")
    pen.rectangle((10, 160, 190, 180), fill="#202020")
    return image


def distance(descriptor: Descriptor, first: Image.Image, second: Image.Image) -> float:
    one, two = descriptor.embed([first, second])
    return 1.0 - float(one @ two)


def as_jpeg(image: Image.Image) -> Image.Image:
    flat = Image.new("RGB", image.size, "white")
    flat.paste(image, mask=image.getchannel("A"))
    buffer = io.BytesIO()
    flat.save(buffer, "JPEG", quality=40)
    return Image.open(buffer).convert("RGBA")


def test_another_size_is_the_same_logo(descriptor: Descriptor) -> None:
    assert distance(descriptor, mark(), mark(size=400)) < SAME / 3


def test_strong_compression_is_the_same_logo(descriptor: Descriptor) -> None:
    assert distance(descriptor, mark(), as_jpeg(mark())) < SAME


def test_a_margin_is_the_same_logo(descriptor: Descriptor) -> None:
    wide = Image.new("RGBA", (400, 300), (255, 255, 255, 0))
    wide.paste(mark(), (70, 120))

    assert distance(descriptor, mark(), wide) < 1e-3


def test_white_on_dark_is_similar_to_black_on_white(descriptor: Descriptor) -> None:
    dark = mark("#ffffff", ground="#101010")

    assert distance(descriptor, mark("#101010"), dark) < SAME


def test_another_drawing_is_another_logo(descriptor: Descriptor) -> None:
    assert distance(descriptor, mark(), other()) > 2 * SAME


def test_colour_counts_but_less_than_shape(descriptor: Descriptor) -> None:
    recoloured = distance(descriptor, mark("#1040c0"), mark("#c01010"))

    assert 0.05 < recoloured < distance(descriptor, mark(), other())


def test_plain_areas_are_similar_only_in_the_same_colour(descriptor: Descriptor) -> None:
    red, wide, blue = (
        Image.new("RGBA", size, colour)
        for size, colour in [((9, 9), "#f00"), ((90, 30), "#f00"), ((9, 9), "#00f")]
    )

    assert distance(descriptor, red, wide) < 1e-6
    assert distance(descriptor, red, blue) == 1.0


def test_a_batch_gives_the_rows_of_single_images(descriptor: Descriptor) -> None:
    images = [mark(), other()] * 40

    rows = descriptor.embed(images)

    np.testing.assert_allclose(rows[1], descriptor.embed([other()])[0], atol=1e-6)
    np.testing.assert_array_equal(rows[0], rows[78])
