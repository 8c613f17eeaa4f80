"""Example logos for each distance threshold: the largest clusters, and the newly merged ones."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from clustering.pipeline.clusterers.labelling import members_by_group
from clustering.pipeline.evaluation import outliers_as_singletons
from clustering.pipeline.tuning.scoring import Labels

N_CLUSTERS: Final = 6
N_LOGOS: Final = 6


@dataclass(frozen=True)
class Example:
    """Some logos of one cluster."""

    size: int
    """Domains."""
    rows: tuple[int, ...]


@dataclass(frozen=True)
class CutPreview:
    """One distance of a sweep."""

    largest: tuple[Example, ...]
    """Logos from the medoid to the edge of the cluster, where errors appear first."""
    joined: tuple[Example, ...]
    """Clusters merged since the previous distance: a logo of each part, largest first."""


def previews(
    vectors: NDArray[np.float32], weights: NDArray[np.int64], sweep: list[Labels]
) -> list[CutPreview]:
    """Return the examples of each distance of a sweep, in its order.

    Args:
        vectors: shape (n, d), unit rows.
        weights: shape (n,), domains that show each row.
        sweep: labels of shape (n,) by ascending distance; an outlier is its own part.
    """
    before = [np.arange(len(vectors)), *(outliers_as_singletons(labels) for labels in sweep)]
    return [
        CutPreview(
            largest=_largest(vectors, weights, labels),
            joined=_joined(weights, labels, parts),
        )
        for labels, parts in zip(sweep, before, strict=False)
    ]


def _largest(
    vectors: NDArray[np.float32], weights: NDArray[np.int64], labels: Labels
) -> tuple[Example, ...]:
    """Labels are numbered by size, so the first are the largest."""
    groups = members_by_group(np.where(labels < N_CLUSTERS, labels, -1))
    return tuple(
        Example(int(weights[rows].sum()), _from_middle_to_edge(vectors, rows)) for rows in groups
    )


def _from_middle_to_edge(vectors: NDArray[np.float32], rows: NDArray[np.int64]) -> tuple[int, ...]:
    similarity = np.round(vectors[rows] @ vectors[rows].mean(axis=0), 6)
    ranked = rows[np.argsort(-similarity, kind="stable")]
    places = np.linspace(0, len(ranked) - 1, min(N_LOGOS, len(ranked))).round().astype(int)
    return tuple(int(row) for row in ranked[places])


def _joined(weights: NDArray[np.int64], labels: Labels, parts: Labels) -> tuple[Example, ...]:
    """Largest clusters first; ties go to the lower number."""
    found = []
    for rows in members_by_group(labels):
        _, firsts, part_of = np.unique(parts[rows], return_index=True, return_inverse=True)
        if len(firsts) < 2:
            continue
        sizes = np.bincount(part_of.ravel(), weights[rows])
        order = np.argsort(-sizes, kind="stable")[:N_LOGOS]
        chosen = tuple(int(row) for row in rows[firsts[order]])
        found.append(Example(int(weights[rows].sum()), chosen))
        if len(found) == N_CLUSTERS:
            break
    return tuple(found)
