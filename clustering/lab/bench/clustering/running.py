"""Runs the stages of each size, and compares their results."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import numpy as np
from numpy.typing import NDArray

from clustering.lab import ROOT
from clustering.lab.bench.clustering import DEFAULT, EXACT, PLAIN, Job, StageCost, stages_for

OURS_SECONDS: Final = 3_600  # of CPU; far above any stage
THREADS: Final = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS")


@dataclass(frozen=True)
class Size:
    """Costs of all stages at one number of logos."""

    n_rows: int
    costs: dict[str, StageCost]
    """By stage; a stage that did not finish is missing."""
    agreement: dict[str, float]
    """Adjusted Rand index of each clusterer with the truth."""
    exactness: float | None
    """Adjusted Rand index of the product's hdbscan with the exact one."""

    @property
    def clustering_seconds(self) -> float:
        """CPU of deduplication, neighbours and the default clusterer."""
        stages = ("copies", "neighbours", DEFAULT)
        return sum(self.costs[stage].cpu_seconds for stage in stages)


def measure_size(
    n_rows: int, *, plain_seconds: int, report: Callable[[StageCost], None] = lambda cost: None
) -> Size:
    """Generate ``n_rows`` logos and run every stage on them, each in a new process.

    Args:
        plain_seconds: CPU limit of the baselines; 0 skips them.
        report: called with each cost.

    Raises:
        subprocess.CalledProcessError: if a stage of the product fails.
    """
    with TemporaryDirectory(prefix="bench-clustering-") as folder:
        _child(Job("plant", folder, OURS_SECONDS), n_rows)
        costs = {}
        for cost in _costs(n_rows, folder, plain_seconds):
            costs[cost.stage] = cost
            report(cost)
        return Size(n_rows, costs, _agreement(Path(folder)), exactness(Path(folder)))


def cost_of(job: Job, n_rows: int) -> StageCost:
    """Run one stage in a fresh process.

    Raises:
        subprocess.CalledProcessError: if it fails, or its time is up.
    """
    return StageCost(**json.loads(_child(job, n_rows)))


def growth(small: Size, large: Size) -> float:
    """Return the growth exponent of the clustering time between two sizes."""
    times = large.clustering_seconds / small.clustering_seconds
    return float(np.log(times) / np.log(large.n_rows / small.n_rows))


def _costs(n_rows: int, folder: str, plain_seconds: int) -> Iterator[StageCost]:
    for stage in stages_for(n_rows):
        if stage not in PLAIN:
            yield cost_of(Job(stage, folder, OURS_SECONDS), n_rows)
            if stage == "neighbours":
                yield cost_of(Job("recall", folder, OURS_SECONDS), n_rows)
        elif plain_seconds:
            try:
                yield cost_of(Job(stage, folder, plain_seconds), n_rows)
            except subprocess.CalledProcessError:
                continue


def _child(job: Job, n_rows: int) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "clustering.lab.bench.clustering.child"],
        cwd=ROOT,
        env=os.environ | dict.fromkeys(THREADS, "1"),
        input=json.dumps(asdict(job) | {"n_rows": n_rows}),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return done.stdout


def _agreement(folder: Path) -> dict[str, float]:
    truth = np.load(folder / "brands.npy")
    files = sorted(folder.glob("labels of *.npy"))
    return {
        file.stem.removeprefix("labels of "): adjusted_rand(np.load(file), truth) for file in files
    }


def exactness(folder: Path) -> float | None:
    """Return the agreement of hdbscan with the exact one; None if that was not run."""
    file = folder / f"labels of {EXACT}.npy"
    if not file.exists():
        return None
    return adjusted_rand(np.load(folder / "labels of hdbscan.npy"), apart(np.load(file)))


def adjusted_rand(labels: NDArray[np.int64], truth: NDArray[np.int64]) -> float:
    """Return the adjusted Rand index, each outlier a cluster of its own."""
    from sklearn.metrics import adjusted_rand_score

    return float(adjusted_rand_score(truth, apart(labels)))


def apart(labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return labels with a number of its own for each outlier."""
    own = np.arange(len(labels)) + int(labels.max(initial=-1)) + 1
    return np.where(labels < 0, own, labels)
