"""Optional preprocessing steps."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from clustering.pipeline.errors import InputError
from clustering.pipeline.imaging import steps
from clustering.pipeline.imaging.preparation import Colour, prepare

SIDE = 100


def bar(
    colour: Colour | str = "red", size: tuple[int, int] = (80, 20), ground: str = "white"
) -> Image.Image:
    """A bar of ``size`` centred on a canvas."""
    image = Image.new("RGBA", (120, 120), ground)
    left, top = (120 - size[0]) // 2, (120 - size[1]) // 2
    box = (left, top, left + size[0] - 1, top + size[1] - 1)
    ImageDraw.Draw(image).rectangle(box, fill=colour)
    return image


def drawn_size(canvas: Image.Image) -> tuple[int, int]:
    """Width and height of the dark pixels."""
    dark = np.asarray(canvas.convert("L")) < 200
    return int(dark.any(axis=0).sum()), int(dark.any(axis=1).sum())


def test_without_steps_an_image_is_left_as_it_is() -> None:
    image = bar()

    assert steps.apply(image, ()) is image
    assert steps.key_suffix(()) == ""


@pytest.mark.parametrize("name", steps.STEPS)
def test_every_step_gives_an_rgba_image_that_can_be_prepared(name: str) -> None:
    image = steps.apply(bar(), [name])

    assert image.mode == "RGBA"
    assert drawn_size(prepare(image, SIDE))[0] > 0


@pytest.mark.parametrize("name", steps.STEPS)
@pytest.mark.parametrize("size", [(1, 1), (3, 1), (1, 512), (7, 5)])
def test_every_step_accepts_tiny_images(name: str, size: tuple[int, int]) -> None:
    image = Image.new("RGBA", size, (10, 200, 30, 255))

    assert prepare(steps.apply(image, [name]), SIDE).size == (SIDE, SIDE)


def test_steps_are_done_in_one_order_whatever_order_they_are_named_in() -> None:
    assert steps.canonical(["edges", "clahe", "edges"]) == ("clahe", "edges")
    assert steps.key_suffix(["edges", "clahe"]) == "+clahe+edges"


def test_an_unknown_step_is_refused_by_name() -> None:
    with pytest.raises(InputError, match="no step is called 'blur'"):
        steps.canonical(["blur"])


def test_keeping_the_aspect_and_squashing_exclude_each_other() -> None:
    with pytest.raises(InputError, match="contradict"):
        steps.canonical(["squash", "keep_aspect"])


def test_a_bar_of_four_to_one_is_half_squashed_unless_a_step_says_otherwise() -> None:
    image = bar(size=(80, 20))

    assert drawn_size(prepare(image, SIDE)) == (90, 45)
    assert drawn_size(prepare(steps.apply(image, ["keep_aspect"]), SIDE)) == pytest.approx(
        (90, 22), abs=2
    )
    assert drawn_size(prepare(steps.apply(image, ["squash"]), SIDE)) == (90, 90)


def test_a_tall_bar_keeps_its_aspect_too() -> None:
    image = steps.apply(bar(size=(20, 80)), ["keep_aspect"])

    assert drawn_size(prepare(image, SIDE)) == pytest.approx((22, 90), abs=2)


def test_grey_makes_two_colours_of_one_lightness_equal() -> None:
    red = prepare(steps.apply(bar((200, 0, 0)), ["grey"]), SIDE)
    green = prepare(steps.apply(bar((0, 102, 0)), ["grey"]), SIDE)

    assert np.abs(np.asarray(red, int) - np.asarray(green, int)).max() <= 1


def test_edges_of_black_on_white_and_white_on_black_are_equal() -> None:
    dark = steps.edges(bar("black", ground="white"))
    light = steps.edges(bar("white", ground="black"))

    assert np.array_equal(np.asarray(dark), np.asarray(light))
    assert np.asarray(dark.convert("L")).min() == 0


def test_the_colour_mask_takes_a_textured_ground_away() -> None:
    textured = bar("navy")
    pixels = np.asarray(textured).copy()
    speckle = np.random.default_rng(0).integers(-20, 1, pixels.shape[:2])
    ground = (pixels[:, :, :3] > 250).all(axis=2)
    for channel in range(3):
        pixels[:, :, channel][ground] = (255 + speckle)[ground].astype(np.uint8)

    masked = steps.colour_mask(Image.fromarray(pixels))

    alpha = np.asarray(masked.getchannel("A"))
    assert alpha[60, 60] == 255
    assert alpha[ground].max() == 0


def test_a_mask_that_would_leave_nothing_leaves_the_image() -> None:
    image = Image.new("RGBA", (20, 20), "white")

    assert steps.colour_mask(image) is image


def test_local_contrast_stretches_a_faint_texture() -> None:
    texture = np.tile(np.arange(100, 140, dtype=np.uint8), (320, 8))
    image = Image.fromarray(texture).convert("RGBA")

    lifted = np.asarray(steps.clahe(image).convert("L"), dtype=int)

    assert np.ptp(lifted[160]) > 1.5 * np.ptp(texture)


def test_local_contrast_keeps_transparency_and_leaves_no_seam_on_an_even_ground() -> None:
    image = Image.new("RGBA", (64, 64), (90, 90, 90, 100))

    lifted = np.asarray(steps.clahe(image))

    assert (lifted[:, :, 3] == 100).all()
    assert np.ptp(lifted[:, :, 0]) == 0
