"""Benchmark of tuning: one grid, searched by fitting each setting and by cached trees."""

import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from clustering.pipeline.tuning import Configuration, Grid, Metric
from clustering.pipeline.tuning.scoring import silhouettes
from clustering.pipeline.tuning.trees import Trees, distances

Labels = NDArray[np.int64]
BLOCK_ROWS: Final = 256


@dataclass(frozen=True)
class SearchResult:
    """Result of one setting."""

    labels: Labels
    silhouette: float | None
    """Over the clustered rows, in the setting's metric."""
    labels_seconds: float = 0.0
    score_seconds: float = 0.0


@dataclass(frozen=True)
class Comparison:
    """Both methods on one grid, in CPU seconds of this process."""

    n_rows: int
    n_columns: int
    n_configurations: int
    n_sampled: int
    """Number of settings of the brute-force sample."""
    brute_labels_seconds: float
    """Extrapolated: the mean of the sample per metric, times the settings of that metric."""
    brute_score_seconds: float
    """Extrapolated likewise."""
    labels_seconds: float
    """Measured over the whole grid."""
    score_seconds: float
    """Measured over the whole grid."""
    n_identical: int
    """Sampled settings with exactly equal labels."""
    largest_difference: float
    """Between silhouettes of the sampled settings."""

    @property
    def labels_ratio(self) -> float:
        """Speedup of the labels."""
        return self.brute_labels_seconds / self.labels_seconds

    @property
    def ratio(self) -> float:
        """Speedup of labels and scores together."""
        brute = self.brute_labels_seconds + self.brute_score_seconds
        return brute / (self.labels_seconds + self.score_seconds)


def compare(
    vectors: NDArray[np.float64],
    grid: Grid,
    *,
    n_sampled: int,
    random_state: int = 0,
    progress: Callable[[int], object] = lambda n: None,
) -> Comparison:
    """Search ``grid`` by trees, brute-force a seeded sample of it, and compare.

    The sample is stratified by metric, which affects the cost most.
    """
    configurations = grid.configurations()
    sample = _sample(configurations, grid.metric, n_sampled, random_state)
    # Warm-up: imports and first calls are not measured.
    brute_force(vectors[:50], configurations[:1])
    by_trees(vectors[:50], grid)
    trees, labels_seconds, score_seconds = by_trees(vectors, grid)
    brute = []
    for one in sample:
        brute += brute_force(vectors, [one])
        progress(1)
    share = len(configurations) / len(sample)
    pairs = [(answer, trees[one]) for answer, one in zip(brute, sample, strict=True)]
    return Comparison(
        n_rows=vectors.shape[0],
        n_columns=vectors.shape[1],
        n_configurations=len(configurations),
        n_sampled=len(sample),
        brute_labels_seconds=share * sum(answer.labels_seconds for answer in brute),
        brute_score_seconds=share * sum(answer.score_seconds for answer in brute),
        labels_seconds=labels_seconds,
        score_seconds=score_seconds,
        n_identical=sum(np.array_equal(a.labels, b.labels) for a, b in pairs),
        largest_difference=max(_difference(a.silhouette, b.silhouette) for a, b in pairs),
    )


def brute_force(
    vectors: NDArray[np.float64], configurations: Sequence[Configuration]
) -> list[SearchResult]:
    """Fit and score each setting from the vectors, as usual scripts do."""
    answers = []
    for one in configurations:
        start = time.process_time()
        labels = _fitted(vectors, one)
        middle = time.process_time()
        silhouette = _scored(vectors, labels, one.metric)
        end = time.process_time()
        answers.append(SearchResult(labels, silhouette, middle - start, end - middle))
    return answers


def by_trees(
    vectors: NDArray[np.float64], grid: Grid
) -> tuple[dict[Configuration, SearchResult], float, float]:
    """Return the result of every setting, and the CPU seconds of all labels and all scores."""
    answers: dict[Configuration, SearchResult] = {}
    labels_seconds = score_seconds = 0.0
    for metric in grid.metric:
        start = time.process_time()
        matrix = distances(vectors, metric)
        trees = Trees(matrix, most_samples=max(grid.min_samples))
        chosen = [one for one in grid.configurations() if one.metric == metric]
        labels = [trees.labels(one) for one in chosen]
        middle = time.process_time()
        blocks = (
            (
                np.arange(first, min(first + BLOCK_ROWS, len(matrix))),
                matrix[:, first : first + BLOCK_ROWS],
            )
            for first in range(0, len(matrix), BLOCK_ROWS)
        )
        scores = silhouettes(blocks, labels)
        labels_seconds += middle - start
        score_seconds += time.process_time() - middle
        answers |= {
            one: SearchResult(found, score)
            for one, found, score in zip(chosen, labels, scores, strict=True)
        }
    return answers, labels_seconds, score_seconds


def _fitted(vectors: NDArray[np.float64], one: Configuration) -> Labels:
    import hdbscan
    from sklearn.metrics.pairwise import cosine_distances

    options = {
        "min_cluster_size": one.min_cluster_size,
        "min_samples": one.min_samples,
        "cluster_selection_epsilon": one.cluster_selection_epsilon,
        "cluster_selection_method": one.cluster_selection_method,
        "core_dist_n_jobs": 1,
    }
    with warnings.catch_warnings():
        # hdbscan 0.8 passes an argument that scikit-learn has renamed
        warnings.filterwarnings("ignore", category=FutureWarning, module="sklearn")
        if one.metric == "cosine":  # hdbscan lacks this metric; a matrix is usual
            matrix = cosine_distances(vectors)
            np.fill_diagonal(matrix, 0.0)
            model = hdbscan.HDBSCAN(metric="precomputed", **options)
            return np.asarray(model.fit_predict(matrix), dtype=np.int64)
        model = hdbscan.HDBSCAN(metric=one.metric, **options)
        return np.asarray(model.fit_predict(vectors), dtype=np.int64)


def _scored(vectors: NDArray[np.float64], labels: Labels, metric: Metric) -> float | None:
    from sklearn.metrics import silhouette_score

    rows = labels >= 0
    n_clusters = len(np.unique(labels[rows]))
    if not 2 <= n_clusters < rows.sum():
        return None
    return float(silhouette_score(vectors[rows], labels[rows], metric=metric))


def _sample(
    configurations: Sequence[Configuration],
    metrics: Sequence[Metric],
    n_sampled: int,
    random_state: int,
) -> list[Configuration]:
    generator = np.random.default_rng(random_state)
    chosen: list[Configuration] = []
    for metric in metrics:
        of_metric = [one for one in configurations if one.metric == metric]
        n_of_metric = min(len(of_metric), max(1, n_sampled // len(metrics)))
        places = generator.choice(len(of_metric), n_of_metric, replace=False)
        chosen += [of_metric[place] for place in np.sort(places)]
    return chosen


def _difference(first: float | None, second: float | None) -> float:
    if first is None or second is None:
        return 0.0 if first is second else np.inf
    return abs(first - second)
