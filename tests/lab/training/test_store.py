"""The store of decoded pictures."""

from pathlib import Path

import numpy as np
import pytest

from clustering.lab.training import Picture, store
from clustering.lab.training.store import Store
from tests.lab.training import drawings


def picture(name: str) -> Picture:
    return Picture(f":{name}", f":{name}", f":{name}", "set", name)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("store")
    wide = drawings.svg(1).replace(b'"0 0 24 24"', b'"0 0 240 24"')
    blank = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"/>'
    sources = [
        (picture("round"), drawings.svg(0)),
        (picture("blank"), blank),
        (picture("broken"), b"<html>no image"),
        (picture("wide"), wide),
    ]
    assert store.build(folder, sources, n_decoders=1) == 2
    return folder


def test_blank_and_broken_pictures_are_skipped(folder: Path) -> None:
    assert [entry.picture.name for entry in Store(folder).entries] == ["round", "wide"]


def test_stored_pixels_have_no_transparent_margin(folder: Path) -> None:
    held = Store(folder)

    first = held.image(0)

    assert first.mode == "RGBA"
    assert first.size == (held.entries[0].width, held.entries[0].height)
    assert first.width * first.height <= store.AREA_PX
    assert np.asarray(first)[:, :, 3].max(axis=1).min() > 0


def test_a_folder_is_complete_only_with_its_index(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "pixels.bin").touch()

    assert store.is_complete(folder)
    assert not store.is_complete(tmp_path)
