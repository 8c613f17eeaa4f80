"""One search over the clusterers' settings on one set of vectors, and which of them to take."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Final

from clustering.pipeline.clusterers import kmeans
from clustering.pipeline.clusterers.agglomerative import Linkage
from clustering.pipeline.clusterers.labelling import labels_by_size
from clustering.pipeline.errors import InputError, TooFewLogos
from clustering.pipeline.neighbours import N_NEIGHBOURS, condensed_distances, nearest
from clustering.pipeline.tuning import LOGO_GRID, Grid, Report, Setting
from clustering.pipeline.tuning.cuts import by_neighbours, by_tree, plateau
from clustering.pipeline.tuning.scoring import Labels
from clustering.pipeline.tuning.scoring_rules import (
    MATRIX_ROWS,
    MIN_SIZE,
    Judge,
    TuningData,
    score_of,
)

MOST_ROWS: Final = 200_000  # the sweep's labels and links take minutes and gigabytes beyond
TOLERANCE: Final = 0.005  # of a score: differences below it are noise
PREFERRED: Final[tuple[Linkage, ...]] = ("average", "single")  # where scores are about equal
K_MEANS: Final = (3, 5, 10, 20, 30, 50, 75, 100, 150, 200, 300, 400, 500, 700, 1000)

Tell = Callable[[str], object]


@dataclass(frozen=True)
class Search:
    """A report, and beside it the labels of the sweeps, for previews."""

    report: Report
    labels: dict[Linkage, list[Labels]]
    """By linkage: shape (n,) for each distance of the sweep."""


def search(
    evidence: TuningData,
    *,
    grid: Grid = LOGO_GRID,
    n_clusters: Sequence[int] = K_MEANS,
    random_state: int = 42,
    tell: Tell = lambda step: None,
) -> Search:
    """Try single and average linkage at every distance, HDBSCAN on a grid and k-means for many k.

    Above 5,000 logos the sweep runs along the neighbour graph, scores are taken on a seeded
    sample of 1,000, and average link, the grid and k-means are left out.

    Raises:
        TooFewLogos: for fewer than three rows, which leave nothing to choose.
        InputError: for more than 200,000.
    """
    if len(evidence.vectors) > MOST_ROWS:
        raise InputError(
            f"tuning takes up to {MOST_ROWS:,} different logos, got {len(evidence.vectors):,}; "
            "tune a part of them, and run all with what it chose"
        )
    if len(evidence.vectors) < 3:
        raise TooFewLogos(f"tuning needs 3 different logos, got {len(evidence.vectors)}")
    clock = _Clock(tell)
    judge = Judge(evidence, random_state)
    with clock.step("Sweeping distances"):
        labels = _sweep_labels(evidence)
        sweeps = {link: judge.sweep(link, found) for link, found in labels.items()}
    best: list[Setting] = []
    n_configurations = 0
    if len(evidence.vectors) <= MATRIX_ROWS:
        with clock.step("Searching the grid"):
            n_configurations = len(grid.configurations())
            best = judge.grid(grid)
    with clock.step("Counting clusters"):
        points = _k_means(evidence, n_clusters, random_state)
    chosen, why = choose(evidence, sweeps, best)
    report = Report(
        n_logos=len(evidence.vectors),
        n_domains=int(evidence.weights.sum()),
        n_decided=evidence.n_decided,
        chosen=chosen,
        why=why,
        sweeps={str(link): points_ for link, points_ in sweeps.items()},
        grid=best,
        n_configurations=n_configurations,
        k_means=[asdict(point) for point in points],
        k_suggested=kmeans.suggested(points),
        seconds=clock.seconds,
    )
    return Search(report, labels)


def choose(
    evidence: TuningData, sweeps: dict[Linkage, list[Setting]], grid: Sequence[Setting]
) -> tuple[Setting, str]:
    """Return the setting to take, and why in words.

    People's word counts before the silhouette, once they decided about 20 logos. Of a sweep
    the middle of its top is taken; between engines the better one, and where they are as
    good as equal the first: average linkage, single linkage, then hdbscan.
    """
    score = score_of(evidence)
    offers = [
        sweeps[link][plateau([score(point) for point in sweeps[link]], tolerance=TOLERANCE)]
        for link in PREFERRED
        if link in sweeps
    ]
    offers += list(grid[:1])
    top = max(score(offer) for offer in offers)
    chosen = next(offer for offer in offers if score(offer) >= top - TOLERANCE)
    if evidence.has_word:
        return chosen, f"agrees best with what people decided about {evidence.n_decided} logos"
    return chosen, "has the best silhouette over all logos, each outlier a cluster of one"


def _sweep_labels(evidence: TuningData) -> dict[Linkage, list[Labels]]:
    vectors, weights = evidence.vectors, evidence.weights
    groups: dict[Linkage, list[Labels]] = {}
    if len(vectors) > MATRIX_ROWS:
        groups["single"] = by_neighbours(vectors, nearest(vectors, N_NEIGHBOURS))
    else:
        distances = condensed_distances(vectors)
        groups["single"] = by_tree(distances, "single")
        groups["average"] = by_tree(distances, "average")
    return {
        link: [labels_by_size(one, weights, MIN_SIZE) for one in found]
        for link, found in groups.items()
    }


def _k_means(
    evidence: TuningData, n_clusters: Sequence[int], random_state: int
) -> list[kmeans.SweepPoint]:
    """As far as the clusterer goes: it makes no more clusters than half the rows."""
    if len(evidence.vectors) > MATRIX_ROWS:
        return []
    possible = [count for count in n_clusters if count <= (len(evidence.vectors) + 1) // 2]
    return kmeans.sweep(evidence.vectors, possible, random_state=random_state)


class _Clock:
    """Tells what is done, and keeps how long each step took."""

    def __init__(self, tell: Tell) -> None:
        self.seconds: dict[str, float] = {}
        self._tell = tell

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Time one step."""
        self._tell(name)
        start = time.perf_counter()
        yield
        self.seconds[name] = round(time.perf_counter() - start, 2)
