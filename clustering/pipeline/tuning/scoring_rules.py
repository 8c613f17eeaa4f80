"""Labels -> scored settings, and the score by which settings are compared."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from clustering.pipeline.clusterers import CLUSTERERS
from clustering.pipeline.clusterers.agglomerative import Linkage
from clustering.pipeline.neighbours import N_NEIGHBOURS, nearest
from clustering.pipeline.tuning import Configuration, Grid, Setting
from clustering.pipeline.tuning.cuts import SWEEP
from clustering.pipeline.tuning.scoring import (
    Labels,
    agreement,
    relative_validity,
    silhouettes,
    with_outliers_alone,
)
from clustering.pipeline.tuning.trees import Trees, distances

MATRIX_ROWS: Final = 5_000  # float64 distances of more rows, and a tree's copy, take over 400 MB
SCORED_ROWS: Final = 1_000  # sampled above MATRIX_ROWS; the mean's error is about 0.01
BLOCK_CELLS: Final = 1 << 22  # distances held at once: 32 MB
MIN_SIZE: Final = 2
N_BEST: Final = 10
LEAST_DECIDED: Final = 20  # reviewed logos; fewer are not representative


@dataclass(frozen=True)
class TuningData:
    """Input of a search: n distinct logos."""

    vectors: NDArray[np.float32]
    """Shape (n, d), rows of L2 norm 1."""
    weights: NDArray[np.int64]
    """Shape (n,): domains that show each."""
    decided: Labels
    """Shape (n,): group by corrections; -1 is not reviewed."""

    @property
    def n_decided(self) -> int:
        return int((self.decided >= 0).sum())

    @property
    def has_enough_corrections(self) -> bool:
        """Whether there are enough corrections to score by."""
        return self.n_decided >= LEAST_DECIDED


def score_of(data: TuningData) -> Callable[[Setting], float]:
    """Return the score to compare by: agreement with corrections if enough, else silhouette."""
    if data.has_enough_corrections:
        return lambda setting: setting.agreement or 0.0
    return lambda setting: setting.silhouette


class Scorer:
    """Computes the scores of labels."""

    def __init__(
        self, data: TuningData, random_state: int, limits: Mapping[str, Any] | None = None
    ) -> None:
        """``limits`` are options of every HDBSCAN setting: the embedder's largest distance."""
        self._data = data
        self._limits = dict(limits or {})
        n_rows = len(data.vectors)
        self._rows = np.arange(n_rows)
        if n_rows > MATRIX_ROWS:
            generator = np.random.default_rng(random_state)
            self._rows = np.sort(generator.choice(n_rows, SCORED_ROWS, replace=False))

    def sweep(self, linkage: Linkage, labels: Sequence[Labels]) -> list[Setting]:
        """Score agglomerative clustering at each distance threshold of the sweep."""
        options = [
            {"linkage": linkage, "distance_threshold": cut, "min_size": MIN_SIZE} for cut in SWEEP
        ]
        return self._settings("agglomerative", options, labels)

    def grid(self, grid: Grid) -> list[Setting]:
        """Rank HDBSCAN's settings by trees, and refit the best with the product's clusterer.

        The product's clusterer weights rows by domains, merges copies and limits distances, so
        the best few are refitted with it: their scores are those of a run.
        """
        data = self._data
        matrices = {
            metric: distances(data.vectors.astype(np.float64), metric) for metric in grid.metric
        }
        trees = {
            metric: Trees(matrix, most_samples=max(grid.min_samples))
            for metric, matrix in matrices.items()
        }
        tried = [one for one in grid.configurations() if one.min_samples < len(data.vectors)]
        labels = [trees[one.metric].labels(one) for one in tried]
        order = self._ranked(labels)[:N_BEST]
        options = [_options(tried[place]) | self._limits for place in order]
        validity = [
            relative_validity(
                trees[tried[place].metric].tree(tried[place].min_samples).edges, labels[place]
            )
            for place in order
        ]
        return self._refitted(options, validity)

    def _ranked(self, labels: Sequence[Labels]) -> list[int]:
        """Return indices by descending score; of settings with equal labels only the first."""
        distinct = list(
            {one.tobytes(): place for place, one in reversed(list(enumerate(labels)))}.values()
        )
        found = self._settings(
            "hdbscan", [{}] * len(distinct), [labels[place] for place in distinct]
        )
        score = score_of(self._data)
        scored = sorted(zip([-score(one) for one in found], distinct, strict=True))
        return [place for _, place in scored]

    def _refitted(
        self, options: Sequence[dict[str, Any]], validity: Sequence[float]
    ) -> list[Setting]:
        data = self._data
        neighbours = nearest(data.vectors, N_NEIGHBOURS)
        labels = [
            CLUSTERERS.create("hdbscan", **one).fit(data.vectors, neighbours, data.weights)
            for one in options
        ]
        found = self._settings("hdbscan", options, labels, validity)
        score = score_of(data)
        return sorted(found, key=lambda one: -score(one))

    def _settings(
        self,
        clusterer: str,
        options: Sequence[dict[str, Any]],
        labels: Sequence[Labels],
        validity: Sequence[float | None] | None = None,
    ) -> list[Setting]:
        scores = silhouettes(self._blocks(), with_outliers_alone(labels))
        valid = validity or [None] * len(labels)
        return [
            self._setting(clusterer, *row)
            for row in zip(options, labels, scores, valid, strict=True)
        ]

    def _setting(
        self,
        clusterer: str,
        params: dict[str, Any],
        labels: Labels,
        silhouette: float | None,
        validity: float | None,
    ) -> Setting:
        data = self._data
        sizes = np.bincount(labels[labels >= 0], data.weights[labels >= 0])
        return Setting(
            clusterer=clusterer,
            params=params,
            n_clusters=len(sizes),
            n_outliers=int(data.weights[labels < 0].sum()),
            largest=int(sizes.max(initial=0)),
            silhouette=round(silhouette or 0.0, 4),
            agreement=round(agreement(labels, data.decided), 4)
            if data.has_enough_corrections
            else None,
            validity=None if validity is None else round(validity, 4),
        )

    def setting(self, clusterer: str, params: dict[str, Any], labels: Labels) -> Setting:
        """Score one clustering."""
        (found,) = self._settings(clusterer, [params], [labels])
        return found

    def _blocks(self) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float64]]]:
        vectors = self._data.vectors
        width = max(16, min(256, BLOCK_CELLS // len(vectors)))
        for start in range(0, len(self._rows), width):
            rows = self._rows[start : start + width]
            similarity = vectors @ vectors[rows].T
            yield rows, np.clip(1.0 - similarity.astype(np.float64), 0.0, 2.0)


def _options(configuration: Configuration) -> dict[str, Any]:
    options = asdict(configuration)
    del options["metric"]
    return options
