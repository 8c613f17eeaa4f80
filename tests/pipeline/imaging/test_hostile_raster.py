"""Hostile raster files end with a clear outcome and leave the decoder as it was."""

import sys

import pytest

from clustering.pipeline.errors import ImageError
from clustering.pipeline.imaging.decoder import LIMITS, Decoder
from clustering.pipeline.sandbox import Pool
from tests.pipeline.imaging.hostile_raster import refused, survived

REFUSED = refused()
SURVIVED = survived()


@pytest.mark.parametrize("name", REFUSED)
def test_a_hostile_file_is_refused(decoder: Decoder, name: str) -> None:
    with pytest.raises(ImageError) as refusal:
        decoder.decode(REFUSED[name])

    assert refusal.value.code == "bad_image"


@pytest.mark.parametrize("name", SURVIVED)
def test_the_first_frame_of_an_odd_file_is_taken(decoder: Decoder, name: str) -> None:
    image = decoder.decode(SURVIVED[name])

    assert (image.width, image.height) == (64, 64)


@pytest.mark.skipif(sys.platform != "linux", reason="reads the peak memory from /proc")
def test_no_hostile_file_costs_the_decoder_its_child() -> None:
    with Pool("tests.pipeline.imaging.targets:outcome", 1, LIMITS) as pool:
        answers = [pool.call({}, body)[0] for body in REFUSED.values()]

    assert {answer["code"] for answer in answers} == {"bad_image"}
    assert len({answer["pid"] for answer in answers}) == 1
    assert max(answer["peak_bytes"] for answer in answers) < 150 << 20
