"""Hostile SVGs end with a clear outcome, leak nothing, and leave the decoder as it was."""

from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from clustering.pipeline.errors import ImageError
from clustering.pipeline.imaging.decoder import Decoder
from tests.pipeline.imaging.hostile_svg import CANARY, empty, harmless, refused, svg

REFUSED = refused()
ANYWHERE = Path("/canary.png")


@pytest.mark.parametrize("name", REFUSED)
def test_a_hostile_svg_is_refused(decoder: Decoder, name: str) -> None:
    with pytest.raises(ImageError) as refusal:
        decoder.decode(REFUSED[name])

    assert refusal.value.code == "bad_image"


@pytest.mark.parametrize("name", empty(ANYWHERE))
def test_what_an_svg_refers_to_outside_itself_is_not_drawn(
    decoder: Decoder, canary: Path, name: str
) -> None:
    with pytest.raises(ImageError) as refusal:
        decoder.decode(empty(canary)[name])

    assert refusal.value.code == "empty_image"


@pytest.mark.parametrize("name", harmless(ANYWHERE))
def test_an_svg_is_drawn_without_its_hostile_parts(
    decoder: Decoder, canary: Path, name: str
) -> None:
    image = decoder.decode(harmless(canary)[name])

    assert image.media_type == "image/svg+xml"
    assert (image.width, image.height) == (512, 512)
    assert not has_canary(image.png)


def test_the_canary_is_found_where_it_is(decoder: Decoder) -> None:
    image = decoder.decode(svg("<rect width='50' height='50' fill='#ff00fe'/>"))

    assert has_canary(image.png)


def has_canary(png: bytes) -> bool:
    pixels = np.asarray(Image.open(BytesIO(png)).convert("RGB"))
    return bool((pixels == np.array(CANARY)).all(axis=2).any())
