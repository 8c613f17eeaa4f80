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
from clustering.pipeline.tuning import LOGO_GRID, Grid, Setting, scoring_rules
from clustering.pipeline.tuning import search as module
from clustering.pipeline.tuning.cuts import SWEEP, by_neighbours, by_tree, plateau
from clustering.pipeline.tuning.scoring_rules import TuningData
from clustering.pipeline.tuning.search import Search, choose, is_clearly_better, search
from tests.pipeline.planted import groups, rotated, unit

SMALL = Grid((2, 3), (1, 2), ("euclidean",), (0.0, 0.5), ("eom",))
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
    return search(evidence(brands()[0]), grid=SMALL, n_clusters=(3, 8, 16))


@pytest.mark.parametrize("link", ["single", "average"])
def test_every_distance_of_the_sweep_gives_the_clusterers_own_labels(
    found: Search, link: Linkage
) -> None:
    vectors, _ = brands()
    graph = nearest(vectors, 15)

    for cut, labels in zip(SWEEP, found.labels[link], strict=True):
        run = CLUSTERERS.create("agglomerative", distance_threshold=cut, linkage=link)
        assert np.array_equal(run.fit(vectors, graph).labels, labels), cut


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
    assert ((labels.labels >= 0) == (truth >= 0)).all()
    assert "silhouette" in found.report.why


def test_figures_count_domains_not_images() -> None:
    vectors = rotated(0, 1, 90, 91, 180)

    points = search(evidence(vectors, weights=[5, 1, 1, 1, 3]), grid=SMALL).report.sweeps

    last = points["single"][0]
    assert (last.n_clusters, last.n_outliers, last.largest) == (3, 0, 6)


def test_a_grid_is_reported_as_a_run_would_give_it(found: Search) -> None:
    vectors, _ = brands()

    for candidate in found.report.grid:
        labels = CLUSTERERS.create("hdbscan", **candidate.params).fit(
            vectors, nearest(vectors, 15)
        )
        assert candidate.n_clusters == labels.labels.max() + 1
        assert candidate.n_outliers == (labels.labels < 0).sum()
    scores = [candidate.silhouette for candidate in found.report.grid]
    assert scores == sorted(scores, reverse=True)
    assert found.report.n_configurations == 8


def test_k_means_is_swept_as_far_as_a_run_can_go(found: Search) -> None:
    assert [point["n_clusters"] for point in found.report.k_means] == [3, 8, 16]
    assert found.report.k_suggested == 16


def test_corrections_take_precedence_over_the_silhouette() -> None:
    vectors, truth = brands()
    halves = np.where(truth == 0, 100 + np.arange(len(truth)), truth)
    alone = np.where(halves < 0, 200 + np.arange(len(truth)), halves)

    report = search(evidence(vectors, decided=alone.tolist()), grid=SMALL).report

    assert report.n_decided == len(truth)
    assert report.chosen.agreement == max(
        point.agreement or 0.0 for points in report.sweeps.values() for point in points
    )
    assert "48 logos" in report.why


def test_a_few_decisions_are_not_enough_to_judge_by() -> None:
    vectors, truth = brands()
    decided = np.where(np.arange(len(truth)) < 19, truth, -1)

    report = search(evidence(vectors, decided=decided.tolist()), grid=SMALL).report

    assert report.chosen.agreement is None
    assert report.n_decided == 19


def test_above_the_matrix_limit_the_sweep_uses_the_graph(
    monkeypatch: pytest.MonkeyPatch, found: Search
) -> None:
    for part in (module, scoring_rules):
        monkeypatch.setattr(part, "MATRIX_ROWS", 20)
    monkeypatch.setattr(scoring_rules, "SCORED_ROWS", 30)

    large = search(evidence(brands()[0]), grid=LOGO_GRID)

    assert large.report.n_configurations == 0
    assert not large.report.grid
    assert not large.report.k_means
    assert list(large.report.sweeps) == ["single"]
    for ours, exact in zip(large.labels["single"], found.labels["single"], strict=True):
        assert np.array_equal(ours, exact)


def test_two_searches_agree() -> None:
    vectors, _ = brands()

    first, second = (search(evidence(vectors), grid=SMALL).report for _ in range(2))

    assert first.chosen == second.chosen
    assert first.grid == second.grid


def test_two_logos_leave_nothing_to_tune() -> None:
    with pytest.raises(TooFewLogos, match="needs 3 different logos, got 2"):
        search(evidence(rotated(0, 10)))


def test_more_logos_than_the_limit_are_rejected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_ROWS", 5)

    with pytest.raises(InputError, match="up to 5 different logos, got 6"):
        search(evidence(rotated(0, 10, 20, 30, 40, 50)))


def test_a_broad_top_is_taken_in_its_middle() -> None:
    assert plateau([0.1, 0.5, 0.499, 0.498, 0.2, 0.499], tolerance=0.005) == 2
    assert plateau([0.3, 0.3], tolerance=0.005) == 0


def test_between_equals_the_simpler_engine_is_taken() -> None:
    def candidate(clusterer: str, silhouette: float) -> Setting:
        return Setting(clusterer, {}, 1, 0, 1, silhouette)

    given = evidence(groups([3, 3])[0])
    sweeps: dict[Linkage, list[Setting]] = {"single": [candidate("agglomerative", 0.5)]}

    same, _ = choose(given, sweeps, [candidate("hdbscan", 0.504)])
    better, _ = choose(given, sweeps, [candidate("hdbscan", 0.52)])

    assert (same.clusterer, better.clusterer) == ("agglomerative", "hdbscan")


def test_between_equal_sweeps_average_linkage_is_taken() -> None:
    def sweep(link: Linkage, silhouette: float) -> list[Setting]:
        return [Setting("agglomerative", {"linkage": link}, 1, 0, 1, silhouette)]

    given = evidence(groups([3, 3])[0])
    single = sweep("single", 0.5)

    same, _ = choose(given, {"single": single, "average": sweep("average", 0.5)}, [])
    worse, _ = choose(given, {"single": single, "average": sweep("average", 0.48)}, [])

    assert (same.params["linkage"], worse.params["linkage"]) == ("average", "single")


DEFAULT = Choice("agglomerative", {"linkage": "average", "distance_threshold": 0.3})


def test_without_decisions_the_calibrated_default_stays() -> None:
    vectors, _ = brands()

    report = search(evidence(vectors), grid=SMALL, default=DEFAULT).report

    assert report.chosen.params == DEFAULT.params
    assert "calibrated" in report.why


def test_one_sided_decisions_move_the_threshold_no_further_than_near() -> None:
    """Everything decided was put together: a search that trusts that alone joins all."""
    vectors, _ = brands()
    together = np.zeros(len(vectors), dtype=np.int64)

    report = search(
        evidence(vectors, decided=together.tolist()), grid=SMALL, default=DEFAULT
    ).report

    assert report.chosen.clusterer == "agglomerative"
    assert 0.225 <= report.chosen.params["distance_threshold"] <= 0.375


def test_a_threshold_that_people_clearly_prefer_replaces_the_default() -> None:
    labels, default = np.repeat(np.arange(20), 2), np.arange(40)

    assert is_clearly_better(labels, default, labels)
    assert not is_clearly_better(default, labels, labels)
    assert not is_clearly_better(labels, labels, labels)
