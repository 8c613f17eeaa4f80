"""Engines run each task once more where a worker died, and never hide an error."""

import os
import signal
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from pyarrow import ArrowInvalid

from clustering.pipeline.bulk import running
from clustering.pipeline.bulk.engines import Inline, Processes
from clustering.pipeline.bulk.stages import Task
from tests.pipeline.bulk.runs import digests, small_run

pytestmark = [pytest.mark.slow, pytest.mark.fault]


def _workers() -> list[int]:
    children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    return [
        int(pid) for pid in children if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()
    ]


def _kill_workers(times: int, is_over: threading.Event, killed: list[int]) -> None:
    while not is_over.is_set() and len(killed) < times:
        time.sleep(0.3)
        for pid in _workers()[:1]:
            os.kill(pid, signal.SIGKILL)
            killed.append(pid)


def test_killed_workers_change_no_byte(tmp_path: Path, *, is_thorough: bool) -> None:
    n_rows, shard_rows, n_kills = (10_000, 100, 10) if is_thorough else (2_500, 700, 3)
    small_run(tmp_path / "killed", n_rows, shard_rows)
    small_run(tmp_path / "undisturbed", n_rows, shard_rows)
    is_over, killed = threading.Event(), list[int]()
    killer = threading.Thread(target=_kill_workers, args=(n_kills, is_over, killed))
    killer.start()

    with Processes(2) as engine:
        running.run(str(tmp_path / "killed"), engine)
    is_over.set()
    killer.join()
    running.run(str(tmp_path / "undisturbed"), Inline())

    assert len(killed) == n_kills if is_thorough else killed
    assert digests(tmp_path / "killed") == digests(tmp_path / "undisturbed")


class Littering(Inline):
    """Leaves beside each file what a worker that died has begun."""

    def run(self, root: str, tasks: Sequence[Task]) -> Iterator[Task]:
        for task in super().run(root, tasks):
            Path(root, task.stage, ".000000.parquet.begun").touch()
            yield task


def test_what_dead_workers_began_is_removed(tmp_path: Path) -> None:
    small_run(tmp_path, 1_000)

    running.run(str(tmp_path), Littering())

    assert list(tmp_path.rglob(".*")) == []


def test_an_error_of_a_task_is_raised(tmp_path: Path) -> None:
    small_run(tmp_path, 1_000)
    (tmp_path / "images" / "000000.parquet").write_bytes(b"PAR1 damaged PAR1")

    with Processes(1) as engine, pytest.raises(ArrowInvalid, match="Parquet"):
        running.run(str(tmp_path), engine)
