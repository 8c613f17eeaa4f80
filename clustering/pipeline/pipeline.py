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
from clustering.pipeline.dedup import Deduplicated, deduplicate, graph_recall, nearest_rows
from clustering.pipeline.duplicates import COPY_DISTANCE
from clustering.pipeline.errors import TooFewLogos
from clustering.pipeline.membership import members_by_group
from clustering.pipeline.naming import NameSources, NamingInput
from clustering.pipeline.naming.cascade import name_clusters
from clustering.pipeline.neighbours import N_NEIGHBOURS, nearest
from clustering.pipeline.projectors import Projector
from clustering.pipeline.projectors.frame import jitter, procrustes_aligned

PACKAGES: Final = (
    "numpy",
    "scipy",
    "scikit-learn",
    "faiss-cpu",
    "umap-learn",
    "openTSNE",
    "pillow",
)


@dataclass(frozen=True)
class Shown:
    """Who shows one unique image, and whether it is a logo at all."""

    names: tuple[str, ...]
    phash: int
    """64-bit perceptual hash."""
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
    nearest_rows: NDArray[np.int64]
    """Shape (n, k): rows most like each, in no order; -1 is none."""
    groups: tuple[Group, ...]
    metrics: dict[str, float | int | None]


def group(
    vectors: NDArray[np.float32],
    shown: Sequence[Shown],
    *,
    clusterer: Clusterer,
    projector: Projector,
    copy_distance: float = COPY_DISTANCE,
    earlier: NDArray[np.float32] | None = None,
    sight: NameSources = NameSources(),  # noqa: B008  # frozen
    report: Callable[[str], None] = lambda step: None,
) -> Grouping:
    """Cluster n unique images, lay them out, and name the clusters.

    Args:
        vectors: shape (n, d), rows of L2 norm 1.
        shown: who shows each row; sizes and names come from it. Placeholders are outliers.
        copy_distance: cosine, up to which logos with nearly the same perceptual hash are copies
            of one; copies are clustered as one image and never separated.
        earlier: shape (n, 2), where the last map had each row, NaN where it had not; the new map
            is laid on it.
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
    unique = deduplicate(
        vectors,
        np.array([one.phash for one in shown], dtype=np.uint64),
        np.array([one.is_placeholder for one in shown], dtype=np.bool_),
        copy_distance,
    )
    report("Clustering")
    weights = np.array([len(one.names) for one in shown], dtype=np.int64)
    labelling = _fit(unique, clusterer, weights)
    scores = medoids.outlier_scores(vectors, labelling.labels)
    report("Naming the clusters")
    groups = _groups(vectors, shown, labelling.labels, sight)
    report("Drawing the map")
    coordinates = _drawn(unique, projector, vectors, earlier)
    return Grouping(
        labels=labelling.labels,
        probabilities=labelling.probabilities,
        outlier_scores=scores,
        coordinates=coordinates,
        nearest_rows=nearest_rows(unique, len(vectors)),
        groups=groups,
        metrics=_metrics(vectors, weights, labelling.labels, groups)
        | {
            "n_near_duplicates": unique.n_copies,
            "neighbour_recall": round(graph_recall(unique), 4),
        },
    )


def versions() -> dict[str, str]:
    """Return the versions of what a result depends on."""
    return {"python": platform.python_version()} | {name: version(name) for name in PACKAGES}


def _fit(unique: Deduplicated, clusterer: Clusterer, weights: NDArray[np.int64]) -> Labelling:
    """Cluster the representatives; copies follow, and a globe that 200 sites show is no brand."""
    labels = np.full(len(weights), OUTLIER, dtype=np.int64)
    probabilities = np.zeros(len(weights), dtype=np.float32)
    if len(unique.logos) > 0:
        domains = np.bincount(unique.home, weights[unique.logos]).astype(np.int64)
        found = clusterer.fit(unique.vectors, unique.graph, domains)
        labels[unique.logos] = found.labels[unique.home]
        probabilities[unique.logos] = found.probabilities[unique.home]
    return Labelling(labels, probabilities)


def _drawn(
    unique: Deduplicated,
    projector: Projector,
    vectors: NDArray[np.float32],
    earlier: NDArray[np.float32] | None,
) -> NDArray[np.float32]:
    """Return everyone's place: representatives by the graph, copies and placeholders by them."""
    if len(unique.logos) == 0:
        drawn = projector.fit_transform(vectors, nearest(vectors, N_NEIGHBOURS))
    else:
        plane = projector.fit_transform(unique.vectors, unique.graph)
        drawn = projector.transform(vectors, unique.vectors, plane)
        drawn[unique.logos] = jitter(plane, unique.home)
    return drawn if earlier is None else procrustes_aligned(drawn, earlier)


def _groups(
    vectors: NDArray[np.float32],
    shown: Sequence[Shown],
    labels: NDArray[np.int64],
    sight: NameSources,
) -> tuple[Group, ...]:
    rows_of = members_by_group(labels)
    members = [[name for row in rows for name in shown[int(row)].names] for rows in rows_of]
    medoid_rows = [int(rows[medoids.medoid(vectors[rows])]) for rows in rows_of]
    named = {
        label: NamingInput(domains, partial(sight.image_of, row))
        for label, (domains, row) in enumerate(zip(members, medoid_rows, strict=True))
    }
    given = name_clusters(named, sight.sources)
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
