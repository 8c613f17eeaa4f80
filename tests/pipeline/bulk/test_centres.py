"""The index of centres finds nearly what comparing all of them finds."""

import numpy as np
from numpy.typing import NDArray

from clustering.pipeline.bulk.centres import EXACT_CENTRES, Centres
from clustering.pipeline.embedders.stored import unit_rows
from clustering.pipeline.neighbours import most_similar


def _brands(n_brands: int, n_each: int) -> NDArray[np.float32]:
    generator = np.random.default_rng(3)
    looks = generator.normal(size=(n_brands, 32))
    rows = np.repeat(looks, n_each, axis=0) + 0.3 * generator.normal(size=(n_brands * n_each, 32))
    return unit_rows(rows.astype(np.float32))


def test_few_centres_are_all_compared() -> None:
    rows = _brands(200, 6)
    centres = rows[::2][:EXACT_CENTRES]

    assert np.array_equal(Centres(centres).nearest(rows, 4), most_similar(rows, centres, 4)[0])


def test_the_nearest_of_many_centres_are_found() -> None:
    rows = _brands(800, 10)
    centres = rows[::2]

    found = Centres(centres).nearest(rows, 4)

    best = most_similar(rows, centres, 4)[0]
    assert found.shape == best.shape
    assert (found[:, 0] == best[:, 0]).mean() > 0.98
    shared = [len(np.intersect1d(*pair)) for pair in zip(found, best, strict=True)]
    assert np.mean(shared) > 0.9 * 4


def test_each_row_has_different_centres_where_all_are_copies() -> None:
    copies = np.repeat(_brands(1, 1), 2 * EXACT_CENTRES, axis=0)

    found = Centres(copies).nearest(copies[:50], 4)

    assert all(len(set(row)) == 4 for row in found.tolist())


def test_there_may_be_fewer_centres_than_asked_for() -> None:
    rows = _brands(3, 1)

    assert np.sort(Centres(rows).nearest(rows, 4), axis=1).tolist() == [[0, 1, 2]] * 3


def test_no_rows_have_no_centres() -> None:
    rows = _brands(3, 1)

    assert Centres(rows).nearest(rows[:0], 4).shape == (0, 3)
