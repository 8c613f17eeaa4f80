"""Hostile SVGs: outcome codes, no external access, survival of the child."""

import socket
import sys
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from clustering.pipeline.errors import ChildDied, ImageError
from clustering.pipeline.imaging.decoder import LIMITS, Decoder, normalise_bytes
from clustering.pipeline.sandbox import Pool
from tests.pipeline.imaging.hostile_links import costly, empty, harmless
from tests.pipeline.imaging.hostile_svg import refused
from tests.pipeline.imaging.svg_files import CANARY, HTTP, SHAPE, svg

pytestmark = pytest.mark.slow


REFUSED = refused()
COSTLY = costly()
OUTCOME = "tests.pipeline.imaging.targets:outcome"
ANYWHERE = Path("/canary.png")
ALLOWED_CODES = {"bad_image", "empty_image", "timeout", "memory", "crashed"}


@pytest.mark.parametrize("name", REFUSED)
def test_a_hostile_svg_is_refused(decoder: Decoder, name: str) -> None:
    with pytest.raises(ImageError) as refusal:
        decoder.decode(REFUSED[name])

    assert refusal.value.code == "bad_image"


@pytest.mark.parametrize("name", empty(ANYWHERE))
def test_external_references_of_an_svg_are_not_drawn(
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
    assert max(image.width, image.height) == 512
    assert not has_canary(image.png)


@pytest.fixture(scope="module")
def hasty() -> Iterator[Decoder]:
    """A decoder with a fifth of the CPU limit."""
    with Decoder(limits=replace(LIMITS, cpu_seconds=1)) as made:
        yield made


@pytest.mark.parametrize("name", COSTLY)
def test_a_costly_svg_ends_with_its_child_and_the_next_one_is_drawn(
    hasty: Decoder, name: str
) -> None:
    with pytest.raises((ImageError, ChildDied)) as ended:
        hasty.decode(COSTLY[name])

    assert ended.value.code in ALLOWED_CODES
    assert hasty.decode(svg(SHAPE + "<circle r='9' fill='red'/>")).width == 512


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as made:
        made.settimeout(0.0)
        yield made


def test_no_svg_causes_network_access(canary: Path, listener: socket.socket) -> None:
    """Decodes in this process, because a child has no network."""
    here = f"http://127.0.0.1:{listener.getsockname()[1]}".encode()
    files = (REFUSED | empty(canary) | harmless(canary)).values()
    leading_there = [file.replace(HTTP.encode(), here) for file in files if HTTP.encode() in file]

    for file in leading_there:
        try:
            normalise_bytes(file)
        except ImageError:
            continue

    assert len(leading_there) > 20
    with pytest.raises(BlockingIOError):
        listener.accept()


@pytest.mark.skipif(sys.platform != "linux", reason="reads the peak memory from /proc")
def test_no_hostile_svg_costs_the_decoder_its_child(canary: Path) -> None:
    files = REFUSED | empty(canary) | harmless(canary)
    with Pool(OUTCOME, 1, LIMITS, recycle_after=len(files) + 1) as pool:
        answers = [pool.call({}, body)[0] for body in files.values()]

    assert {answer["code"] for answer in answers} == {"ok", "bad_image", "empty_image"}
    assert len({answer["pid"] for answer in answers}) == 1
    assert max(answer["peak_bytes"] for answer in answers) < 256 << 20


def test_the_canary_is_found_where_it_is(decoder: Decoder) -> None:
    image = decoder.decode(svg("<rect width='50' height='50' fill='#ff00fe'/>"))

    assert has_canary(image.png)


def has_canary(png: bytes) -> bool:
    pixels = np.asarray(Image.open(BytesIO(png)).convert("RGB"))
    return bool((pixels == np.array(CANARY)).all(axis=2).any())
