"""Merges bottom-up against scikit-learn's."""

import numpy as np
import pytest
from sklearn.cluster import AgglomerativeClustering
from sklearn.metrics import adjusted_rand_score

from clustering.pipeline.clusterers import agglomerative
from clustering.pipeline.clusterers.agglomerative import Agglomerative, Criterion
from clustering.pipeline.errors import InputError
from clustering.pipeline.neighbours import nearest
from tests.pipeline.planted import groups, unit


@pytest.mark.parametrize("criterion", ["complete", "average"])
def test_the_cut_at_a_distance_is_that_of_scikit_learn(criterion: Criterion) -> None:
    vectors = unit(np.random.default_rng(5).normal(size=(120, 3)))

    found = Agglomerative(criterion, 0.05, min_size=1).fit(vectors, nearest(vectors, 5))

    reference = AgglomerativeClustering(
        None, metric="cosine", linkage=criterion, distance_threshold=0.05
    ).fit_predict(vectors)
    assert adjusted_rand_score(reference, found.labels) == 1.0
    assert 5 < found.labels.max() < 115


@pytest.mark.parametrize("criterion", ["complete", "average", "ward"])
def test_the_cut_at_a_number_of_groups_is_that_of_scikit_learn(criterion: Criterion) -> None:
    vectors = unit(np.random.default_rng(5).normal(size=(120, 3)))

    found = Agglomerative(criterion, n_clusters=9, min_size=1).fit(vectors, nearest(vectors, 5))

    metric = "euclidean" if criterion == "ward" else "cosine"
    reference = AgglomerativeClustering(9, metric=metric, linkage=criterion).fit_predict(vectors)
    assert adjusted_rand_score(reference, found.labels) == 1.0


def test_a_tree_of_too_many_rows_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    vectors, _ = groups([6, 5])
    graph = nearest(vectors, 5)
    monkeypatch.setattr(agglomerative, "TREE_ROWS", 8)

    assert Agglomerative("complete").fit(vectors, graph).labels.tolist() == [0] * 6 + [1] * 5
    with pytest.raises(InputError, match="up to 8 images in one tree, got 11"):
        Agglomerative("ward").fit(vectors, graph)


@pytest.mark.parametrize(
    "options", [{"linkage": "single"}, {"distance": 0.0}, {"n_clusters": -1}, {"min_size": 0}]
)
def test_senseless_options_are_refused(options: dict[str, object]) -> None:
    with pytest.raises(InputError):
        Agglomerative(**options)  # type: ignore[arg-type]  # that is the point
