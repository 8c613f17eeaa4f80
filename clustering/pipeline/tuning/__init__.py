"""Parameter search: many clusterings from few cached trees, scored and compared.

    trees    HDBSCAN for any number of configurations from one tree per metric and min_samples
    cuts     single and average linkage at every distance threshold of a sweep
    scoring  silhouette with lone outliers, relative validity, agreement with people
    judging  labels -> candidates with their figures
    search   all of it for one set of vectors, and the choice
    examples what a distance means in pictures

Without people's word a clustering is scored by the mean silhouette over all logos, an outlier
being a cluster of one, whose silhouette is 0 (Rousseeuw, 1987). So every outlier costs what a
good cluster would earn, and a cluster next to a lone look-alike earns less. On labelled logos
its top lies where B-cubed F is within 0.004 of its best; the silhouette of the clustered logos
alone prefers smaller distances, where it has fewer logos to answer for (docs/quality.md).
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
        """Return every combination, those of one tree side by side."""
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
"""320 configurations: what brute-force searches on logos usually try."""
LOGO_GRID: Final = Grid(
    min_samples=(1, 2, 3, 4),
    metric=("euclidean",),
    cluster_selection_epsilon=(0.0, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9),
)
"""As many, for the product's own clusterer: euclidean, since on unit rows both metrics order
distances alike, and with the larger epsilons without which exact copies break brands apart."""


@dataclass(frozen=True)
class Setting:
    """A clusterer's setting, what it gives, and how good that is."""

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
    """B-cubed F with what people decided; None if they decided too little."""
    validity: float | None = None
    """Relative validity (an approximation of DBCV); hdbscan only."""

    def as_json(self) -> dict[str, Any]:
        """Return the fields by name."""
        return asdict(self)


@dataclass(frozen=True)
class Report:
    """What a search found."""

    n_logos: int
    n_domains: int
    n_decided: int
    """Logos about which a person decided."""
    chosen: Setting
    why: str
    sweeps: dict[str, list[Setting]]
    """Agglomerative clustering by linkage, by ascending distance threshold."""
    grid: list[Setting]
    """The best settings of hdbscan, best first."""
    n_configurations: int
    """Of hdbscan that were tried; 0 where there are too many logos for it."""
    k_means: list[dict[str, float | None]]
    """n_clusters, inertia, silhouette."""
    k_suggested: int | None
    seconds: dict[str, float] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Return the fields by name."""
        return asdict(self)
