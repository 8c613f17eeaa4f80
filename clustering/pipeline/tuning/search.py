"""Search over the clusterers' settings on one set of vectors, and the choice."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Final

from clustering.pipeline.clusterers import kmeans
from clustering.pipeline.clusterers.agglomerative import Linkage
from clustering.pipeline.clusterers.calibration import Choice
from clustering.pipeline.clusterers.labelling import labels_by_size
from clustering.pipeline.errors import InputError, TooFewLogos
from clustering.pipeline.neighbours import N_NEIGHBOURS, condensed_distances, nearest
from clustering.pipeline.tuning import LOGO_GRID, Grid, Report, Setting
from clustering.pipeline.tuning.choice import keep_or_improve
from clustering.pipeline.tuning.cuts import by_neighbours, by_tree
from clustering.pipeline.tuning.scoring import Labels
from clustering.pipeline.tuning.scoring_rules import MATRIX_ROWS, MIN_SIZE, Scorer, TuningData

MOST_ROWS: Final = 200_000  # more would take minutes and gigabytes
K_MEANS: Final = (3, 5, 10, 20, 30, 50, 75, 100, 150, 200, 300, 400, 500, 700, 1000)

ReportStep = Callable[[str], object]


@dataclass(frozen=True)
class Search:
    """A report, and the labels of the sweeps for previews."""

    report: Report
    labels: dict[Linkage, list[Labels]]
    """By linkage: shape (n,) for each distance of the sweep."""


def search(
    data: TuningData,
    *,
    grid: Grid = LOGO_GRID,
    n_clusters: Sequence[int] = K_MEANS,
    default: Choice,
    limits: Mapping[str, float] | None = None,
    random_state: int = 42,
    report_step: ReportStep = lambda step: None,
) -> Search:
    """Try single and average linkage at every distance, HDBSCAN on a grid and k-means for many k.

    Above 5,000 logos the sweep uses the neighbour graph, scores use a seeded sample of 1,000,
    and average linkage, the grid and k-means are skipped. ``default`` is kept unless people's
    decisions confirm something better; ``limits`` are options of every HDBSCAN setting.

    Raises:
        TooFewLogos: for fewer than three rows.
        InputError: for more than 200,000.
    """
    if len(data.vectors) > MOST_ROWS:
        raise InputError(
            f"tuning takes up to {MOST_ROWS:,} different logos, got {len(data.vectors):,}; "
            "tune on a part of them and use its result for all"
        )
    if len(data.vectors) < 3:
        raise TooFewLogos(f"tuning needs 3 different logos, got {len(data.vectors)}")
    clock = _Clock(report_step)
    scorer = Scorer(data, random_state, limits)
    with clock.step("Sweeping distances"):
        labels = _sweep_labels(data)
        sweeps = {linkage: scorer.sweep(linkage, found) for linkage, found in labels.items()}
    best: list[Setting] = []
    n_configurations = 0
    if len(data.vectors) <= MATRIX_ROWS:
        with clock.step("Searching the grid"):
            n_configurations = len(grid.configurations())
            best = scorer.grid(grid)
    with clock.step("Counting clusters"):
        points = _k_means(data, n_clusters, random_state)
    with clock.step("Comparing with the default"):
        chosen, why = keep_or_improve(data, scorer, default, sweeps, labels)
    report = Report(
        n_logos=len(data.vectors),
        n_domains=int(data.weights.sum()),
        n_decided=data.n_decided,
        chosen=chosen,
        why=why,
        sweeps={str(linkage): settings for linkage, settings in sweeps.items()},
        grid=best,
        n_configurations=n_configurations,
        k_means=[asdict(point) for point in points],
        k_suggested=kmeans.suggested(points),
        seconds=clock.seconds,
    )
    return Search(report, labels)


def _sweep_labels(data: TuningData) -> dict[Linkage, list[Labels]]:
    vectors, weights = data.vectors, data.weights
    groups: dict[Linkage, list[Labels]] = {}
    if len(vectors) > MATRIX_ROWS:
        groups["single"] = by_neighbours(vectors, nearest(vectors, N_NEIGHBOURS))
    else:
        distances = condensed_distances(vectors)
        groups["single"] = by_tree(distances, "single")
        groups["average"] = by_tree(distances, "average")
    return {
        linkage: [labels_by_size(one, weights, MIN_SIZE) for one in found]
        for linkage, found in groups.items()
    }


def _k_means(
    data: TuningData, n_clusters: Sequence[int], random_state: int
) -> list[kmeans.SweepPoint]:
    """Skips numbers above half the rows, the clusterer's limit."""
    if len(data.vectors) > MATRIX_ROWS:
        return []
    possible = [count for count in n_clusters if count <= (len(data.vectors) + 1) // 2]
    return kmeans.sweep(data.vectors, possible, random_state=random_state)


class _Clock:
    """Reports steps and measures their duration."""

    def __init__(self, report_step: ReportStep) -> None:
        self.seconds: dict[str, float] = {}
        self._report_step = report_step

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        self._report_step(name)
        start = time.perf_counter()
        yield
        self.seconds[name] = round(time.perf_counter() - start, 2)
