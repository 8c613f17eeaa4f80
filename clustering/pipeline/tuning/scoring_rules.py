"""Labels -> candidates: their figures, and the scores by which settings are compared."""

from collections.abc import Callable, Iterator, Sequence
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
LEAST_DECIDED: Final = 20  # logos; fewer decisions say too little about all the others


@dataclass(frozen=True)
class TuningData:
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


def score_of(evidence: TuningData) -> Callable[[Setting], float]:
    """Return what candidates are compared by: people's word, where there is enough of it."""
    if evidence.has_word:
        return lambda candidate: candidate.agreement or 0.0
    return lambda candidate: candidate.silhouette


class Judge:
    """Turns labels into candidates."""

    def __init__(self, evidence: TuningData, random_state: int) -> None:
        self._evidence = evidence
        n_rows = len(evidence.vectors)
        self._rows = np.arange(n_rows)
        if n_rows > MATRIX_ROWS:
            generator = np.random.default_rng(random_state)
            self._rows = np.sort(generator.choice(n_rows, SCORED_ROWS, replace=False))

    def sweep(self, link: Linkage, labels: Sequence[Labels]) -> list[Setting]:
        """Score agglomerative clustering at each distance threshold of the sweep."""
        options = [
            {"linkage": link, "distance_threshold": cut, "min_size": MIN_SIZE} for cut in SWEEP
        ]
        return self._candidates("agglomerative", options, labels)

    def grid(self, grid: Grid) -> list[Setting]:
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
        score = score_of(self._evidence)
        scored = sorted(zip([-score(one) for one in found], distinct, strict=True))
        return [place for _, place in scored]

    def _refitted(
        self, options: Sequence[dict[str, Any]], validity: Sequence[float]
    ) -> list[Setting]:
        evidence = self._evidence
        neighbours = nearest(evidence.vectors, N_NEIGHBOURS)
        labels = [
            CLUSTERERS.create("hdbscan", **one)
            .fit(evidence.vectors, neighbours, evidence.weights)
            .labels
            for one in options
        ]
        found = self._candidates("hdbscan", options, labels, validity)
        score = score_of(evidence)
        return sorted(found, key=lambda one: -score(one))

    def _candidates(
        self,
        clusterer: str,
        options: Sequence[dict[str, Any]],
        labels: Sequence[Labels],
        validity: Sequence[float | None] | None = None,
    ) -> list[Setting]:
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
    ) -> Setting:
        evidence = self._evidence
        sizes = np.bincount(labels[labels >= 0], evidence.weights[labels >= 0])
        return Setting(
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
        width = max(16, min(256, BLOCK_CELLS // len(vectors)))
        for start in range(0, len(self._rows), width):
            rows = self._rows[start : start + width]
            similarity = vectors @ vectors[rows].T
            yield rows, np.clip(1.0 - similarity.astype(np.float64), 0.0, 2.0)


def _options(configuration: Configuration) -> dict[str, Any]:
    options = asdict(configuration)
    del options["metric"]
    return options
