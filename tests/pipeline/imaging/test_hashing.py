"""Perceptual hash: definition, values of ImageHash, robustness, discrimination."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from scipy.fft import dctn

from clustering.pipeline.imaging.hashing import distance, perceptual_hash
from clustering.pipeline.imaging.preparation import prepare
from tests.pipeline.imaging.raster_files import logo


def mark() -> Image.Image:
    """Asymmetric shapes: coefficients of symmetric ones are near 0 and their signs are noise."""
    image = Image.new("RGBA", (300, 200), "white")
    pen = ImageDraw.Draw(image)
    pen.ellipse((20, 20, 150, 150), fill="navy")
    pen.polygon([(160, 30), (280, 60), (180, 180)], fill="orange")
    pen.rectangle((30, 165, 120, 185), fill="black")
    return image


def slow_hash(image: Image.Image) -> int:
    pixels = np.asarray(image.convert("L").resize((32, 32), Image.Resampling.BOX), dtype=float)
    low = dctn(pixels, type=2, norm="ortho")[:8, :8].ravel()
    return int("".join("1" if value > np.median(low) else "0" for value in low), 2)


@pytest.mark.parametrize("seed", range(5))
def test_it_equals_its_definition(seed: int) -> None:
    noise = np.random.default_rng(seed).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    image = Image.fromarray(noise)

    assert perceptual_hash(image) == slow_hash(image)


Drawn = Callable[[NDArray[np.int64], NDArray[np.int64]], NDArray[np.int64]]


@pytest.mark.parametrize(
    ("grey", "theirs"),
    [
        (lambda x, y: x * x + 3 * x * y + 7 * y, "8503020f173fbf3e"),
        (lambda x, y: ((x - 9) ** 2 + 2 * (y - 20) ** 2) % 251, "bac4c53ac5d92633"),
        (lambda x, y: (x ^ (3 * y)) * 5, "9e7301b9e7c64c29"),
    ],
    ids=["products", "rings", "bits"],
)
def test_it_gives_the_values_of_image_hash(grey: Drawn, theirs: str) -> None:
    """Those of ``imagehash.phash`` 4.3.2, on pictures of 32 x 32, which neither has to scale."""
    y, x = np.mgrid[0:32, 0:32]
    image = Image.fromarray((grey(x, y) % 256).astype(np.uint8))

    assert f"{perceptual_hash(image):016x}" == theirs


def test_it_fits_64_bits_and_half_of_them_are_set() -> None:
    value = perceptual_hash(prepare(logo("RGBA"), 128))

    assert (0 <= value < 1 << 64, value.bit_count()) == (True, 32)


def test_a_scaled_copy_is_a_few_bits_away_and_a_turned_one_many() -> None:
    image = mark()
    first = perceptual_hash(prepare(image, 128))

    scaled = perceptual_hash(prepare(image.resize((90, 60)), 128))
    turned = perceptual_hash(prepare(image.rotate(45, fillcolor="white"), 128))

    assert distance(first, scaled) <= 6
    assert distance(first, turned) >= 12


def test_distance_counts_bits() -> None:
    assert distance(0b1011, 0b0010) == 2
