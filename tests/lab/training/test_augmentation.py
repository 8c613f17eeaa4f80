"""Augmentation is seeded, uses the product's preparation and never removes the mark."""

import inspect

import numpy as np
import pytest
from PIL import Image, ImageDraw

from clustering.lab.training import augmentation
from clustering.lab.training.augmentation import Augmenter, Probabilities
from clustering.lab.training.text_rendering import WordBank
from clustering.pipeline.imaging.preparation import prepare
from clustering.pipeline.imaging.svg import FONT

SIDE = 64
STEPS = [
    augmentation.recoloured,
    augmentation.cut_out,
    augmentation.grounded,
    augmentation.badged,
    augmentation.cropped,
    augmentation.stretched,
    augmentation.shrunk,
    augmentation.compressed,
]


@pytest.fixture(scope="module")
def words() -> WordBank:
    return WordBank([FONT.read_bytes()], n_words=5, seed=1)


def mark(ground: str | None = None) -> Image.Image:
    image = Image.new("RGBA", (120, 90), ground or (0, 0, 0, 0))
    ImageDraw.Draw(image).ellipse((10, 10, 80, 80), fill="#c03020")
    return image


@pytest.mark.parametrize("ground", [None, "#ffffff", "#102030"])
@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.__name__)
def test_each_step_leaves_the_mark_visible(step: object, ground: str | None) -> None:
    for seed in range(6):
        generators = [np.random.default_rng(seed)] if is_random(step) else []
        augmented = step(mark(ground), *generators)  # type: ignore[operator]  # one of STEPS

        assert augmented.mode == "RGBA"
        assert np.asarray(prepare(augmented, SIDE)).std() > 10


def is_random(step: object) -> bool:
    return len(inspect.signature(step).parameters) == 2  # type: ignore[arg-type]  # one of STEPS


def test_equal_seeds_give_equal_canvases_and_others_do_not(words: WordBank) -> None:
    augmenter = Augmenter(words, Probabilities(), SIDE)

    first, again, other = (
        augmenter.canvas(mark(), 4, np.random.default_rng(seed)) for seed in (1, 1, 2)
    )

    assert first.shape == (SIDE, SIDE, 3)
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_with_zero_probabilities_the_canvas_is_the_prepared_image(words: WordBank) -> None:
    never = Probabilities(**dict.fromkeys(inspect.signature(Probabilities).parameters, 0.0))

    canvas = Augmenter(words, never, SIDE).canvas(mark(), 4, np.random.default_rng(1))

    np.testing.assert_array_equal(canvas, np.asarray(prepare(mark(), SIDE)))


def test_a_word_is_added_beside_the_mark(words: WordBank) -> None:
    for seed in range(6):
        joined = augmentation.beside(
            mark(), words.of(3), np.random.default_rng(seed), size=(0.3, 0.3)
        )

        assert joined.width * joined.height > 120 * 90
        assert joined.getcolors(1 << 16) != mark().getcolors(1 << 16)


def test_a_brand_always_gets_the_same_word(words: WordBank) -> None:
    assert words.of(3) is words.of(8)
    assert words.of(3).max() == 255
