"""Parameter search: settings tried, and the choice."""

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from clustering.pipeline.clusterers import CLUSTERERS
from clustering.pipeline.clusterers.agglomerative import Linkage
from clustering.pipeline.clusterers.calibration import Choice
from clustering.pipeline.errors import InputError, TooFewLogos
from clustering.pipeline.neighbours import condensed_distances, nearest
from clustering.pipeline.tuning import LOGO_GRID, Grid, scoring_rules
from clustering.pipeline.tuning import search as module
from clustering.pipeline.tuning.choice import is_clearly_better, is_confirmed
from clustering.pipeline.tuning.cuts import SWEEP, by_neighbours, by_tree, plateau
from clustering.pipeline.tuning.scoring_rules import TuningData
from clustering.pipeline.tuning.search import Search, search
from tests.pipeline.planted import rotated, unit

SMALL = Grid((2, 3), (1, 2), ("euclidean",), (0.0, 0.5), ("eom",))
DEFAULT = Choice("agglomerative", {"linkage": "average", "distance_threshold": 0.3})
SIZES = [9, 7, 6, 5, 4, 3, 2, 2]


def brands(*, n_strangers: int = 10) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Groups with renditions that lie well apart (0.05 to 0.3), and strangers."""
    generator = np.random.default_rng(11)
    centres = unit(generator.normal(size=(len(SIZES), 96)))
    truth = np.repeat(np.arange(len(SIZES)), SIZES)
    members = centres[truth] + generator.normal(scale=0.045, size=(len(truth), 96))
    vectors = np.concatenate([unit(members), unit(generator.normal(size=(n_strangers, 96)))])
    return vectors.astype(np.float32), np.concatenate([truth, np.full(n_strangers, -1)])


def evidence(
    vectors: NDArray[np.float32],
    *,
    weights: Sequence[int] | None = None,
    decided: Sequence[int] | None = None,
) -> TuningData:
    n_rows = len(vectors)
    return TuningData(
        vectors,
        np.array(weights if weights is not None else [1] * n_rows, dtype=np.int64),
        np.array(decided if decided is not None else [-1] * n_rows, dtype=np.int64),
    )


@pytest.fixture(scope="module")
def found() -> Search:
    return search(evidence(brands()[0]), default=DEFAULT, grid=SMALL, n_clusters=(3, 8, 16))


@pytest.mark.parametrize("link", ["single", "average"])
def test_every_distance_of_the_sweep_gives_the_clusterers_own_labels(
    found: Search, link: Linkage
) -> None:
    vectors, _ = brands()
    graph = nearest(vectors, 15)

    for cut, labels in zip(SWEEP, found.labels[link], strict=True):
        run = CLUSTERERS.create("agglomerative", distance_threshold=cut, linkage=link)
        assert np.array_equal(run.fit(vectors, graph), labels), cut


def test_the_sweep_along_the_graph_gives_the_groups_of_the_tree() -> None:
    vectors, _ = brands()

    exact = by_tree(condensed_distances(vectors), "single")
    sparse = by_neighbours(vectors, nearest(vectors, 4))

    for one, other in zip(exact, sparse, strict=True):
        assert len(np.unique(one)) == len(np.unique(other)) == len(np.unique(one * 999 + other))


def test_the_choice_finds_planted_brands(found: Search) -> None:
    vectors, truth = brands()
    chosen = found.report.chosen
    labels = CLUSTERERS.create(chosen.clusterer, **chosen.params).fit(
        vectors, nearest(vectors, 15)
    )

    assert chosen.n_clusters == len(SIZES)
    assert chosen.n_outliers == 10
    assert ((labels >= 0) == (truth >= 0)).all()
    assert "default" in found.report.why


def test_figures_count_domains_not_images() -> None:
    vectors = rotated(0, 1, 90, 91, 180)

    points = search(
        evidence(vectors, weights=[5, 1, 1, 1, 3]), default=DEFAULT, grid=SMALL
    ).report.sweeps

    last = points["single"][0]
    assert (last.n_clusters, last.n_outliers, last.largest) == (3, 0, 6)


def test_a_grid_is_reported_as_a_run_would_give_it(found: Search) -> None:
    vectors, _ = brands()

    for candidate in found.report.grid:
        labels = CLUSTERERS.create("hdbscan", **candidate.params).fit(
            vectors, nearest(vectors, 15)
        )
        assert candidate.n_clusters == labels.max() + 1
        assert candidate.n_outliers == (labels < 0).sum()
    scores = [candidate.silhouette for candidate in found.report.grid]
    assert scores == sorted(scores, reverse=True)
    assert found.report.n_configurations == 8


def test_k_means_is_swept_as_far_as_a_run_can_go(found: Search) -> None:
    assert [point["n_clusters"] for point in found.report.k_means] == [3, 8, 16]
    assert found.report.k_suggested == 16


def test_settings_of_the_grid_carry_the_limit_of_the_embedder() -> None:
    vectors, truth = brands(n_strangers=30)

    report = search(
        evidence(vectors), default=DEFAULT, limits={"max_distance": 0.3}, grid=SMALL
    ).report

    strangers = truth < 0
    for setting in report.grid:
        assert setting.params["max_distance"] == 0.3
        labels = CLUSTERERS.create("hdbscan", **setting.params).fit(vectors, nearest(vectors, 15))
        assert (labels[strangers] < 0).all()


def test_a_few_decisions_are_not_enough_to_judge_by() -> None:
    vectors, truth = brands()
    decided = np.where(np.arange(len(truth)) < 19, truth, -1)

    report = search(
        evidence(vectors, decided=decided.tolist()), default=DEFAULT, grid=SMALL
    ).report

    assert report.chosen.agreement is None
    assert report.n_decided == 19


def test_above_the_matrix_limit_the_sweep_uses_the_graph(
    monkeypatch: pytest.MonkeyPatch, found: Search
) -> None:
    for part in (module, scoring_rules):
        monkeypatch.setattr(part, "MATRIX_ROWS", 20)
    monkeypatch.setattr(scoring_rules, "SCORED_ROWS", 30)

    large = search(evidence(brands()[0]), default=DEFAULT, grid=LOGO_GRID)

    assert large.report.n_configurations == 0
    assert not large.report.grid
    assert not large.report.k_means
    assert list(large.report.sweeps) == ["single"]
    for ours, exact in zip(large.labels["single"], found.labels["single"], strict=True):
        assert np.array_equal(ours, exact)


def test_two_searches_agree() -> None:
    vectors, _ = brands()

    first, second = (
        search(evidence(vectors), default=DEFAULT, grid=SMALL).report for _ in range(2)
    )

    assert first.chosen == second.chosen
    assert first.grid == second.grid


def test_two_logos_leave_nothing_to_tune() -> None:
    with pytest.raises(TooFewLogos, match="needs 3 different logos, got 2"):
        search(evidence(rotated(0, 10)), default=DEFAULT)


def test_more_logos_than_the_limit_are_rejected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_ROWS", 5)

    with pytest.raises(InputError, match="up to 5 different logos, got 6"):
        search(evidence(rotated(0, 10, 20, 30, 40, 50)), default=DEFAULT)


def test_a_broad_top_is_taken_in_its_middle() -> None:
    assert plateau([0.1, 0.5, 0.499, 0.498, 0.2, 0.499], tolerance=0.005) == 2
    assert plateau([0.3, 0.3], tolerance=0.005) == 0


def test_without_decisions_the_calibrated_default_stays() -> None:
    vectors, _ = brands()

    report = search(evidence(vectors), default=DEFAULT, grid=SMALL).report

    assert report.chosen.params == DEFAULT.params
    assert "calibrated" in report.why


@pytest.mark.parametrize("n_decided", [20, 30, 44])
def test_one_sided_decisions_do_not_replace_the_default(n_decided: int) -> None:
    """Everything decided was put together: a search that trusts that alone joins strangers."""
    vectors, _ = brands()
    together = np.where(np.arange(len(vectors)) < n_decided, 0, -1)

    report = search(
        evidence(vectors, decided=together.tolist()), default=DEFAULT, grid=SMALL
    ).report

    assert report.chosen.params == DEFAULT.params


def test_decisions_about_all_logos_replace_a_wrong_default() -> None:
    vectors, truth = brands()
    alone = np.where(truth < 0, 200 + np.arange(len(truth)), truth)
    tight = Choice("agglomerative", {"linkage": "average", "distance_threshold": 0.13})

    report = search(evidence(vectors, decided=alone.tolist()), default=tight, grid=SMALL).report

    assert report.chosen.params["distance_threshold"] > 0.13
    assert "48 logos" in report.why


def test_undecided_joins_and_cuts_count_against_a_change() -> None:
    apart, joined = np.arange(6), np.array([0, 0, 1, 1, 2, 2])

    assert is_confirmed(joined, apart, joined)
    assert is_confirmed(apart, joined, apart)
    assert not is_confirmed(joined, apart, np.array([0, 0, 1, 1, -1, -1]))
    assert not is_confirmed(joined, apart, np.array([0, 0, 1, 1, 2, 3]))
    assert not is_confirmed(apart, joined, np.array([0, 1, 2, 3, -1, -1]))
    assert is_confirmed(joined, joined, np.full(6, -1))


def test_a_threshold_that_people_clearly_prefer_replaces_the_default() -> None:
    labels, default = np.repeat(np.arange(20), 2), np.arange(40)

    assert is_clearly_better(labels, default, labels)
    assert not is_clearly_better(default, labels, labels)
    assert not is_clearly_better(labels, labels, labels)
