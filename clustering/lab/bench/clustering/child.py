"""One stage in its own process: job as JSON on standard input, cost on output."""

import json
import resource
import sys
from dataclasses import asdict

import numpy as np

from clustering.lab.bench.clustering import Job, StageCost
from clustering.lab.bench.clustering.planted import planted
from clustering.lab.bench.clustering.stages import MAKERS
from clustering.lab.bench.meter import cpu_seconds, peak_bytes


def measure(job: Job) -> StageCost:
    """Load what the stage needs, run it, and return what it cost."""
    run = MAKERS[job.stage](job.path)
    before = cpu_seconds()
    figures = run()
    spent = cpu_seconds() - before
    shape = np.load(job.path / "vectors.npy", mmap_mode="r").shape
    extra = peak_bytes() - 4 * shape[0] * shape[1]
    return StageCost(job.stage, shape[0], spent, max(0, extra), figures)


def plant(job: Job, n_rows: int) -> None:
    """Write the planted logos into the job's folder."""
    logos = planted(n_rows)
    np.save(job.path / "vectors.npy", logos.vectors)
    np.save(job.path / "phashes.npy", logos.phashes)
    np.save(job.path / "brands.npy", logos.brands)


def main() -> None:
    """Read the job, write the cost."""
    given = json.load(sys.stdin)
    n_rows = given.pop("n_rows")
    job = Job(**given)
    _, most = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (job.cpu_seconds, most))
    if job.stage == "plant":
        plant(job, n_rows)
        return
    sys.stdout.write(json.dumps(asdict(measure(job))))


if __name__ == "__main__":
    main()
