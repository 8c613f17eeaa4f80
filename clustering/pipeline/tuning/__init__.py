"""Parameter search: many clusterings from few cached trees, scored and compared.

    trees    HDBSCAN for any number of configurations from one tree per metric and min_samples
    cuts     single and average linkage at every distance threshold of a sweep
    scoring  silhouette with lone outliers, relative validity, agreement with manual decisions
    scoring_rules  labels -> scored settings
    search   the whole search on one set of vectors, and the choice
    examples example logos for each distance threshold

Without enough corrections a clustering is scored by the mean silhouette over all logos, with
each outlier as a cluster of one, whose silhouette is 0 (Rousseeuw, 1987). So outliers lower the
score, and so does a cluster next to a similar outlier. On labelled logos its maximum is where
B-cubed F is within 0.004 of its maximum; the silhouette of clustered logos alone prefers smaller
distances, which leave more logos out (docs/quality.md).
"""

from dataclasses import asdict, dataclass, field
from itertools import product
from typing import Any, Final, Literal

Metric = Literal["cosine", "euclidean"]
Method = Literal["eom", "leaf"]


@dataclass(frozen=True)
class Configuration:
    """One setting of HDBSCAN, by the names of its own parameters."""

    min_cluster_size: int
    min_samples: int
    metric: Metric
    cluster_selection_epsilon: float
    cluster_selection_method: Method


@dataclass(frozen=True)
class Grid:
    """The values to combine."""

    min_cluster_size: tuple[int, ...] = (2, 3, 5, 8, 10)
    min_samples: tuple[int, ...] = (2, 3, 4, 5)
    metric: tuple[Metric, ...] = ("cosine", "euclidean")
    cluster_selection_epsilon: tuple[float, ...] = (0.1, 0.15, 0.2, 0.25)
    cluster_selection_method: tuple[Method, ...] = ("eom", "leaf")

    def configurations(self) -> list[Configuration]:
        """Return every combination; those that share a tree are adjacent."""
        combined = product(
            self.metric,
            self.min_samples,
            self.min_cluster_size,
            self.cluster_selection_epsilon,
            self.cluster_selection_method,
        )
        return [
            Configuration(size, samples, metric, epsilon, method)
            for metric, samples, size, epsilon, method in combined
        ]


USUAL_GRID: Final = Grid()
"""320 configurations, as in usual brute-force searches on logos."""
LOGO_GRID: Final = Grid(
    min_samples=(1, 2, 3, 4),
    metric=("euclidean",),
    cluster_selection_epsilon=(0.0, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9),
)
"""320 configurations for the product's own clusterer: euclidean only, since on unit rows both
metrics order distances equally, and larger epsilons, without which exact copies split brands."""


@dataclass(frozen=True)
class Setting:
    """Parameters of a clusterer, with the result and its scores."""

    clusterer: str
    params: dict[str, Any]
    n_clusters: int
    n_outliers: int
    """Domains."""
    largest: int
    """Domains."""
    silhouette: float
    """Mean over all logos, outliers as clusters of one; -1 to 1."""
    agreement: float | None = None
    """B-cubed F against corrections; None if there are too few."""
    validity: float | None = None
    """Relative validity (an approximation of DBCV); hdbscan only."""

    def as_json(self) -> dict[str, Any]:
        """Return the fields by name."""
        return asdict(self)


@dataclass(frozen=True)
class Report:
    n_logos: int
    n_domains: int
    n_decided: int
    """Reviewed logos."""
    chosen: Setting
    why: str
    sweeps: dict[str, list[Setting]]
    """Agglomerative clustering by linkage, by ascending distance threshold."""
    grid: list[Setting]
    """The best settings of hdbscan, best first."""
    n_configurations: int
    """Number of hdbscan configurations tried; 0 if there are too many logos."""
    k_means: list[dict[str, float | None]]
    """n_clusters, inertia, silhouette."""
    k_suggested: int | None
    seconds: dict[str, float] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Return the fields by name."""
        return asdict(self)
