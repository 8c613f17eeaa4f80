"""A finished run as a classifier of images into its clusters."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from django.db.models import Q
from numpy.typing import NDArray

from clustering.models import Cluster, LabelSource, Logo, Run
from clustering.models.run import effective
from clustering.pipeline.clusterers import OUTLIER
from clustering.pipeline.placement import Images, Members, Placement, exemplars, place
from clustering.pipeline.placement.calibration import (
    PlacementThreshold,
    threshold_at,
    threshold_for,
)
from clustering.pipeline.placement.reasons import reason
from clustering.pipeline.projectors import PROJECTORS
from clustering.services.embedding import vectors_of

NO_LOGO: Final = "a placeholder image, not a logo"


@dataclass(frozen=True)
class RunModel:
    """A finished run as a model: its exemplars, as people corrected them."""

    run: Run
    members: Members
    """Labels are the clusters' numbers."""
    names: tuple[str, ...]
    """A domain of each member."""
    places: NDArray[np.float32]
    """Shape (m, 2): map coordinates of the members."""
    clusters: dict[int, Cluster]
    """By number."""
    medoids: dict[int, NDArray[np.float32]]
    """Vectors by cluster number."""


@dataclass(frozen=True)
class ClusterCandidate:
    """A candidate cluster and its member nearest to the image."""

    cluster: Cluster
    score: float
    domain: str


@dataclass(frozen=True)
class ClusterPlacement:
    """The cluster of one image, with its reason."""

    cluster: Cluster | None
    """None: an outlier."""
    confidence: float
    reason: str
    candidates: tuple[ClusterCandidate, ...]
    """Up to five, nearest first."""
    outlier_score: float
    """Cosine distance to the medoid of the cluster; for outliers to the nearest medoid."""
    place: tuple[float, float] | None
    """On the run's map."""


@dataclass(frozen=True)
class _MemberRow:
    """One image of the run in one cluster, with its first domain by name."""

    sha256: str
    number: int
    logo_id: int
    phash: int
    name: str
    place: tuple[float, float]


def model_of(run: Run) -> RunModel:
    """Return the run as a model. Three queries, and all vectors of the run in memory.

    Logos placed later are exemplars only if reviewed, so that errors do not propagate.
    """
    clusters = {cluster.number: cluster for cluster in run.clusters.select_related("medoid")}
    rows = _rows(run, {cluster.pk: number for number, cluster in clusters.items()})
    ids, vectors = vectors_of(sorted({row.logo_id for row in rows}), run.embedder_key)
    row_of = {logo_id: row for row, logo_id in enumerate(ids)}
    rows = [row for row in rows if row.logo_id in row_of]
    members = _members(rows, vectors[[row_of[row.logo_id] for row in rows]])
    kept = exemplars.select(members.images.vectors, members.labels)
    return RunModel(
        run=run,
        members=Members(members.images.rows(kept), members.labels[kept]),
        names=tuple(rows[row].name for row in kept),
        places=np.array([rows[row].place for row in kept], np.float32).reshape(-1, 2),
        clusters=clusters,
        medoids={
            number: vectors[row_of[cluster.medoid_id]]
            for number, cluster in clusters.items()
            if cluster.medoid_id in row_of
        },
    )


def _rows(run: Run, numbers: dict[int, int]) -> list[_MemberRow]:
    """Return the run's images by content; sorted here, because databases sort text differently."""
    kept = run.assignments.without_ignored()
    made = kept.filter(Q(placed_at__isnull=True) | Q(reviewed_at__isnull=False))
    values = made.annotate(corrected_cluster=effective(LabelSource.CORRECTED)).values_list(
        "logo_id", "logo__sha256", "logo__phash", "corrected_cluster", "domain__name", "x", "y"
    )
    first: dict[tuple[str, int], _MemberRow] = {}
    for logo_id, sha256, phash, cluster_id, name, x, y in sorted(values, key=lambda row: row[4]):
        number = OUTLIER if cluster_id is None else numbers[cluster_id]
        row = _MemberRow(sha256, number, logo_id, int(phash, 16), name, (x or 0.0, y or 0.0))
        first.setdefault((sha256, number), row)
    return [first[key] for key in sorted(first)]


def _members(rows: Sequence[_MemberRow], vectors: NDArray[np.float32]) -> Members:
    phashes = np.array([row.phash for row in rows], dtype=np.uint64)
    images = Images(tuple(row.sha256 for row in rows), phashes, vectors)
    return Members(images, np.array([row.number for row in rows], dtype=np.int64))


def place_images(
    run: Run, logos: Iterable[Logo], *, chosen: Collection[int] = ()
) -> dict[int, ClusterPlacement]:
    """Return the placement of each logo in the run, by id, without those without a vector.

    Args:
        chosen: ids of logos that people chose, which are never placeholders.
    """
    known = {logo.pk: logo for logo in logos}
    ids, vectors = vectors_of(sorted(known), run.embedder_key)
    if not ids:
        return {}
    images = Images(
        tuple(known[pk].sha256 for pk in ids),
        np.array([int(known[pk].phash, 16) for pk in ids], dtype=np.uint64),
        vectors,
    )
    found = dict(zip(ids, _placed(model_of(run), images), strict=True))
    placeholders = {pk for pk in ids if known[pk].is_placeholder and pk not in chosen}
    return found | {pk: replace(found[pk], cluster=None, reason=NO_LOGO) for pk in placeholders}


def _threshold(run: Run) -> PlacementThreshold:
    if run.found_distances:
        return threshold_at(run.distances.threshold)
    return threshold_for(run.embedder)


def _placed(model: RunModel, images: Images) -> list[ClusterPlacement]:
    members = model.members.images
    found = place(images, model.members, _threshold(model.run))
    if len(members) == 0:
        return [_cluster_placement(model, one, 1.0, None) for one in found]
    projector = PROJECTORS.create(model.run.projector, **model.run.projector_params)
    drawn = projector.transform(images.vectors, members.vectors, model.places).tolist()
    return [
        _cluster_placement(model, one, _distance(model, one, vector), (x, y))
        for one, vector, (x, y) in zip(found, images.vectors, drawn, strict=True)
    ]


def _cluster_placement(
    model: RunModel, found: Placement, outlier_score: float, at: tuple[float, float] | None
) -> ClusterPlacement:
    return ClusterPlacement(
        cluster=model.clusters.get(found.label),
        confidence=found.confidence,
        reason=reason(found, model.names.__getitem__),
        candidates=tuple(
            ClusterCandidate(model.clusters[one.label], one.score, model.names[one.member])
            for one in found.matches
        ),
        outlier_score=outlier_score,
        place=at,
    )


def _distance(model: RunModel, found: Placement, vector: NDArray[np.float32]) -> float:
    if found.label in model.medoids:
        chosen = [model.medoids[found.label]]
    else:
        chosen = list(model.medoids.values())
    return float(np.clip(1.0 - max((vector @ one for one in chosen), default=0.0), 0.0, 1.0))
