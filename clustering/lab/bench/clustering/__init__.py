"""The bench of the run stage: planted logos, and what each step costs in a process of its own."""

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
"""Ours, in the order of a run."""
DEFAULT: Final = "average linkage"
"""The clusterer of a fresh installation among them."""
PLAIN: Final = ("plain hdbscan", "plain umap")
"""What one would write without this project: each library by itself, on the vectors."""
EXACT: Final = "exact hdbscan"
"""The library on the full matrix of distances, capped where our hierarchy begins."""
EXACT_LIMIT: Final = 10_000  # rows whose matrix is made: 800 MB
MAP_LIMIT: Final = 100_000  # logos on one map; a browser draws no more at ease


@dataclass(frozen=True)
class Job:
    """One stage to run on the planted logos of a folder."""

    stage: str
    folder: str
    cpu_seconds: int
    """After so much the process ends without a result."""

    @property
    def path(self) -> Path:
        """Where the stages of one size keep what the next ones need."""
        return Path(self.folder)


@dataclass(frozen=True)
class StageCost:
    """What one stage took, measured inside its own process."""

    stage: str
    n_rows: int
    cpu_seconds: float
    """Of the stage alone: loading data and libraries is left out."""
    extra_bytes: int
    """The most memory that was resident, above the vectors."""
    figures: dict[str, float]
    """What else it found out: recall, clusters, milliseconds."""


def stages_for(n_rows: int) -> list[str]:
    """Return the stages that make sense at a size; the plain ones are tried at any."""
    ours = [stage for stage in STAGES if stage != "map" or n_rows <= MAP_LIMIT]
    return [*ours, *PLAIN, *([EXACT] if n_rows <= EXACT_LIMIT else [])]
