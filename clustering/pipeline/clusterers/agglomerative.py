"""Agglomerative clustering with single, average, complete or Ward linkage."""

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import fcluster, linkage

from clustering.pipeline.clusterers import DEFAULT_DISTANCE
from clustering.pipeline.clusterers.average import split_by_average
from clustering.pipeline.clusterers.labelling import labels_by_size
from clustering.pipeline.errors import InputError
from clustering.pipeline.membership import members_by_group
from clustering.pipeline.neighbours import Neighbours, components, condensed_distances, links

TREE_ROWS: Final = 10_000  # float64 distances of the pairs of more rows than this take over 400 MB
TOLERANCE: Final = 1e-9  # of heights: a merge at the threshold itself is made

Linkage = Literal["single", "average", "complete", "ward"]
LINKAGES: Final[tuple[Linkage, ...]] = ("single", "average", "complete", "ward")


@dataclass(frozen=True)
class Agglomerative:
    """Merge the two closest clusters until their distance exceeds a threshold.

    Options are named as in scikit-learn's ``AgglomerativeClustering``. The distances are cosine
    (ward: euclidean between unit rows).
    """

    linkage: Linkage = "average"
    """Distance of two clusters: ``single``, ``average`` or ``complete`` is the smallest, mean or
    largest distance of their pairs; ``ward`` is the growth of the within-cluster variance."""
    distance_threshold: float = DEFAULT_DISTANCE
    """Cosine distance above which clusters are not merged, above 0 and up to 2. For ``ward`` it
    is the cosine distance at which two single rows are still merged."""
    n_clusters: int = 0
    """Number of clusters to stop at; 0 stops at ``distance_threshold``."""
    min_size: int = 2
    """Domains; the rows of smaller clusters are outliers."""

    def __post_init__(self) -> None:
        if self.linkage not in LINKAGES:
            raise InputError(f"linkage must be one of {', '.join(LINKAGES)}, got {self.linkage!r}")
        if not 0 < self.distance_threshold <= 2:
            raise InputError(
                f"distance_threshold must be above 0 and up to 2, got {self.distance_threshold}"
            )
        if self.n_clusters < 0:
            raise InputError(f"n_clusters must be at least 0, got {self.n_clusters}")
        if self.min_size < 1:
            raise InputError(f"min_size must be at least 1, got {self.min_size}")

    def fit(
        self,
        vectors: NDArray[np.float32],
        neighbours: Neighbours,
        weights: NDArray[np.int64] | None = None,
    ) -> NDArray[np.int64]:
        """Cluster n unit rows, shape (n, d).

        Raises:
            InputError: where one tree must hold more than 10,000 rows.
        """
        groups = self._groups(vectors, neighbours)
        return labels_by_size(groups, weights, self.min_size)

    def _groups(self, vectors: NDArray[np.float32], neighbours: Neighbours) -> NDArray[np.int64]:
        """Return the cluster of each row.

        At a distance threshold each component of the graph of all pairs within it can be cut by
        itself: no merge below the threshold joins two components, under any of the first three
        linkages. Single linkage is the components themselves.
        """
        if self.n_clusters or self.linkage == "ward":
            return self._cut(vectors)
        groups = components(len(vectors), links(vectors, neighbours, self.distance_threshold))
        if self.linkage == "single":
            return groups
        if self.linkage == "average":
            return split_by_average(vectors, groups, self.distance_threshold)
        n_groups = len(vectors)
        for rows in members_by_group(groups):
            if len(rows) > 2:
                parts = self._cut(vectors[rows])
                groups[rows] = n_groups + parts
                n_groups += int(parts.max()) + 1
        return groups

    def _cut(self, vectors: NDArray[np.float32]) -> NDArray[np.int64]:
        if len(vectors) > TREE_ROWS:
            raise InputError(
                f"agglomerative takes up to {TREE_ROWS:,} images in one tree, got "
                f"{len(vectors):,}; choose single or average linkage with n_clusters 0, hdbscan "
                "or kmeans, or a smaller distance_threshold"
            )
        if len(vectors) == 1:
            return np.zeros(1, dtype=np.int64)
        distances = condensed_distances(vectors)
        height = self.distance_threshold
        if self.linkage == "ward":  # euclidean
            distances, height = np.sqrt(2.0 * distances), float(np.sqrt(2.0 * height))
        tree = linkage(distances, self.linkage)
        if self.n_clusters:
            return np.asarray(fcluster(tree, self.n_clusters, "maxclust"), dtype=np.int64)
        return np.asarray(fcluster(tree, height + TOLERANCE, "distance"), dtype=np.int64)
