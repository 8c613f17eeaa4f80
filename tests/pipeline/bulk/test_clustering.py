"""Clustering in shards gives the labels of one process."""

from pathlib import Path

import numpy as np
import pytest

from clustering.lab.bench.bulk.planting import plan_for
from clustering.lab.bench.clustering.running import adjusted_rand, apart
from clustering.pipeline.bulk import cells, groups, running
from clustering.pipeline.bulk.engines import Inline
from clustering.pipeline.bulk.images import image_table
from clustering.pipeline.bulk.plan import Plan
from clustering.pipeline.bulk.shape import IMAGES, shape_of
from clustering.pipeline.bulk.store import Store
from clustering.pipeline.errors import InputError
from clustering.pipeline.member_confidence import member_confidence
from tests.pipeline import planted
from tests.pipeline.bulk.runs import digests, in_process, labels_of, small_run

pytestmark = pytest.mark.slow


def test_labels_and_probabilities_are_those_of_one_process(tmp_path: Path) -> None:
    logos = small_run(tmp_path, 5_000, cell_rows=1_000)

    running.run(str(tmp_path), Inline())

    shape = shape_of(Store(str(tmp_path)), Plan.load(Store(str(tmp_path))))
    assert shape.n_cells == 20
    assert shape.n_cell_partitions == 14
    assert shape.n_component_partitions == 4
    assert len(shape.groups) == 4
    expected = in_process(logos)
    labels, probabilities = labels_of(tmp_path)
    assert labels.tolist() == expected.tolist()
    strangers = [[f"{row:04d}.de"] for row in range(len(labels))]
    confidence = member_confidence(logos.vectors, labels, strangers, plan_for(1).distance)
    np.testing.assert_allclose(probabilities, confidence, atol=1e-4)


def test_small_cells_hardly_change_the_labels(tmp_path: Path) -> None:
    logos = small_run(tmp_path, 4_000)

    running.run(str(tmp_path), Inline())

    found = labels_of(tmp_path)[0]
    assert adjusted_rand(found, apart(in_process(logos))) > 0.999


def test_the_files_are_the_same_when_a_run_is_resumed(tmp_path: Path) -> None:
    small_run(tmp_path, 2_500)
    running.run(str(tmp_path), Inline())
    before = digests(tmp_path)
    for name in list(before)[::3]:
        if not name.startswith(("images", "plan")):
            (tmp_path / name).unlink()
    (tmp_path / "links" / ".000001.parquet.dead").write_bytes(b"half a file")

    running.run(str(tmp_path), Inline())

    assert digests(tmp_path) == before


def test_only_what_is_missing_is_computed(tmp_path: Path) -> None:
    small_run(tmp_path, 2_500)
    running.run(str(tmp_path), Inline())
    (tmp_path / "labels" / "000001.parquet").unlink()
    told: list[running.StageProgress] = []

    running.run(str(tmp_path), Inline(), told.append)

    assert [(one.stage, one.n_done, one.n_tasks) for one in told] == [("labels", 2, 2)]


def _one_shard(
    folder: Path, vectors: planted.Floats, cell_rows: int = 1_000, **columns: list[int]
) -> list[int]:
    n_rows = len(vectors)
    table = image_table(
        vectors,
        np.arange(n_rows, dtype=np.uint64) << np.uint64(20),
        np.array(columns.get("n_domains", [1] * n_rows)),
        np.array(columns.get("is_placeholder", [0] * n_rows), dtype=np.bool_),
    )
    store = Store(str(folder))
    store.write(IMAGES, 0, [table])
    plan_for(1, cell_rows=cell_rows).save(store)
    running.run(str(folder), Inline())
    return [int(label) for label in labels_of(folder)[0]]


def test_an_image_of_several_domains_is_a_cluster(tmp_path: Path) -> None:
    vectors = planted.groups([1, 1, 2])[0]

    assert _one_shard(tmp_path, vectors, n_domains=[1, 5, 1, 1]) == [-1, 0, 1, 1]


def test_placeholders_join_no_cluster(tmp_path: Path) -> None:
    vectors = planted.groups([3, 2])[0]

    found = _one_shard(
        tmp_path, vectors, n_domains=[1, 9, 1, 1, 1], is_placeholder=[0, 1, 0, 0, 0]
    )

    assert found == [0, -1, 0, 1, 1]


def test_all_images_of_a_shard_may_be_placeholders(tmp_path: Path) -> None:
    vectors = np.eye(4, 32, dtype=np.float32)
    _one_shard(tmp_path, vectors, n_domains=[9] * 4, is_placeholder=[1] * 4)

    assert labels_of(tmp_path)[0].tolist() == [-1] * 4


def test_no_images_at_all_is_an_input_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no site has a logo"):
        _one_shard(tmp_path, np.empty((0, 8), np.float32))


def test_links_join_components_of_earlier_links() -> None:
    lowest = np.arange(6, dtype=np.int32)

    first = groups.joined(lowest, np.array([[1, 5], [0, 4]]))
    second = groups.joined(first, np.array([[4], [1]]))

    assert first.tolist() == [0, 0, 2, 3, 4, 4]
    assert second.tolist() == [0, 0, 2, 3, 0, 0]


def test_the_parts_of_a_huge_cell_are_joined_through_other_cells(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cells, "MAX_CELL_ROWS", 64)
    vectors, truth = planted.groups([900, 300])

    found = _one_shard(tmp_path, vectors, cell_rows=400)

    assert found == truth.tolist()


def test_large_looks_of_a_brand_that_share_no_cell_are_joined(tmp_path: Path) -> None:
    generator = np.random.default_rng(5)
    looks = np.array([[1.0, 0.58, 0.0], [1.0, 0.0, 0.58]])  # a mean distance of 0.266
    rows = np.zeros((1_200, 64))
    rows[:, :3] = np.repeat(looks, 600, axis=0)
    vectors = planted.unit(rows + generator.normal(scale=0.02, size=rows.shape))

    found = _one_shard(tmp_path, vectors, cell_rows=100)

    in_cells = Store(str(tmp_path)).read("cells", 0)
    sharing = set(
        zip(in_cells["cell"].to_pylist(), in_cells["row"].to_numpy() // 600, strict=True)
    )
    assert len(sharing) == len({cell for cell, _ in sharing}) == 48
    assert found == [0] * 1_200


def test_a_folder_takes_one_plan(tmp_path: Path) -> None:
    store = Store(str(tmp_path))
    plan_for(3).save(store)
    plan_for(3).save(store)

    with pytest.raises(InputError, match="another bulk run"):
        plan_for(4).save(store)
