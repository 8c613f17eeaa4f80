"""Runs bulk mode on planted logos in a process of its own, watched and disturbed."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from clustering.lab import ROOT
from clustering.lab.bench.meter import HIGH_WATER
from clustering.pipeline.bulk.groups import COMPONENTS, LABELS
from clustering.pipeline.bulk.shape import IMAGES
from clustering.pipeline.bulk.store import Store

WATCH_SECONDS: Final = 0.5
WORKERS: Final = (b"ray::perform", b"multiprocessing.spawn")
"""How the command lines of workers that can be killed look."""
TICKS: Final = os.sysconf("SC_CLK_TCK")


@dataclass
class Watched:
    """What a run and its descendants took."""

    wall_seconds: float = 0.0
    peak_bytes: int = 0
    """The largest peak of one process."""
    n_killed: int = 0
    cpu_by_process: dict[int, float] = field(default_factory=dict)

    @property
    def cpu_seconds(self) -> float:
        """CPU seconds of the run and of all its descendants."""
        return sum(self.cpu_by_process.values())


def watched_run(folder: Path, *, engine: str, workers: int, n_kills: int = 0) -> Watched:
    """Run what is missing in ``folder``; kill a busy worker ``n_kills`` times.

    Raises:
        subprocess.CalledProcessError: if the run fails.
    """
    run = [sys.executable, "manage.py", "bulk", "run", str(folder)]
    return watched([*run, "--engine", engine, "--workers", str(workers)], n_kills=n_kills)


def watched(
    command: list[str], environment: dict[str, str] | None = None, *, n_kills: int = 0
) -> Watched:
    """Run a command of the project.

    Raises:
        subprocess.CalledProcessError: if it fails.
    """
    found, started = Watched(), time.monotonic()
    run = subprocess.Popen(  # noqa: S603  # our own interpreter, our own code
        command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL
    )
    while run.poll() is None:
        _note(run.pid, found)
        time.sleep(WATCH_SECONDS)
        if found.n_killed < n_kills:
            found.n_killed += _kill_one(run.pid)
    found.wall_seconds = time.monotonic() - started
    if run.returncode:
        raise subprocess.CalledProcessError(run.returncode, command)
    return found


def _note(pid: int, found: Watched) -> None:
    for one in (pid, *descendants(pid)):
        try:
            status = Path(f"/proc/{one}/status").read_text()
            numbers = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        match = HIGH_WATER.search(status)
        found.peak_bytes = max(found.peak_bytes, int(match.group(1)) << 10 if match else 0)
        found.cpu_by_process[one] = (int(numbers[11]) + int(numbers[12])) / TICKS


def _kill_one(pid: int) -> bool:
    """Kill a worker; whether there was one."""
    for one in sorted(descendants(pid)):
        try:
            if any(name in Path(f"/proc/{one}/cmdline").read_bytes() for name in WORKERS):
                os.kill(one, signal.SIGKILL)
                return True
        except (FileNotFoundError, ProcessLookupError):
            continue
    return False


def descendants(pid: int) -> set[int]:
    """Return the processes below a process."""
    found: set[int] = set()
    try:
        for thread in Path(f"/proc/{pid}/task").glob("*/children"):
            for child in map(int, thread.read_text().split()):
                found |= {child} | descendants(child)
    except (FileNotFoundError, ProcessLookupError):  # ended meanwhile
        pass
    return found


def labels_of(folder: Path) -> NDArray[np.int64]:
    """Return the labels of all images, in order."""
    store = Store(str(folder))
    return np.concatenate(
        [
            store.read(LABELS, number, ["label"])["label"].to_numpy()
            for number in sorted(store.finished(LABELS))
        ]
    )


def largest_component(folder: Path) -> int:
    """Return the number of images in the largest component."""
    return int(max(Store(str(folder)).read(COMPONENTS, 0, ["size"])["size"].to_numpy()))


@dataclass(frozen=True)
class OneProcess:
    """What one process took for the same images, and what it found."""

    cost: Watched
    largest_component: int
    labels: NDArray[np.int64]


def in_process(folder: Path) -> OneProcess:
    """Cluster the same images in one process."""
    done = subprocess.run(  # noqa: S603  # our own interpreter, our own code
        [sys.executable, "-m", "clustering.lab.bench.bulk.child", str(folder)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    answer = json.loads(done.stdout)
    return OneProcess(
        Watched(peak_bytes=answer["peak_bytes"], cpu_by_process={0: answer["cpu_seconds"]}),
        answer["largest_component"],
        np.load(folder / "one process.npy"),
    )


def digests(folder: Path) -> dict[str, str]:
    """Return the digest of every file of a run."""
    return {str(path.relative_to(folder)): _digest(path) for path in _files(folder)}


def remove_results(folder: Path) -> None:
    """Remove all files but the plan and the images."""
    for path in _files(folder):
        if path.parent.name != IMAGES and path.suffix == ".parquet":
            path.unlink()


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file())


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
