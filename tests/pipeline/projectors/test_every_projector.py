"""What every projector promises, over all registered names."""

import numpy as np
import pytest

from clustering.pipeline.errors import InputError
from clustering.pipeline.neighbours import nearest
from clustering.pipeline.projectors import DEFAULT, PROJECTORS
from clustering.pipeline.projectors.umap import Umap, spread
from tests.pipeline.planted import Floats, groups, rotated


def place(name: str, vectors: Floats, **options: int) -> Floats:
    projector = PROJECTORS.create(name, **options)
    return projector.fit_transform(vectors, nearest(vectors, 15))


@pytest.mark.parametrize("name", sorted(PROJECTORS))
@pytest.mark.parametrize("n_rows", [1, 2, 3, 5, 9, 10, 11, 60])
def test_any_number_of_rows_gets_finite_places(name: str, n_rows: int) -> None:
    vectors, _ = groups([n_rows])

    placed = place(name, vectors)

    assert placed.shape == (n_rows, 2)
    assert placed.dtype == np.float32
    assert np.isfinite(placed).all()


@pytest.mark.parametrize("name", sorted(PROJECTORS))
@pytest.mark.parametrize("n_rows", [4, 40])
def test_copies_of_one_logo_get_finite_places(name: str, n_rows: int) -> None:
    assert np.isfinite(place(name, np.repeat(rotated(30), n_rows, axis=0))).all()


@pytest.mark.parametrize("name", sorted(PROJECTORS))
def test_the_same_seed_gives_the_same_bytes_and_another_seed_another_map(name: str) -> None:
    vectors, _ = groups([20, 20, 20])

    first, again = place(name, vectors), place(name, vectors)

    assert first.tobytes() == again.tobytes()
    assert first.tobytes() != place(name, vectors, random_state=7).tobytes()


@pytest.mark.parametrize("name", sorted(PROJECTORS))
def test_groups_stay_together_on_the_map(name: str) -> None:
    vectors, truth = groups([20, 20, 20])

    placed = place(name, vectors)

    nearest_on_map = np.argsort(np.linalg.norm(placed[:, None] - placed[None], axis=2))[:, 1]
    assert (truth[nearest_on_map] == truth).mean() > 0.95


def test_the_default_is_registered() -> None:
    assert DEFAULT in PROJECTORS


def test_few_rows_lie_on_their_main_axes() -> None:
    placed = Umap().fit_transform(rotated(0, 90), nearest(rotated(0, 90), 2))

    np.testing.assert_allclose(np.abs(placed[:, 0]), [10, 10], atol=1e-4)
    np.testing.assert_allclose(placed[:, 1], [0, 0], atol=1e-4)


def test_a_place_that_is_not_finite_goes_to_the_middle() -> None:
    placed = spread(np.array([[0, 0], [2, 4], [np.nan, 1], [4, 2]], dtype=np.float32))

    assert placed.tolist() == [[0, 0], [2, 4], [2, 2], [4, 2]]


@pytest.mark.parametrize("options", [{"n_neighbors": 1}, {"min_dist": 1.5}])
def test_senseless_options_are_refused(options: dict[str, int]) -> None:
    with pytest.raises(InputError):
        Umap(**options)
