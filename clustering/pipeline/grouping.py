"""Vectors of unique images -> groups with medoids and names, a map, and their quality.

The one line through the stages of a run, shared by the product and the ``cluster`` command.
"""

import platform
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from typing import Final

import numpy as np
from numpy.typing import NDArray

from clustering.pipeline import evaluation, medoids
from clustering.pipeline.clusterers import OUTLIER, Clusterer, Labelling
from clustering.pipeline.errors import TooFewLogos
from clustering.pipeline.naming import Named, Sight
from clustering.pipeline.naming.cascade import names
from clustering.pipeline.neighbours import nearest
from clustering.pipeline.projectors import Projector

N_NEIGHBOURS: Final = 15  # of the graph that every step shares; UMAP's own default
PACKAGES: Final = ("numpy", "scipy", "scikit-learn", "hdbscan", "umap-learn", "pillow")


@dataclass(frozen=True)
class Shown:
    """Who shows one unique image, and whether it is a logo at all."""

    names: tuple[str, ...]
    is_placeholder: bool = False


@dataclass(frozen=True)
class Group:
    """One cluster; ``medoid`` is a row of the vectors, ``size`` counts domains."""

    medoid: int
    size: int
    cohesion: float
    name: str
    name_score: float


@dataclass(frozen=True)
class Grouping:
    """The outcome for n unique images; ``labels`` index ``groups``, -1 is an outlier."""

    labels: NDArray[np.int64]
    probabilities: NDArray[np.float32]
    outlier_scores: NDArray[np.float32]
    coordinates: NDArray[np.float32]
    groups: tuple[Group, ...]
    metrics: dict[str, float | int | None]


def group(
    vectors: NDArray[np.float32],
    shown: Sequence[Shown],
    *,
    clusterer: Clusterer,
    projector: Projector,
    sight: Sight = Sight(),  # noqa: B008  # frozen
    report: Callable[[str], None] = lambda step: None,
) -> Grouping:
    """Cluster n unique images, lay them out, and name the clusters.

    Args:
        vectors: shape (n, d), rows of L2 norm 1.
        shown: who shows each row; sizes and names come from it. Placeholders are outliers.
        sight: what the clusters whose domains share no word are named by.
        report: told the name of each step as it begins.

    Raises:
        TooFewLogos: if fewer than two images are given.
    """
    if len(vectors) < 2:
        raise TooFewLogos(
            f"clustering needs 2 different logos, got {len(vectors)}; "
            "retry what failed, or upload a longer list"
        )
    report("Finding neighbours")
    neighbours = nearest(vectors, min(N_NEIGHBOURS, len(vectors)))
    report("Clustering")
    weights = np.array([len(one.names) for one in shown], dtype=np.int64)
    labelling = _fit_logos(vectors, shown, weights, clusterer)
    scores = medoids.outlier_scores(vectors, labelling.labels)
    report("Naming the clusters")
    groups = _groups(vectors, shown, labelling.labels, sight)
    report("Drawing the map")
    coordinates = projector.fit_transform(vectors, neighbours)
    return Grouping(
        labels=labelling.labels,
        probabilities=labelling.probabilities,
        outlier_scores=scores,
        coordinates=coordinates,
        groups=groups,
        metrics=_metrics(vectors, weights, labelling.labels, groups),
    )


def versions() -> dict[str, str]:
    """Return the versions of what a result depends on."""
    return {"python": platform.python_version()} | {name: version(name) for name in PACKAGES}


def _fit_logos(
    vectors: NDArray[np.float32],
    shown: Sequence[Shown],
    weights: NDArray[np.int64],
    clusterer: Clusterer,
) -> Labelling:
    """Cluster all rows but the placeholders: a globe that 200 sites show is no brand."""
    rows = np.flatnonzero([not one.is_placeholder for one in shown])
    labels = np.full(len(vectors), OUTLIER, dtype=np.int64)
    probabilities = np.zeros(len(vectors), dtype=np.float32)
    if len(rows) > 0:
        logos = vectors[rows]
        found = clusterer.fit(logos, nearest(logos, min(N_NEIGHBOURS, len(rows))), weights[rows])
        labels[rows], probabilities[rows] = found.labels, found.probabilities
    return Labelling(labels, probabilities)


def _groups(
    vectors: NDArray[np.float32],
    shown: Sequence[Shown],
    labels: NDArray[np.int64],
    sight: Sight,
) -> tuple[Group, ...]:
    rows_of = [np.flatnonzero(labels == label) for label in range(int(labels.max(initial=-1)) + 1)]
    members = [[name for row in rows for name in shown[int(row)].names] for rows in rows_of]
    medoid_rows = [int(rows[medoids.medoid(vectors[rows])]) for rows in rows_of]
    named = {
        label: Named(domains, partial(sight.image_of, row))
        for label, (domains, row) in enumerate(zip(members, medoid_rows, strict=True))
    }
    given = names(named, sight.sources)
    return tuple(
        Group(
            medoid=medoid_rows[label],
            size=len(members[label]),
            cohesion=round(medoids.cohesion(vectors[rows]), 6),
            name=given[label].text,
            name_score=given[label].score,
        )
        for label, rows in enumerate(rows_of)
    )


def _metrics(
    vectors: NDArray[np.float32],
    weights: NDArray[np.int64],
    labels: NDArray[np.int64],
    groups: Sequence[Group],
) -> dict[str, float | int | None]:
    silhouette = evaluation.silhouette(vectors, labels)
    n_outliers = int(weights[labels < 0].sum())
    return {
        "n_clusters": len(groups),
        "n_outliers": n_outliers,
        "outlier_share": round(n_outliers / max(1, int(weights.sum())), 6),
        "largest": max((one.size for one in groups), default=0),
        "silhouette": None if silhouette is None else round(silhouette, 6),
    }
