"""Contract of every registered projector."""

import numpy as np
import pytest

from clustering.pipeline.errors import InputError
from clustering.pipeline.neighbours import nearest
from clustering.pipeline.projectors import DEFAULT, PROJECTORS, umap
from clustering.pipeline.projectors.umap import Umap
from tests.pipeline.planted import Floats, groups, rotated

pytestmark = pytest.mark.slow


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
def test_the_same_seed_gives_the_same_bytes(name: str) -> None:
    vectors, _ = groups([20, 20, 20])

    assert place(name, vectors).tobytes() == place(name, vectors).tobytes()


@pytest.mark.parametrize("name", ["umap", "tsne"])
def test_another_seed_gives_another_map(name: str) -> None:
    vectors, _ = groups([20, 20, 20])

    assert place(name, vectors).tobytes() != place(name, vectors, random_state=7).tobytes()


@pytest.mark.parametrize("name", sorted(PROJECTORS))
def test_new_rows_find_their_own_group_on_a_map_that_was_turned_since(name: str) -> None:
    vectors, truth = groups([20, 20, 20])
    known, new = np.arange(60) % 5 > 0, np.arange(60) % 5 == 0
    old = place(name, vectors[known]) @ np.array([[0, 3], [-3, 0]], dtype=np.float32) + 7

    placed = PROJECTORS.create(name).transform(vectors[new], vectors[known], old)

    nearest_on_map = np.argmin(np.linalg.norm(placed[:, None] - old[None], axis=2), axis=1)
    assert (truth[known][nearest_on_map] == truth[new]).all()
    assert placed.dtype == np.float32


@pytest.mark.parametrize("name", sorted(PROJECTORS))
def test_no_new_rows_need_no_places(name: str) -> None:
    placed = PROJECTORS.create(name).transform(rotated(0)[:0], rotated(0, 9), rotated(0, 9))

    assert placed.shape == (0, 2)


@pytest.mark.parametrize("name", ["umap", "tsne"])
def test_a_graph_of_too_few_neighbours_is_widened(name: str) -> None:
    vectors, _ = groups([20, 20, 20])

    placed = PROJECTORS.create(name).fit_transform(vectors, nearest(vectors, 3))

    assert placed.tobytes() == place(name, vectors).tobytes()


@pytest.mark.parametrize("name", ["umap", "tsne"])
def test_rows_with_fewer_neighbours_than_asked_for_are_placed(name: str) -> None:
    vectors, _ = groups([20, 20, 20])
    graph = nearest(vectors, 15)
    graph.indices[:9, 6:], graph.distances[:9, 6:] = -1, np.inf

    assert np.isfinite(PROJECTORS.create(name).fit_transform(vectors, graph)).all()


@pytest.mark.parametrize("name", sorted(PROJECTORS))
def test_groups_stay_together_on_the_map(name: str) -> None:
    vectors, truth = groups([20, 20, 20])

    placed = place(name, vectors)

    nearest_on_map = np.argsort(np.linalg.norm(placed[:, None] - placed[None], axis=2))[:, 1]
    assert (truth[nearest_on_map] == truth).mean() > 0.95


def test_many_rows_start_on_their_main_axes_and_groups_stay_together(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    vectors, truth = groups([30, 30, 30])
    monkeypatch.setattr(umap, "SPECTRAL_ROWS", 60)

    placed = place("umap", vectors)

    nearest_on_map = np.argsort(np.linalg.norm(placed[:, None] - placed[None], axis=2))[:, 1]
    assert (truth[nearest_on_map] == truth).mean() > 0.95
    assert placed.tobytes() == place("umap", vectors).tobytes()


def test_the_default_is_registered() -> None:
    assert DEFAULT in PROJECTORS


def test_few_rows_lie_on_their_main_axes() -> None:
    placed = Umap().fit_transform(rotated(0, 90), nearest(rotated(0, 90), 2))

    np.testing.assert_allclose(np.abs(placed[:, 0]), [10, 10], atol=1e-4)
    np.testing.assert_allclose(placed[:, 1], [0, 0], atol=1e-4)


@pytest.mark.parametrize(
    ("name", "options"),
    [("umap", {"n_neighbors": 1}), ("umap", {"min_dist": 1.5}), ("tsne", {"n_neighbors": 1})],
)
def test_senseless_options_are_refused(name: str, options: dict[str, float]) -> None:
    with pytest.raises(InputError):
        PROJECTORS.create(name, **options)
