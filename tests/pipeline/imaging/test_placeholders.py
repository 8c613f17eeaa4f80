"""Placeholder detection, by image and across a data set."""

from collections.abc import Callable
from hashlib import md5
from io import BytesIO

import pytest
from PIL import Image, ImageDraw, ImageFont

from clustering.pipeline.imaging import known_icons, placeholders
from clustering.pipeline.imaging.decoder import normalise_bytes
from clustering.pipeline.imaging.hashing import perceptual_hash
from clustering.pipeline.imaging.placeholders import placeholder_kind
from clustering.pipeline.imaging.preparation import prepare
from clustering.pipeline.imaging.shared_images import shared_placeholders

GREY = (120, 140, 180, 255)
SCALE = 8


def globe(side: int = 16, ink: tuple[int, ...] = GREY, sea: str | None = None) -> Image.Image:
    image, draw, n = _canvas(side)
    width = SCALE * max(1, side // 16)
    draw.ellipse((4, 4, n - 5, n - 5), outline=ink, width=width, fill=sea)
    draw.ellipse((n * 0.28, 4, n * 0.72, n - 5), outline=ink, width=width)
    draw.line((n / 2, 4, n / 2, n - 5), fill=ink, width=width)
    draw.line((4, n / 2, n - 5, n / 2), fill=ink, width=width)
    return image.resize((side, side), Image.Resampling.LANCZOS)


def open_globe(side: int = 32) -> Image.Image:
    """Two curved meridians without a straight one."""
    image, draw, n = _canvas(side)
    draw.ellipse((4, 4, n - 5, n - 5), outline=GREY, width=2 * SCALE)
    draw.ellipse((n * 0.3, 4, n * 0.7, n - 5), outline=GREY, width=2 * SCALE)
    draw.line((4, n / 2, n - 5, n / 2), fill=GREY, width=2 * SCALE)
    return image.resize((side, side), Image.Resampling.LANCZOS)


def letter_in_a_ring(side: int = 32) -> Image.Image:
    image, draw, n = _canvas(side)
    draw.ellipse((4, 4, n - 5, n - 5), outline=GREY, width=2 * SCALE)
    for x in (n * 0.33, n * 0.67):
        draw.line((x, n * 0.25, x, n * 0.75), fill=GREY, width=2 * SCALE)
    draw.line((n * 0.33, n / 2, n * 0.67, n / 2), fill=GREY, width=2 * SCALE)
    return image.resize((side, side), Image.Resampling.LANCZOS)


def barred_ring(side: int = 32) -> Image.Image:
    image, draw, n = _canvas(side)
    draw.ellipse((4, 4, n - 5, n - 5), outline=GREY, width=2 * SCALE)
    draw.line((4, n / 2, n - 5, n / 2), fill=GREY, width=2 * SCALE)
    return image.resize((side, side), Image.Resampling.LANCZOS)


def disc(side: int = 16) -> Image.Image:
    image, draw, n = _canvas(side)
    draw.ellipse((4, 4, n - 5, n - 5), fill=GREY)
    return image.resize((side, side), Image.Resampling.LANCZOS)


def ring(side: int = 16) -> Image.Image:
    image, draw, n = _canvas(side)
    draw.ellipse((4, 4, n - 5, n - 5), outline=GREY, width=3 * SCALE)
    return image.resize((side, side), Image.Resampling.LANCZOS)


def cross(side: int = 16) -> Image.Image:
    image, draw, n = _canvas(side)
    draw.line((n / 2, 0, n / 2, n), fill=GREY, width=n // 4)
    draw.line((0, n / 2, n, n / 2), fill=GREY, width=n // 4)
    return image.resize((side, side), Image.Resampling.LANCZOS)


def tile(text: str, ground: str = "#0a5c4b", ink: str = "white", side: int = 128) -> Image.Image:
    image = Image.new("RGBA", (side, side), ground)
    font = ImageFont.load_default(size=side * 0.5)
    ImageDraw.Draw(image).text((side / 2, side / 2), text, fill=ink, font=font, anchor="mm")
    return image


def _canvas(side: int) -> tuple[Image.Image, ImageDraw.ImageDraw, int]:
    image = Image.new("RGBA", (side * SCALE, side * SCALE))
    return image, ImageDraw.Draw(image), side * SCALE


def kind(image: Image.Image) -> str | None:
    canvas = prepare(image, 128)
    return placeholder_kind(image, canvas, perceptual_hash(canvas))


@pytest.mark.parametrize("side", [16, 20, 24, 32])
def test_a_small_globe_of_lines_is_a_placeholder(side: int) -> None:
    assert kind(globe(side)) == "globe"


@pytest.mark.parametrize("side", [20, 24, 32])
def test_a_small_globe_whose_meridians_are_curved_is_a_placeholder(side: int) -> None:
    assert kind(open_globe(side)) == "globe"


def test_a_small_globe_of_white_lines_on_a_disc_is_a_placeholder() -> None:
    assert kind(globe(ink=(255, 255, 255, 255), sea="#8a93a8")) == "globe"


@pytest.mark.parametrize(
    "draw", [disc, ring, cross, letter_in_a_ring, barred_ring, lambda: globe(64)]
)
def test_shapes_similar_to_a_globe_are_not_globes(draw: Callable[[], Image.Image]) -> None:
    assert kind(draw()) is None


def test_a_globe_of_two_colours_may_be_a_logo() -> None:
    assert kind(globe(ink=(40, 160, 60, 255), sea="#3050d0")) is None


@pytest.mark.parametrize("letter", ["A", "M", "i", "Q"])
def test_one_letter_on_a_tile_is_a_monogram(letter: str) -> None:
    assert kind(tile(letter)) == "monogram"


@pytest.mark.parametrize(
    "image",
    [
        tile("Ott"),
        tile("A", ground="white", ink="black"),
        tile("A", ink="#e0a020"),
        tile(""),
        Image.new("RGBA", (300, 100), "#0a5c4b"),
    ],
)
def test_words_and_coloured_letters_are_not_monograms(image: Image.Image) -> None:
    assert kind(image) != "monogram"


def test_a_sites_own_monogram_is_no_placeholder() -> None:
    """It is a placeholder only as the answer of an icon service."""
    file = BytesIO()
    tile("A").save(file, "PNG")

    image = normalise_bytes(file.getvalue())

    assert (image.placeholder, image.is_placeholder) == ("monogram", False)


def test_a_default_icon_is_known_by_its_file(monkeypatch: pytest.MonkeyPatch) -> None:
    image, file = tile("ABC"), b"what a host leaves on every new site"
    name = md5(file, usedforsecurity=False).hexdigest()
    monkeypatch.setattr(placeholders, "KIND_BY_MD5", {name: "default_icon"})

    canvas = prepare(image, 128)
    assert placeholder_kind(image, canvas, 0, file) == "default_icon"
    assert placeholder_kind(image, canvas, 0, file + b".") is None


def test_the_published_hashes_are_hashes() -> None:
    assert len(known_icons.KIND_BY_MD5) >= 35
    assert all(len(bytes.fromhex(name)) == 16 for name in known_icons.KIND_BY_MD5)


ITALY = [f"culligan-{city}.it" for city in ("roma", "milano", "torino", "bari")]
POWERED = ["kelloggs.gr", "kia-bonn.de", "manpower.pt", "stanbic.co.bw", "otterbrook.no"]
OWN = {"kelloggs": ["kelloggs.it"], "kia": ["kiaofgreen.com"], "manpower": ["manpower.fr"]}


def test_an_image_shared_by_brands_with_own_images_is_a_placeholder() -> None:
    assert shared_placeholders({**OWN, "powered by": POWERED}) == {"powered by"}


def test_a_franchise_with_one_logo_is_a_brand() -> None:
    names = {"culligan": ITALY, "old": ["culligan-pisa.it"], **OWN}

    assert shared_placeholders(names) == frozenset()


def test_country_sites_of_a_short_name_are_one_brand() -> None:
    names = [f"dhl.{suffix}" for suffix in ("de", "fr", "it", "co.uk")]
    names += [f"dhl-{country}.com" for country in ("peru", "chile", "india")]
    names += ["dhlexpress.be", "www.dhl.com"]

    assert shared_placeholders({"dhl": names}) == frozenset()


def test_a_groups_logo_on_its_trade_marks_sites_is_a_brand() -> None:
    marks = ["annotext.de", "bizfilings.com", "genya.it", "medknow.com", "wolters.com"]

    assert shared_placeholders({"wolters": marks, "other": ["wolters.be"]}) == frozenset()


def test_an_image_shared_by_twenty_unrelated_names_is_a_placeholder() -> None:
    names = [f"{chr(97 + n) * 3}{chr(98 + n) * 3}.com" for n in range(20)]

    assert shared_placeholders({"host": names}) == {"host"}
    assert shared_placeholders({"host": names[:19]}) == frozenset()


def test_names_that_end_in_the_same_brand_are_related() -> None:
    names = [f"{chr(97 + n) * 5}-ford.com" for n in range(25)]

    assert shared_placeholders({"ford": names}) == frozenset()


def test_without_pictures_nothing_is_shared() -> None:
    assert shared_placeholders({}) == frozenset()
    assert shared_placeholders({"empty": []}) == frozenset()
