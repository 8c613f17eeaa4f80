"""The stages, each reading the files of earlier ones; ``child`` runs each in a new process."""

import time
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from clustering.lab.bench.clustering.planted import planted
from clustering.pipeline.clusterers import OUTLIER, Clusterer
from clustering.pipeline.clusterers.agglomerative import Agglomerative
from clustering.pipeline.clusterers.hdbscan import Hdbscan
from clustering.pipeline.duplicates import collapse
from clustering.pipeline.neighbours import (
    N_NEIGHBOURS,
    Neighbours,
    measured_recall,
    most_similar,
    nearest,
)
from clustering.pipeline.projectors.umap import Umap

Floats = NDArray[np.float32]
Figures = dict[str, float]
Stage = Callable[[], Figures]
"""Does the measured work and returns further figures."""

COPY_DISTANCE: Final = 0.01  # cosine distance between copies
CUT: Final = 0.3
N_SIMILAR: Final = 12  # neighbours on the page of a logo
N_QUERIES: Final = 200
WARM_ROWS: Final = 400  # warm-up rows, since UMAP compiles itself in every process


def load(folder: Path) -> Floats:
    """Return the planted vectors."""
    return np.asarray(np.load(folder / "vectors.npy"), dtype=np.float32)


def copies(folder: Path) -> Stage:
    """Collapse near-duplicates."""
    vectors, phashes = load(folder), np.load(folder / "phashes.npy")

    def run() -> Figures:
        collapsed = collapse(vectors, phashes, COPY_DISTANCE)
        np.save(folder / "rows.npy", collapsed.representative_rows)
        np.save(folder / "index.npy", collapsed.representative_index)
        return {"share": 1.0 - len(collapsed.representative_rows) / len(vectors)}

    return run


def neighbours(folder: Path) -> Stage:
    """Build the neighbour graph."""
    vectors = _representatives(folder)
    found: list[Neighbours] = []

    def run() -> Figures:
        found.append(nearest(vectors, N_NEIGHBOURS))
        np.save(folder / "indices.npy", found[0].indices)
        np.save(folder / "distances.npy", found[0].distances)
        return {}

    return run


def recall(folder: Path) -> Stage:
    """Measure the recall of the neighbour graph; a run does so above 10,000 rows only."""
    vectors, graph = _representatives(folder), _graph(folder)
    return lambda: {
        "recall": measured_recall(vectors, graph),
        "recall within the cut": measured_recall(vectors, graph, CUT),
    }


def clusterer(made: Clusterer, name: str) -> Callable[[Path], Stage]:
    """Return the stage that clusters the representatives and copies labels to duplicates."""

    def stage(folder: Path) -> Stage:
        vectors, graph, index = (
            _representatives(folder),
            _graph(folder),
            np.load(folder / "index.npy"),
        )
        weights = np.bincount(index).astype(np.int64)

        def run() -> Figures:
            labels = made.fit(vectors, graph, weights)
            return _kept(folder, name, labels[index])

        return run

    return stage


def umap_map(folder: Path) -> Stage:
    """Project the representatives with UMAP from the shared graph."""
    vectors, graph = _representatives(folder), _graph(folder)
    warm = planted(WARM_ROWS).vectors
    Umap().fit_transform(warm, nearest(warm, N_NEIGHBOURS))

    def run() -> Figures:
        Umap().fit_transform(vectors, graph)
        return {}

    return run


def similar(folder: Path) -> Stage:
    """Query the twelve nearest logos of one logo at a time."""
    vectors = load(folder)
    most_similar(vectors[:1], vectors[:WARM_ROWS], N_SIMILAR)

    def run() -> Figures:
        waits = []
        for row in np.linspace(0, len(vectors) - 1, N_QUERIES).astype(np.int64):
            start = time.thread_time()
            most_similar(vectors[row : row + 1], vectors, N_SIMILAR)
            waits.append(1000 * (time.thread_time() - start))
        return {"p50 ms": float(np.median(waits))}

    return run


def plain_hdbscan(folder: Path) -> Stage:
    """Run the library with min_cluster_size 2 and its other defaults."""
    vectors = load(folder)
    import hdbscan

    def run() -> Figures:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", category=FutureWarning, module="sklearn")
            model = hdbscan.HDBSCAN(min_cluster_size=2, core_dist_n_jobs=1)
            return _kept(folder, "plain hdbscan", model.fit_predict(vectors))

    return run


def plain_umap(folder: Path) -> Stage:
    """Run the library with a seed and its other defaults."""
    vectors = load(folder)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import umap

        umap.UMAP(random_state=42, n_jobs=1).fit_transform(planted(WARM_ROWS).vectors)

    def run() -> Figures:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            umap.UMAP(metric="cosine", random_state=42, n_jobs=1).fit_transform(vectors)
        return {}

    return run


def exact_hdbscan(folder: Path) -> Stage:
    """Run the library on all distances, capped at ``max_distance``."""
    vectors, index = _representatives(folder), np.load(folder / "index.npy")
    ours = Hdbscan()
    import hdbscan

    def run() -> Figures:
        apart = np.clip(1.0 - (vectors @ vectors.T).astype(np.float64), 0.01, ours.max_distance)
        np.fill_diagonal(apart, 0.0)
        model = hdbscan.HDBSCAN(
            metric="precomputed",
            min_cluster_size=ours.min_cluster_size,
            min_samples=ours.min_samples,
            cluster_selection_epsilon=ours.cluster_selection_epsilon,
        )
        labels = model.fit_predict(np.sqrt(2.0 * apart))
        np.fill_diagonal(apart, np.inf)
        # At the cap all distances tie, which makes no cluster.
        labels[apart.min(axis=1) >= ours.max_distance] = OUTLIER
        return _kept(folder, "exact hdbscan", _with_copies(labels, index))

    return run


MAKERS: Final[Mapping[str, Callable[[Path], Stage]]] = {
    "copies": copies,
    "neighbours": neighbours,
    "recall": recall,
    "single linkage": clusterer(Agglomerative("single", CUT), "single linkage"),
    "average linkage": clusterer(Agglomerative("average", CUT), "average linkage"),
    "hdbscan": clusterer(Hdbscan(), "hdbscan"),
    "map": umap_map,
    "similar": similar,
    "plain hdbscan": plain_hdbscan,
    "plain umap": plain_umap,
    "exact hdbscan": exact_hdbscan,
}


def _representatives(folder: Path) -> Floats:
    return np.asarray(load(folder)[np.load(folder / "rows.npy")])


def _graph(folder: Path) -> Neighbours:
    return Neighbours(np.load(folder / "indices.npy"), np.load(folder / "distances.npy"))


def _with_copies(labels: NDArray[np.int64], index: NDArray[np.int64]) -> NDArray[np.int64]:
    """Copy labels to duplicates; an outlier with duplicates is a cluster, as in a run."""
    alone = (labels < 0) & (np.bincount(index) > 1)
    free = int(labels.max(initial=-1)) + 1
    return np.where(alone, free + np.arange(len(labels)), labels)[index]


def _kept(folder: Path, name: str, labels: NDArray[np.int64]) -> Figures:
    np.save(folder / f"labels of {name}.npy", labels)
    return {"clusters": float(labels.max(initial=-1) + 1), "outliers": float((labels < 0).mean())}
