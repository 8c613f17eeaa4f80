"""Hostile raster files: outcome codes, process limits, survival of the child."""

import sys

import pytest

from clustering.pipeline.errors import ImageError
from clustering.pipeline.imaging.decoder import LIMITS, Decoder
from clustering.pipeline.sandbox import Pool
from tests.pipeline.imaging.hostile_raster import KINDS, largest, partial, refused, survived
from tests.pipeline.imaging.raster_files import damaged, saved

pytestmark = pytest.mark.slow


OUTCOME = "tests.pipeline.imaging.targets:outcome"
REFUSED = refused()
SURVIVED = survived()
PARTIAL = partial()


@pytest.mark.parametrize("name", REFUSED)
def test_a_hostile_file_is_refused(decoder: Decoder, name: str) -> None:
    with pytest.raises(ImageError) as refusal:
        decoder.decode(REFUSED[name])

    assert refusal.value.code == "bad_image"


@pytest.mark.parametrize("name", SURVIVED)
def test_the_first_frame_of_an_odd_file_is_taken(decoder: Decoder, name: str) -> None:
    image = decoder.decode(SURVIVED[name])

    assert (image.width, image.height) == (64, 64)


@pytest.mark.parametrize("name", PARTIAL)
def test_the_first_rows_of_a_truncated_file_are_taken(decoder: Decoder, name: str) -> None:
    image = decoder.decode(PARTIAL[name])

    assert (image.width, image.height) == (256, 256)


@pytest.mark.skipif(sys.platform != "linux", reason="reads the peak memory from /proc")
def test_no_hostile_file_costs_the_decoder_its_child() -> None:
    files = [*REFUSED.values(), *SURVIVED.values(), *PARTIAL.values()]
    with Pool(OUTCOME, 1, LIMITS, recycle_after=len(files) + 1) as pool:
        answers = [pool.call({}, body)[0] for body in files]

    assert {answer["code"] for answer in answers} == {"bad_image", "ok"}
    assert len({answer["pid"] for answer in answers}) == 1
    assert max(answer["peak_bytes"] for answer in answers) < 150 << 20


@pytest.mark.parametrize("kind", KINDS)
def test_damaged_files_never_cost_the_decoder_its_child(kind: str) -> None:
    files = damaged(saved(kind), 200)
    with Pool(OUTCOME, 1, LIMITS, recycle_after=len(files) + 1) as pool:
        answers = [pool.call({}, body)[0] for body in files]

    assert {answer["code"] for answer in answers} <= {"bad_image", "empty_image", "ok"}
    assert len({answer["pid"] for answer in answers}) == 1


@pytest.mark.skipif(sys.platform != "linux", reason="reads the peak memory from /proc")
def test_the_largest_pictures_fit_into_a_child() -> None:
    """The same pid also shows that no file exceeded the CPU limit."""
    with Pool(OUTCOME, 1, LIMITS) as pool:
        answers = [pool.call({}, body)[0] for body in largest().values()]

    assert {answer["code"] for answer in answers} == {"ok"}
    assert len({answer["pid"] for answer in answers}) == 1
    assert max(answer["peak_bytes"] for answer in answers) < 600 << 20
