"""Benchmark of runs: synthetic logos, and the cost of each stage in its own process."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

STAGES: Final = (
    "copies",
    "neighbours",
    "single linkage",
    "average linkage",
    "hdbscan",
    "map",
    "similar",
)
"""Stages of the product, in the order of a run."""
DEFAULT: Final = "average linkage"
"""The default clusterer."""
PLAIN: Final = ("plain hdbscan", "plain umap")
"""Baselines: each library on the plain vectors."""
EXACT: Final = "exact hdbscan"
"""The library on the full distance matrix, capped at ``max_distance``."""
EXACT_LIMIT: Final = 10_000  # rows of a matrix: 800 MB
MAP_LIMIT: Final = 100_000  # logos on one map; the limit of browsers


@dataclass(frozen=True)
class Job:
    """One stage to run on the synthetic logos of a folder."""

    stage: str
    folder: str
    cpu_seconds: int
    """Limit, after which the process ends without a result."""

    @property
    def path(self) -> Path:
        """Folder of intermediate results."""
        return Path(self.folder)


@dataclass(frozen=True)
class StageCost:
    """Cost of one stage, measured inside its own process."""

    stage: str
    n_rows: int
    cpu_seconds: float
    """Without loading data and libraries."""
    extra_bytes: int
    """Peak resident memory, above the vectors."""
    figures: dict[str, float]
    """Further figures: recall, clusters, milliseconds."""


def stages_for(n_rows: int) -> list[str]:
    """Return the stages that run at a size; the baselines always do."""
    ours = [stage for stage in STAGES if stage != "map" or n_rows <= MAP_LIMIT]
    return [*ours, *PLAIN, *([EXACT] if n_rows <= EXACT_LIMIT else [])]
