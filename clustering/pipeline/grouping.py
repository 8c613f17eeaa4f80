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
from clustering.pipeline.duplicates import COPY_DISTANCE, collapse
from clustering.pipeline.errors import TooFewLogos
from clustering.pipeline.membership import members_by_group
from clustering.pipeline.naming import Named, Sight
from clustering.pipeline.naming.cascade import names
from clustering.pipeline.neighbours import EXACT_ROWS, Neighbours, measured_recall, nearest
from clustering.pipeline.projectors import Projector
from clustering.pipeline.projectors.frame import fanned_out, registered

N_NEIGHBOURS: Final = 15  # of the graph that every step shares; UMAP's own default
N_COPIES: Final = 6  # of a logo, remembered among those most like it
N_COPIED: Final = 4  # nearest logos whose copies are remembered as well, itself among them
PACKAGES: Final = (
    "numpy",
    "scipy",
    "scikit-learn",
    "faiss-cpu",
    "hdbscan",
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
    alike: NDArray[np.int64]
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
    sight: Sight = Sight(),  # noqa: B008  # frozen
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
    stage = _stage(vectors, shown, copy_distance)
    report("Clustering")
    weights = np.array([len(one.names) for one in shown], dtype=np.int64)
    labelling = _fit(stage, clusterer, weights)
    scores = medoids.outlier_scores(vectors, labelling.labels)
    report("Naming the clusters")
    groups = _groups(vectors, shown, labelling.labels, sight)
    report("Drawing the map")
    coordinates = _drawn(stage, projector, vectors, earlier)
    return Grouping(
        labels=labelling.labels,
        probabilities=labelling.probabilities,
        outlier_scores=scores,
        coordinates=coordinates,
        alike=_alike(stage, len(vectors)),
        groups=groups,
        metrics=_metrics(vectors, weights, labelling.labels, groups) | _graph_metrics(stage),
    )


def versions() -> dict[str, str]:
    """Return the versions of what a result depends on."""
    return {"python": platform.python_version()} | {name: version(name) for name in PACKAGES}


@dataclass(frozen=True)
class _Stage:
    """What clusterer and projector work on: each logo once, and the graph of all of them."""

    logos: NDArray[np.int64]
    """Rows that are no placeholders."""
    kept: NDArray[np.int64]
    """Rows of the representatives."""
    home: NDArray[np.int64]
    """Of each of those, the place among the representatives."""
    vectors: NDArray[np.float32]
    """Of the representatives."""
    graph: Neighbours


def _stage(vectors: NDArray[np.float32], shown: Sequence[Shown], copy_distance: float) -> _Stage:
    """Leave the placeholders out, collapse the copies, and find everyone's neighbours, once."""
    logos = np.flatnonzero([not one.is_placeholder for one in shown])
    if len(logos) == 0:
        none = Neighbours(np.empty((0, 1), np.int64), np.empty((0, 1), np.float32))
        return _Stage(logos, logos, logos, vectors[:0], none)
    phashes = np.array([shown[int(row)].phash for row in logos], dtype=np.uint64)
    collapsed = collapse(vectors[logos], phashes, copy_distance)
    kept = logos[collapsed.rows]
    graph = nearest(vectors[kept], N_NEIGHBOURS)
    return _Stage(logos, kept, collapsed.home, vectors[kept], graph)


def _fit(stage: _Stage, clusterer: Clusterer, weights: NDArray[np.int64]) -> Labelling:
    """Cluster the representatives; copies follow, and a globe that 200 sites show is no brand."""
    labels = np.full(len(weights), OUTLIER, dtype=np.int64)
    probabilities = np.zeros(len(weights), dtype=np.float32)
    if len(stage.logos) > 0:
        domains = np.bincount(stage.home, weights[stage.logos]).astype(np.int64)
        found = clusterer.fit(stage.vectors, stage.graph, domains)
        labels[stage.logos] = found.labels[stage.home]
        probabilities[stage.logos] = found.probabilities[stage.home]
    return Labelling(labels, probabilities)


def _drawn(
    stage: _Stage,
    projector: Projector,
    vectors: NDArray[np.float32],
    earlier: NDArray[np.float32] | None,
) -> NDArray[np.float32]:
    """Return everyone's place: representatives by the graph, copies and placeholders by them."""
    if len(stage.logos) == 0:
        drawn = projector.fit_transform(vectors, nearest(vectors, N_NEIGHBOURS))
    else:
        plane = projector.fit_transform(stage.vectors, stage.graph)
        drawn = projector.transform(vectors, stage.vectors, plane)
        drawn[stage.logos] = fanned_out(plane, stage.home)
    return drawn if earlier is None else registered(drawn, earlier)


def _alike(stage: _Stage, n_rows: int) -> NDArray[np.int64]:
    """Return what the graph knows: of each logo the neighbours, and copies of the nearest."""
    width = N_NEIGHBOURS + N_COPIED * N_COPIES
    alike = np.full((n_rows, width), -1, dtype=np.int64)
    if len(stage.logos) == 0:
        return alike
    copies = np.full((len(stage.kept) + 1, N_COPIES), -1, dtype=np.int64)  # the last is nobody's
    for home, places in enumerate(members_by_group(stage.home)):
        others = stage.logos[places][:N_COPIES]
        copies[home, : len(others)] = others
    near = stage.graph.indices
    named = np.where(near < 0, -1, stage.kept[near])
    more = copies[near[:, :N_COPIED]].reshape(len(near), -1)
    alike[stage.logos, : named.shape[1]] = named[stage.home]
    alike[stage.logos, N_NEIGHBOURS : N_NEIGHBOURS + more.shape[1]] = more[stage.home]
    alike[alike == np.arange(n_rows)[:, None]] = -1
    return alike


def _groups(
    vectors: NDArray[np.float32],
    shown: Sequence[Shown],
    labels: NDArray[np.int64],
    sight: Sight,
) -> tuple[Group, ...]:
    rows_of = members_by_group(labels)
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


def _graph_metrics(stage: _Stage) -> dict[str, float | int | None]:
    """How many images were compared, and how many of their true neighbours the graph holds."""
    n_compared = len(stage.vectors)
    is_exact = n_compared <= EXACT_ROWS
    recall = 1.0 if is_exact else measured_recall(stage.vectors, stage.graph)
    return {
        "n_near_duplicates": len(stage.logos) - n_compared,
        "neighbour_recall": round(recall, 4),
    }
