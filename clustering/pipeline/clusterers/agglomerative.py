"""Groups merged bottom-up: complete link, average link or Ward's criterion."""

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import fcluster, linkage

from clustering.pipeline.clusterers import Labelling
from clustering.pipeline.clusterers.average import split_by_average
from clustering.pipeline.clusterers.labelling import labelled, labels_by_size
from clustering.pipeline.errors import InputError
from clustering.pipeline.membership import members_by_group
from clustering.pipeline.neighbours import Neighbours, components, condensed_distances, links

TREE_ROWS: Final = 10_000  # float64 distances of the pairs of more rows than this take over 400 MB

Criterion = Literal["complete", "average", "ward"]


@dataclass(frozen=True)
class Agglomerative:
    """A tree of merges, cut at a distance or at a number of groups."""

    linkage: Criterion = "complete"
    """``complete``: all pairs are within the distance; ``average``: their mean; ``ward``: the
    growth of the groups' inertia (euclidean)."""
    distance: float = 0.3
    """Where the tree is cut. Cosine; for ``ward`` two rows so far apart just merge."""
    n_clusters: int = 0
    """Cut the tree into so many groups instead; 0 cuts at ``distance``."""
    min_size: int = 2
    """Domains; smaller groups are outliers."""

    def __post_init__(self) -> None:
        if self.linkage not in ("complete", "average", "ward"):
            raise InputError(f"linkage must be complete, average or ward, got {self.linkage!r}")
        if not 0 < self.distance <= 2:
            raise InputError(f"distance must be above 0 and up to 2, got {self.distance}")
        if self.n_clusters < 0 or self.min_size < 1:
            raise InputError("n_clusters must be at least 0 and min_size at least 1")

    def fit(
        self,
        vectors: NDArray[np.float32],
        neighbours: Neighbours,
        weights: NDArray[np.int64] | None = None,
    ) -> Labelling:
        """Group n unit rows, shape (n, d).

        Raises:
            InputError: where one tree must hold more than 10,000 rows.
        """
        groups = self._groups(vectors, neighbours)
        return labelled(vectors, labels_by_size(groups, weights, self.min_size), self.distance)

    def _groups(self, vectors: NDArray[np.float32], neighbours: Neighbours) -> NDArray[np.int64]:
        """Complete and average link need a tree per component only: within it is every merge."""
        if self.n_clusters or self.linkage == "ward":
            return self._cut(vectors)
        groups = components(len(vectors), links(vectors, neighbours, self.distance))
        if self.linkage == "average":
            return split_by_average(vectors, groups, self.distance)
        free = len(vectors)
        for rows in members_by_group(groups):
            if len(rows) > 2:
                parts = self._cut(vectors[rows])
                groups[rows] = free + parts
                free += int(parts.max()) + 1
        return groups

    def _cut(self, vectors: NDArray[np.float32]) -> NDArray[np.int64]:
        if len(vectors) > TREE_ROWS:
            raise InputError(
                f"agglomerative takes up to {TREE_ROWS:,} images in one tree, got "
                f"{len(vectors):,}; choose threshold, hdbscan or kmeans, or a smaller distance"
            )
        if len(vectors) == 1:
            return np.zeros(1, dtype=np.int64)
        distances = condensed_distances(vectors)
        if self.linkage == "ward":  # euclidean
            distances = np.sqrt(2.0 * distances)
        tree = linkage(distances, self.linkage)
        if self.n_clusters:
            return np.asarray(fcluster(tree, self.n_clusters, "maxclust"), dtype=np.int64)
        height = np.sqrt(2.0 * self.distance) if self.linkage == "ward" else self.distance
        return np.asarray(fcluster(tree, height + 1e-9, "distance"), dtype=np.int64)
