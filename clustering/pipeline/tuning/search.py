"""One search over the clusterers' settings on one set of vectors, and which of them to take."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from clustering.pipeline.clusterers import CLUSTERERS, kmeans
from clustering.pipeline.clusterers.grouping import labels_by_size
from clustering.pipeline.clusterers.threshold import Linkage
from clustering.pipeline.errors import TooFewLogos
from clustering.pipeline.neighbours import nearest
from clustering.pipeline.tuning import LOGO_GRID, Candidate, Configuration, Grid, Report
from clustering.pipeline.tuning.cuts import SWEEP, by_neighbours, by_tree, plateau
from clustering.pipeline.tuning.scoring import (
    Labels,
    agreement,
    relative_validity,
    silhouettes,
    with_outliers_alone,
)
from clustering.pipeline.tuning.trees import Trees, distances

MATRIX_ROWS: Final = 5_000  # float64 distances of more rows, and a tree's copy, take over 400 MB
SCORED_ROWS: Final = 2_000  # sampled above MATRIX_ROWS; the mean's error is about 0.005
N_NEIGHBOURS: Final = 15
MIN_SIZE: Final = 2
N_BEST: Final = 10
LEAST_DECIDED: Final = 20  # logos; fewer decisions say too little about all the others
TOLERANCE: Final = 0.005  # of a score: differences below it are noise
K_MEANS: Final = (3, 5, 10, 20, 30, 50, 75, 100, 150, 200, 300, 400, 500, 700, 1000)

Tell = Callable[[str], object]


@dataclass(frozen=True)
class Evidence:
    """What a search works on: n different logos."""

    vectors: NDArray[np.float32]
    """Shape (n, d), rows of L2 norm 1."""
    weights: NDArray[np.int64]
    """Shape (n,): domains that show each."""
    decided: Labels
    """Shape (n,): equal numbers were put together by people; -1 where nobody decided."""

    @property
    def n_decided(self) -> int:
        """How many logos people decided about."""
        return int((self.decided >= 0).sum())

    @property
    def has_word(self) -> bool:
        """Whether people decided enough for their word to be the score."""
        return self.n_decided >= LEAST_DECIDED


@dataclass(frozen=True)
class Search:
    """A report, and beside it the labels of the sweeps, for previews."""

    report: Report
    labels: dict[Linkage, list[Labels]]
    """By linkage: shape (n,) for each distance of the sweep."""


def search(
    evidence: Evidence,
    *,
    grid: Grid = LOGO_GRID,
    n_clusters: Sequence[int] = K_MEANS,
    random_state: int = 42,
    tell: Tell = lambda step: None,
) -> Search:
    """Try threshold at every distance, HDBSCAN on a grid and k-means for many k.

    Above 5,000 logos the sweep runs along the neighbour graph, scores are taken on a seeded
    sample of 2,000, and average link, the grid and k-means are left out.

    Raises:
        TooFewLogos: for fewer than three rows, which leave nothing to choose.
    """
    if len(evidence.vectors) < 3:
        raise TooFewLogos(f"tuning needs 3 different logos, got {len(evidence.vectors)}")
    clock = _Clock(tell)
    judge = _Judge(evidence, random_state)
    with clock.step("Sweeping distances"):
        labels = _sweep_labels(evidence)
        sweeps = {link: judge.sweep(link, found) for link, found in labels.items()}
    best: list[Candidate] = []
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
    evidence: Evidence, sweeps: dict[Linkage, list[Candidate]], grid: Sequence[Candidate]
) -> tuple[Candidate, str]:
    """Return the setting to take, and why in words.

    People's word counts before the silhouette, once they decided about 20 logos. Of a sweep
    the middle of its top is taken; between engines the better one, and where they are as
    good as equal the first: threshold by connected groups, by average link, then hdbscan.
    """
    score = _score_of(evidence)
    offers = [
        points[plateau([score(point) for point in points], tolerance=TOLERANCE)]
        for points in sweeps.values()
    ]
    offers += list(grid[:1])
    top = max(score(offer) for offer in offers)
    chosen = next(offer for offer in offers if score(offer) >= top - TOLERANCE)
    if evidence.has_word:
        return chosen, f"agrees best with what people decided about {evidence.n_decided} logos"
    return chosen, "has the best silhouette over all logos, each outlier a cluster of one"


def _score_of(evidence: Evidence) -> Callable[[Candidate], float]:
    if evidence.has_word:
        return lambda candidate: candidate.agreement or 0.0
    return lambda candidate: candidate.silhouette


def _sweep_labels(evidence: Evidence) -> dict[Linkage, list[Labels]]:
    vectors, weights = evidence.vectors, evidence.weights
    groups: dict[Linkage, list[Labels]] = {}
    if len(vectors) > MATRIX_ROWS:
        groups["connected"] = by_neighbours(vectors, nearest(vectors, N_NEIGHBOURS))
    else:
        matrix = _cosine(vectors)
        groups["connected"] = by_tree(matrix, "connected")
        groups["average"] = by_tree(matrix, "average")
    return {
        link: [labels_by_size(one, weights, MIN_SIZE) for one in found]
        for link, found in groups.items()
    }


def _cosine(vectors: NDArray[np.float32]) -> NDArray[np.float64]:
    """All pairwise distances as the clusterers see them: rounded to 1e-6, symmetric."""
    matrix = np.round(1.0 - (vectors @ vectors.T).astype(np.float64), 6).clip(0.0, 2.0)
    np.fill_diagonal(matrix, 0.0)
    return np.asarray(np.maximum(matrix, matrix.T))


class _Judge:
    """Turns labels into candidates."""

    def __init__(self, evidence: Evidence, random_state: int) -> None:
        self._evidence = evidence
        n_rows = len(evidence.vectors)
        self._rows = np.arange(n_rows)
        if n_rows > MATRIX_ROWS:
            generator = np.random.default_rng(random_state)
            self._rows = np.sort(generator.choice(n_rows, SCORED_ROWS, replace=False))

    def sweep(self, link: Linkage, labels: Sequence[Labels]) -> list[Candidate]:
        """Judge threshold at each distance of the sweep."""
        options = [{"distance": cut, "linkage": link, "min_size": MIN_SIZE} for cut in SWEEP]
        return self._candidates("threshold", options, labels)

    def grid(self, grid: Grid) -> list[Candidate]:
        """Rank HDBSCAN's settings by trees, and judge the best as the product clusters them.

        The product's clusterer counts domains, merges copies and has a longest link, so the
        best few are computed by itself: the figures are those of a run.
        """
        evidence = self._evidence
        matrices = {
            metric: distances(evidence.vectors.astype(np.float64), metric)
            for metric in grid.metric
        }
        trees = {
            metric: Trees(matrix, most_samples=max(grid.min_samples))
            for metric, matrix in matrices.items()
        }
        tried = [one for one in grid.configurations() if one.min_samples < len(evidence.vectors)]
        labels = [trees[one.metric].labels(one) for one in tried]
        order = self._ranked(labels)[:N_BEST]
        options = [_options(tried[place]) for place in order]
        validity = [
            relative_validity(
                trees[tried[place].metric].tree(tried[place].min_samples).edges, labels[place]
            )
            for place in order
        ]
        return self._refitted(options, validity)

    def _ranked(self, labels: Sequence[Labels]) -> list[int]:
        """Return places by descending score; of settings with the same labels only the first."""
        distinct = list(
            {one.tobytes(): place for place, one in reversed(list(enumerate(labels)))}.values()
        )
        found = self._candidates(
            "hdbscan", [{}] * len(distinct), [labels[place] for place in distinct]
        )
        score = _score_of(self._evidence)
        scored = sorted(zip([-score(one) for one in found], distinct, strict=True))
        return [place for _, place in scored]

    def _refitted(
        self, options: Sequence[dict[str, Any]], validity: Sequence[float]
    ) -> list[Candidate]:
        evidence = self._evidence
        neighbours = nearest(evidence.vectors, min(N_NEIGHBOURS, len(evidence.vectors)))
        labels = [
            CLUSTERERS.create("hdbscan", **one)
            .fit(evidence.vectors, neighbours, evidence.weights)
            .labels
            for one in options
        ]
        found = self._candidates("hdbscan", options, labels, validity)
        score = _score_of(evidence)
        return sorted(found, key=lambda one: -score(one))

    def _candidates(
        self,
        clusterer: str,
        options: Sequence[dict[str, Any]],
        labels: Sequence[Labels],
        validity: Sequence[float | None] | None = None,
    ) -> list[Candidate]:
        scores = silhouettes(self._blocks(), with_outliers_alone(labels))
        valid = validity or [None] * len(labels)
        return [
            self._candidate(clusterer, *row)
            for row in zip(options, labels, scores, valid, strict=True)
        ]

    def _candidate(
        self,
        clusterer: str,
        params: dict[str, Any],
        labels: Labels,
        silhouette: float | None,
        validity: float | None,
    ) -> Candidate:
        evidence = self._evidence
        sizes = np.bincount(labels[labels >= 0], evidence.weights[labels >= 0])
        return Candidate(
            clusterer=clusterer,
            params=params,
            n_clusters=len(sizes),
            n_outliers=int(evidence.weights[labels < 0].sum()),
            largest=int(sizes.max(initial=0)),
            silhouette=round(silhouette or 0.0, 4),
            agreement=round(agreement(labels, evidence.decided), 4) if evidence.has_word else None,
            validity=None if validity is None else round(validity, 4),
        )

    def _blocks(self) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float64]]]:
        vectors = self._evidence.vectors
        for start in range(0, len(self._rows), 256):
            rows = self._rows[start : start + 256]
            similarity = vectors @ vectors[rows].T
            yield rows, np.clip(1.0 - similarity.astype(np.float64), 0.0, 2.0)


def _options(configuration: Configuration) -> dict[str, Any]:
    options = asdict(configuration)
    del options["metric"]
    return options


def _k_means(
    evidence: Evidence, n_clusters: Sequence[int], random_state: int
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
