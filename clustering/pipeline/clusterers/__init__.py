"""Vectors and their neighbours -> cluster labels, numbered by size; -1 is an outlier.

agglomerative   single, average, complete or Ward linkage, cut at a distance or a number
hdbscan         HDBSCAN* with a maximum distance; condensed_tree.py selects the clusters
dbscan          DBSCAN
kmeans          k-means; rows far from the medoid are outliers
"""

from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from clustering.pipeline.neighbours import Neighbours
from clustering.pipeline.registry import Registry

OUTLIER = -1
DEFAULT_DISTANCE: Final = 0.3
"""Cosine; every clusterer's threshold for embedders without a measured one (calibration.py)."""


class Clusterer(Protocol):
    """A frozen dataclass of options with one method; deterministic for equal input."""

    def fit(
        self,
        vectors: NDArray[np.float32],
        neighbours: Neighbours,
        weights: NDArray[np.int64] | None = None,
    ) -> NDArray[np.int64]:
        """Group n unit rows, shape (n, d), n >= 1.

        Return labels, shape (n,): 0 .. k-1 by descending weight (ties: lowest row first), -1 for
        outliers.

        ``weights``, shape (n,), says how many domains show a row (1 each when None). Sizes
        count domains: one image of enough domains is a cluster.
        """
        ...


CLUSTERERS: Registry[Clusterer] = Registry(
    "clusterer",
    {
        "agglomerative": "clustering.pipeline.clusterers.agglomerative:Agglomerative",
        "hdbscan": "clustering.pipeline.clusterers.hdbscan:Hdbscan",
        "dbscan": "clustering.pipeline.clusterers.dbscan:Dbscan",
        "kmeans": "clustering.pipeline.clusterers.kmeans:KMeans",
    },
)
