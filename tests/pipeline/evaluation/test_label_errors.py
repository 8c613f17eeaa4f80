"""Likely label errors: planted errors are ranked first."""

import numpy as np
import pytest
from numpy.typing import NDArray

from clustering.pipeline.evaluation.cluster_similarity import mean_cosines
from clustering.pipeline.evaluation.label_errors import (
    ErrorKind,
    LabelError,
    likely_errors,
)
from clustering.pipeline.neighbours import nearest
from clustering.pipeline.pair_score import PairScore
from tests.pipeline.planted import Floats, groups, unit

Labels = NDArray[np.int64]
BRANDS = ("velmora", "ironoak", "octavio", "petrichor", "vantiq")


@pytest.fixture
def brands() -> tuple[Floats, Labels, list[list[str]]]:
    """Five brands of eight logos, in clusters of their own."""
    vectors, truth = groups([8] * 5, dim=16)
    domains = [[f"{BRANDS[brand]}-{row}.de"] for row, brand in enumerate(truth.tolist())]
    return vectors, truth, domains


def found(
    vectors: Floats, labels: Labels, domains: list[list[str]], top: int = 60
) -> list[LabelError]:
    return likely_errors(vectors, labels, nearest(vectors, 15), domains, PairScore(0.3), top=top)


def test_an_outlier_that_shares_a_word_with_a_neighbour_is_first(
    brands: tuple[Floats, Labels, list[list[str]]],
) -> None:
    vectors, labels, domains = brands
    labels = labels.copy()
    labels[3] = -1

    first = found(vectors, labels, domains)[0]

    assert (first.row, first.why) == (3, ErrorKind.OUTLIER_SHARED_WORD)
    assert labels[first.other] == 0
    assert first.similarity == pytest.approx(float(vectors[3] @ vectors[first.other]), abs=1e-3)


def test_a_member_of_another_brand_by_name_and_image_is_first(
    brands: tuple[Floats, Labels, list[list[str]]],
) -> None:
    vectors, labels, domains = brands
    labels = labels.copy()
    labels[8] = 0

    first = found(vectors, labels, domains)[0]

    assert first.row == 8
    assert first.why is ErrorKind.UNRELATED_DOMAIN


def test_an_ambiguous_row_points_to_the_other_brand(
    brands: tuple[Floats, Labels, list[list[str]]],
) -> None:
    vectors, labels, domains = brands
    halfway = unit((vectors[0] + vectors[8])[np.newaxis] + 0.02 * vectors[16])
    vectors, labels = np.vstack([vectors, halfway]), np.append(labels, 0)
    domains = [*domains, ["velmora-late.de"]]

    first = found(vectors, labels, domains)[0]

    assert first.row == 40
    assert first.why is ErrorKind.FAR_FROM_MEDOID


def test_rows_are_listed_once_and_in_order(
    brands: tuple[Floats, Labels, list[list[str]]],
) -> None:
    vectors, labels, domains = brands
    labels = np.where(np.arange(40) % 7 == 0, -1, labels)

    listed = found(vectors, labels, domains)

    assert len({error.row for error in listed}) == len(listed)
    assert [error.score for error in listed] == sorted((d.score for d in listed), reverse=True)
    assert all(0 <= error.score <= 1 for error in listed)
    assert found(vectors, labels, domains, top=5) == listed[:5]


def test_two_unrelated_rows_of_a_cluster_are_listed_once() -> None:
    vectors = unit(np.array([[1, 0, 0], [0.8, 0.6, 0], [0, 0, 1]], dtype=np.float64))

    listed = found(vectors, np.array([0, 0, -1]), [["alpha.de"], ["kite.fr"], ["zeta.it"]])

    assert [(error.row, error.other, error.why) for error in listed] == [
        (0, 1, ErrorKind.UNRELATED_DOMAIN)
    ]


def test_without_clusters_only_outliers_with_shared_words_are_listed() -> None:
    vectors = unit(np.random.default_rng(2).normal(size=(4, 8)))
    domains = [["nova.de"], ["nova.fr"], ["kite.it"], ["zeta.es"]]

    listed = found(vectors, np.full(4, -1), domains)

    assert [(error.row, error.other) for error in listed] == [(0, 1)]


def test_cluster_similarity_is_the_mean_over_pairs() -> None:
    vectors, labels = groups([4, 3, 1], dim=8)

    cosines = mean_cosines(vectors, labels, np.array([2, 0, 1]))

    assert cosines.shape == (3, 3)
    np.testing.assert_allclose(cosines, cosines.T)
    every = vectors[labels == 0] @ vectors[labels == 1].T
    assert cosines[1, 2] == pytest.approx(float(every.mean()), abs=1e-6)
    own = (vectors[labels == 0] @ vectors[labels == 0].T)[np.triu_indices(4, 1)]
    assert cosines[1, 1] == pytest.approx(float(own.mean()), abs=1e-6)
    assert cosines[0, 0] == 1.0
