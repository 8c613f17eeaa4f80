"""The stages of a run: neighbours, clusterer, medoids, names, map and metrics.

Shared by the product and the ``cluster`` command.
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
from clustering.pipeline.clusterers import OUTLIER, Clusterer
from clustering.pipeline.clusterers.calibration import Distances
from clustering.pipeline.clusterers.labelling import labels_by_size
from clustering.pipeline.constraints import Constraints, constrained
from clustering.pipeline.dedup import Deduplicated, deduplicate, graph_recall, nearest_rows
from clustering.pipeline.errors import TooFewLogos
from clustering.pipeline.member_confidence import member_confidence
from clustering.pipeline.membership import members_by_group
from clustering.pipeline.naming import NameSources, NamingInput
from clustering.pipeline.naming.cascade import name_clusters
from clustering.pipeline.neighbours import N_NEIGHBOURS, nearest
from clustering.pipeline.projectors import Projector
from clustering.pipeline.projectors.frame import jitter, procrustes_aligned

KEPT_SHARE: Final = 0.75  # of the rows that have a place on the earlier map, to keep it
PACKAGES: Final = (
    "numpy",
    "scipy",
    "scikit-learn",
    "umap-learn",
    "openTSNE",
    "pillow",
)


@dataclass(frozen=True)
class Shown:
    """One unique image: its domains, and whether it is a placeholder."""

    names: tuple[str, ...]
    """The domains that show it."""
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
    """The result for n unique images; ``labels`` index ``groups``, -1 is an outlier."""

    labels: NDArray[np.int64]
    probabilities: NDArray[np.float32]
    """That a row is of its cluster's brand; 0 for outliers."""
    outlier_scores: NDArray[np.float32]
    coordinates: NDArray[np.float32]
    nearest_rows: NDArray[np.int64]
    """Shape (n, k): approximate nearest rows of each row, unordered, padded with -1."""
    groups: tuple[Group, ...]
    metrics: dict[str, float | int | None]


def group(
    vectors: NDArray[np.float32],
    shown: Sequence[Shown],
    *,
    clusterer: Clusterer,
    projector: Projector,
    distances: Distances = Distances(),  # noqa: B008  # frozen
    earlier: NDArray[np.float32] | None = None,
    may_keep_map: bool = False,
    sight: NameSources = NameSources(),  # noqa: B008  # frozen
    rules: Constraints = Constraints(),  # noqa: B008  # frozen
    report: Callable[[str], None] = lambda step: None,
) -> Grouping:
    """Cluster n unique images, name the clusters, and project the images onto the map.

    Args:
        vectors: shape (n, d), rows of L2 norm 1.
        shown: domains of each row, for sizes and names. Placeholders are outliers.
        distances: of the embedder. Near-duplicates, by the distance of copies, are clustered as
            one image; the threshold is the unit of the members' confidence.
        earlier: shape (n, 2), coordinates of each row on the last map, NaN where it had none; the
            new map is Procrustes-aligned to it.
        may_keep_map: keep the places of the last map, if it has three quarters of the rows.
        sight: name sources for clusters whose domains share no word.
        rules: pairs of rows that people put together or apart, whatever the clusterer finds.
        report: called with the name of each step as it begins.

    Raises:
        TooFewLogos: if fewer than two images are given, and not one that several domains show.
    """
    if len(vectors) == 1 and len(shown[0].names) > 1:
        return _one_image(vectors, shown, sight)
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
        distances.copies,
    )
    report("Clustering")
    weights = np.array([len(one.names) for one in shown], dtype=np.int64)
    found = labels_of_rows(unique, clusterer, weights)
    labels = _obeying(found, vectors, weights, rules) if rules else found
    names = [one.names for one in shown]
    confidence = member_confidence(vectors, labels, names, distances.threshold)
    confidence[(found < 0) & (labels >= 0)] = 1.0  # joined by people's rules alone
    scores = medoids.outlier_scores(vectors, labels)
    report("Naming the clusters")
    groups = _groups(vectors, shown, labels, sight)
    report("Drawing the map")
    if earlier is not None and may_keep_map and _has_most(earlier):
        coordinates = _drawn_again(unique, projector, vectors, earlier)
    else:
        coordinates = _drawn(unique, projector, vectors, earlier)
    return Grouping(
        labels=labels,
        probabilities=confidence,
        outlier_scores=scores,
        coordinates=coordinates,
        nearest_rows=nearest_rows(unique, len(vectors)),
        groups=groups,
        metrics=_metrics(vectors, weights, labels, groups)
        | {
            "n_near_duplicates": unique.n_copies,
            "neighbour_recall": round(graph_recall(unique), 4),
        },
    )


def _one_image(
    vectors: NDArray[np.float32], shown: Sequence[Shown], sight: NameSources
) -> Grouping:
    """Return the result for one image: a cluster of the domains that show it."""
    labels = np.array([OUTLIER if shown[0].is_placeholder else 0], dtype=np.int64)
    weights = np.array([len(shown[0].names)], dtype=np.int64)
    groups = _groups(vectors, shown, labels, sight)
    return Grouping(
        labels=labels,
        probabilities=(labels == 0).astype(np.float32),
        outlier_scores=(labels == OUTLIER).astype(np.float32),
        coordinates=np.zeros((1, 2), dtype=np.float32),
        nearest_rows=np.full((1, 1), -1, dtype=np.int64),
        groups=groups,
        metrics=_metrics(vectors, weights, labels, groups)
        | {"n_near_duplicates": 0, "neighbour_recall": 1.0},
    )


def versions() -> dict[str, str]:
    """Return the versions of what a result depends on."""
    return {"python": platform.python_version()} | {name: version(name) for name in PACKAGES}


def labels_of_rows(
    unique: Deduplicated, clusterer: Clusterer, weights: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Cluster the representatives and give their labels to their duplicates.

    Clusters of equal size are numbered by their first row. That of a representative would do
    for equal input, but which duplicate represents the others depends on the last digits.
    """
    labels = np.full(len(weights), OUTLIER, dtype=np.int64)
    if len(unique.logo_rows) > 0:
        domains = np.bincount(unique.representative_index, weights[unique.logo_rows]).astype(
            np.int64
        )
        found = clusterer.fit(unique.vectors, unique.graph, domains)
        labels[unique.logo_rows] = found[unique.representative_index]
    return labels_by_size(labels, weights, min_size=1)


def _obeying(
    found: NDArray[np.int64],
    vectors: NDArray[np.float32],
    weights: NDArray[np.int64],
    rules: Constraints,
) -> NDArray[np.int64]:
    """Apply people's rules to the groups."""
    return labels_by_size(constrained(found, vectors, weights, rules), weights, min_size=1)


def _drawn(
    unique: Deduplicated,
    projector: Projector,
    vectors: NDArray[np.float32],
    earlier: NDArray[np.float32] | None,
) -> NDArray[np.float32]:
    """Return map coordinates: representatives are fitted, other rows placed among them."""
    if len(unique.logo_rows) == 0:
        drawn = projector.fit_transform(vectors, nearest(vectors, N_NEIGHBOURS))
    else:
        plane = projector.fit_transform(unique.vectors, unique.graph)
        drawn = projector.transform(vectors, unique.vectors, plane)
        drawn[unique.logo_rows] = jitter(plane, unique.representative_index)
    return drawn if earlier is None else procrustes_aligned(drawn, earlier)


def _has_most(earlier: NDArray[np.float32]) -> bool:
    return len(earlier) > 0 and float(np.isfinite(earlier).all(axis=1).mean()) >= KEPT_SHARE


def _drawn_again(
    unique: Deduplicated,
    projector: Projector,
    vectors: NDArray[np.float32],
    earlier: NDArray[np.float32],
) -> NDArray[np.float32]:
    """Return the earlier coordinates, with new rows placed among them.

    A new fit would move every island: after one in twenty logos came, the median logo moved
    by 12 % of the map's width, and no more neighbours were kept than here.
    """
    known = np.isfinite(earlier).all(axis=1)
    drawn = earlier.astype(np.float32)
    new = np.flatnonzero(~known)
    drawn[new] = projector.transform(vectors[new], vectors[known], drawn[known])
    is_new_copy = np.isin(unique.logo_rows, new)
    spread = jitter(drawn[unique.representative_rows], unique.representative_index)
    drawn[unique.logo_rows[is_new_copy]] = spread[is_new_copy]
    return drawn


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
