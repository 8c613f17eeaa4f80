"""Shared decoder; canary file on disk whose colour must never be rendered."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from clustering.pipeline.imaging.decoder import Decoder
from tests.pipeline.imaging.svg_files import CANARY


@pytest.fixture(scope="session")
def decoder() -> Iterator[Decoder]:
    with Decoder() as made:
        yield made


@pytest.fixture(scope="session")
def canary(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("canary") / "canary.png"
    Image.new("RGB", (16, 16), CANARY).save(path)
    return path
