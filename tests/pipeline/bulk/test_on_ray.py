"""A bulk run on Ray whose workers are killed."""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from clustering.pipeline.bulk import running
from clustering.pipeline.bulk.engines import Inline
from tests.pipeline.bulk.runs import digests, small_run
from tests.stack import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.fault]
RUN_SECONDS = 300.0


def _descendants(pid: int) -> set[int]:
    found: set[int] = set()
    for thread in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, thread.read_text().split()):
            found |= {child} | _descendants(child)
    return found


def _busy_workers(pid: int) -> list[int]:
    """Return the worker processes of Ray below a process that run a task."""
    try:
        return sorted(
            one
            for one in _descendants(pid)
            if Path(f"/proc/{one}/cmdline").read_bytes().startswith(b"ray::perform")
        )
    except (FileNotFoundError, ProcessLookupError):  # ended meanwhile
        return []


def test_killed_ray_workers_change_no_byte(tmp_path: Path, *, is_thorough: bool) -> None:
    pytest.importorskip("ray")
    n_rows, shard_rows, n_kills = (10_000, 100, 10) if is_thorough else (1_500, 700, 2)
    small_run(tmp_path / "killed", n_rows, shard_rows)
    small_run(tmp_path / "undisturbed", n_rows, shard_rows)
    command = [sys.executable, "manage.py", "bulk", "run", str(tmp_path / "killed")]
    environment = {key: value for key, value in os.environ.items() if key != "RAY_ADDRESS"}
    run = subprocess.Popen(
        [*command, "--engine", "ray", "--workers", "2"],
        cwd=ROOT,
        # Ray's workers have niceness 15, which beside other tests leaves them next to nothing.
        env=environment | {"RAY_worker_niceness": "0"},
        stdout=subprocess.DEVNULL,
    )
    n_killed, deadline = 0, time.monotonic() + RUN_SECONDS
    while run.poll() is None and time.monotonic() < deadline:
        time.sleep(0.2)
        if n_killed < n_kills:
            for pid in _busy_workers(run.pid)[:1]:
                with suppress(ProcessLookupError):  # it ended meanwhile
                    os.kill(pid, signal.SIGKILL)
                    n_killed += 1
    assert run.wait(1) == 0
    assert n_killed == n_kills if is_thorough else n_killed

    running.run(str(tmp_path / "undisturbed"), Inline())

    assert digests(tmp_path / "killed") == digests(tmp_path / "undisturbed")
