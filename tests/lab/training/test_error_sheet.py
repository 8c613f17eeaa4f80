"""The sheet of the worst errors."""

from pathlib import Path

import numpy as np

from clustering.lab.training import Picture, error_sheet, store
from clustering.lab.training.store import Store
from tests.lab.training import drawings


def shown(brand: str, source: str) -> Picture:
    return Picture(f":{brand}", f":{brand}", f":{brand}", source, brand)


PICTURES = [shown("a", "one"), shown("b", "one"), shown("a", "two"), shown("b", "two")]
DEGREES = np.radians([0, 60, 50, 20])
ROWS = np.stack([np.cos(DEGREES), np.sin(DEGREES)], axis=1).astype(np.float32)


def test_errors_are_sorted_and_listed_once_per_pair_of_brands() -> None:
    (found,) = error_sheet.worst(ROWS, PICTURES, 5)

    # All four are nearer to the wrong brand; the second :a by most, at 10 degrees, not 50.
    assert (found.query, found.retrieved, found.expected) == (2, 1, 0)
    assert np.isclose(found.excess, np.cos(np.radians(10)) - np.cos(np.radians(50)))


def test_correct_retrievals_are_no_errors() -> None:
    assert error_sheet.worst(ROWS[[0, 1, 3, 2]], PICTURES, 5) == []


def test_the_sheet_shows_three_pictures_per_error(tmp_path: Path) -> None:
    sources = [(picture, drawings.svg(row)) for row, picture in enumerate(PICTURES)]
    store.build(tmp_path, sources, n_decoders=1)

    sheet = error_sheet.sheet(Store(tmp_path), range(4), error_sheet.worst(ROWS, PICTURES, 1))

    assert sheet.size == (5 * (3 * 64 + 4 * 6), 64 + 3 * 6)
    frames = {sheet.getpixel((6 - 2 + place * 70, 6)) for place in range(3)}
    assert frames == {(27, 36, 48), (192, 57, 43), (30, 132, 73)}
