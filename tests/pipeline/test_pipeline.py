"""A whole run: duplicates stay together, placeholders are outliers, all have coordinates."""

import numpy as np
import pytest
from numpy.typing import NDArray

from clustering.pipeline.clusterers import CLUSTERERS
from clustering.pipeline.clusterers.calibration import Distances
from clustering.pipeline.errors import TooFewLogos
from clustering.pipeline.pipeline import Grouping, Shown, group
from clustering.pipeline.projectors import PROJECTORS
from tests.pipeline.planted import Floats, groups, rotated

FAR_HASHES = [0x1111 << (4 * n) for n in range(13)]


def shown(phashes: list[int], *, placeholders: tuple[int, ...] = ()) -> list[Shown]:
    return [
        Shown((f"{row}.example",), phash, row in placeholders) for row, phash in enumerate(phashes)
    ]


def grouped(
    vectors: Floats,
    logos: list[Shown],
    clusterer: str = "agglomerative",
    earlier: NDArray[np.float32] | None = None,
    *,
    may_keep_map: bool = False,
) -> Grouping:
    return group(
        vectors,
        logos,
        clusterer=CLUSTERERS.create(clusterer),
        projector=PROJECTORS.create("pca"),
        distances=Distances(copies=0.05),
        earlier=earlier,
        may_keep_map=may_keep_map,
    )


@pytest.mark.parametrize("clusterer", sorted(CLUSTERERS))
def test_copies_are_never_separated(clusterer: str) -> None:
    vectors = rotated(0, 5, 10, 15, 90, 92)
    one_logo = [0, 1, 3, 7, 0xFF00, 0xFF000000]

    found = grouped(vectors, shown(one_logo), clusterer)

    assert len(set(found.labels[:4].tolist())) == 1
    assert found.labels[0] >= 0
    assert found.metrics["n_near_duplicates"] == 3


def test_copies_count_for_the_size_of_their_cluster() -> None:
    found = grouped(rotated(0, 5, 90), shown([0, 1, 0xFF00]))

    assert found.labels.tolist() == [0, 0, -1]
    assert found.groups[0].size == 2


def test_clusters_of_one_size_are_numbered_by_their_first_row() -> None:
    vectors = rotated(0, 90, 4, 2, 92, 88)  # the middle copy, rows 3 and 1, represents

    found = grouped(vectors, shown([0, 0xFF00, 1, 3, 0xFF01, 0xFF03]))

    assert found.labels.tolist() == [0, 1, 0, 0, 1, 1]


def test_placeholders_are_outliers_with_map_coordinates() -> None:
    vectors = rotated(0, 20, 40, 20)

    found = grouped(vectors, shown(FAR_HASHES[:4], placeholders=(1, 3)))

    assert found.labels.tolist() == [0, -1, 0, -1]
    assert found.probabilities[[1, 3]].tolist() == [0.0, 0.0]
    assert np.isfinite(found.coordinates).all()
    np.testing.assert_allclose(found.coordinates[1], found.coordinates[3], atol=1e-4)


def test_placeholders_alone_still_have_a_map() -> None:
    found = grouped(rotated(0, 20), shown([1, 2], placeholders=(0, 1)))

    assert found.labels.tolist() == [-1, -1]
    assert found.groups == ()
    assert np.isfinite(found.coordinates).all()


def test_a_copy_lies_beside_its_original() -> None:
    found = grouped(rotated(0, 2, 90, 180), shown([0, 1, 0xFF00, 0xFF000000]))

    apart = np.linalg.norm(found.coordinates[0] - found.coordinates[1])
    assert 0 < apart < 0.01 * np.ptp(found.coordinates)


def test_a_new_map_is_aligned_with_the_previous_one() -> None:
    vectors, _ = groups([4, 4, 4])
    first = grouped(vectors[:11], shown(FAR_HASHES[:11]))
    turned = first.coordinates @ np.array([[0, -2], [2, 0]], dtype=np.float32)
    earlier = np.vstack([turned, [[np.nan, np.nan]]]).astype(np.float32)

    again = grouped(vectors, shown(FAR_HASHES[:12]), earlier=earlier)

    moved = np.linalg.norm(again.coordinates[:11] - turned, axis=1)
    assert np.median(moved) < 0.02 * np.ptp(turned)


def test_most_places_of_the_previous_map_are_kept() -> None:
    vectors, _ = groups([4, 4, 4])
    first = grouped(vectors[:11], shown(FAR_HASHES[:11]))
    earlier = np.vstack([first.coordinates, [[np.nan, np.nan]]]).astype(np.float32)

    again = grouped(vectors, shown(FAR_HASHES[:12]), earlier=earlier, may_keep_map=True)

    assert np.array_equal(again.coordinates[:11], first.coordinates)
    apart = np.linalg.norm(again.coordinates[:11] - again.coordinates[11], axis=1)
    assert int(np.argmin(apart)) in {8, 9, 10}  # of its own group


def test_the_same_input_gives_the_same_bytes() -> None:
    vectors, _ = groups([4, 4, 4])

    first, again = (grouped(vectors, shown(FAR_HASHES[:12])) for _ in range(2))

    assert first.labels.tobytes() == again.labels.tobytes()
    assert first.coordinates.tobytes() == again.coordinates.tobytes()


def test_one_image_of_several_domains_is_one_cluster() -> None:
    found = grouped(rotated(0), [Shown(("a.de", "b.de", "c.de"), 0, is_placeholder=False)])

    assert found.labels.tolist() == [0]
    assert [(one.size, one.cohesion) for one in found.groups] == [(3, 1.0)]
    assert found.metrics["n_outliers"] == 0


def test_one_placeholder_of_several_domains_is_an_outlier() -> None:
    found = grouped(rotated(0), [Shown(("a.de", "b.de"), 0, is_placeholder=True)])

    assert found.labels.tolist() == [-1]
    assert found.groups == ()


@pytest.mark.parametrize("clusterer", sorted(CLUSTERERS))
def test_copies_alone_are_one_cluster(clusterer: str) -> None:
    found = grouped(rotated(0, 1, 2), shown([0, 1, 3]), clusterer)

    assert found.labels.tolist() == [0, 0, 0]


def test_one_logo_is_too_few() -> None:
    with pytest.raises(TooFewLogos):
        grouped(rotated(0), shown([0]))
