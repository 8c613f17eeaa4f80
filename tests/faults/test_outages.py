"""Broker wiped, database down, workers killed, disk full: nothing is lost."""

import json
import shutil
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest
import requests

from tests.faults.product import (
    N_SAMPLE_DOMAINS,
    Visitor,
    assert_sample_is_whole,
    n_ended,
    signal_workers,
    statuses,
    wait_until,
)
from tests.faults.servers import private_postgres, private_redis
from tests.stack import Stack, copy_empty_database, running, running_anew

pytestmark = [pytest.mark.fault, pytest.mark.slow]

SLOW = {"FETCH_THREADS": "2", "LEASE_SECONDS": "4"}  # so that faults come in the middle
OUTAGE_SECONDS = 10  # longer than a lease
DISK_BYTES = 3_000_000
FREE_AT_FIRST = 300_000
DATABASE_DISK_BYTES = 60_000_000


def test_nothing_is_lost_while_broker_database_and_workers_go(
    tmp_path: Path, *, is_thorough: bool
) -> None:
    broker_goals, database_goals, kill_goals = (
        ((10, 30, 50), (70, 90), (110, 130)) if is_thorough else ((10,), (40,), (70,))
    )
    with (
        private_postgres() as database,
        private_redis(tmp_path) as broker,
        running(
            tmp_path / "var", DATABASE_URL=database.url, REDIS_URL=broker.url, **SLOW
        ) as stack,
    ):
        visitor = Visitor(stack)
        visitor.start_sample()
        for goal in broker_goals:
            wait_until(lambda goal=goal: n_ended(stack) >= goal, f"{goal} domains")  # type: ignore[misc]
            broker.stop()
            assert visitor.session.get(stack.url, timeout=60).status_code == 200
            broker.start()
        for goal in database_goals:
            wait_until(lambda goal=goal: n_ended(stack) >= goal, f"{goal} domains")  # type: ignore[misc]
            database.stop()
            page = visitor.session.get(stack.url, timeout=60)
            assert (page.status_code, page.headers["Retry-After"]) == (503, "5")
            assert "The database does not answer" in page.text
            assert requests.get(f"{stack.url}/health/", timeout=60).status_code == 200
            assert requests.get(f"{stack.url}/readyz", timeout=60).status_code == 503
            time.sleep(OUTAGE_SECONDS)
            database.start()
        for goal in kill_goals:
            wait_until(lambda goal=goal: n_ended(stack) >= goal, f"{goal} domains")  # type: ignore[misc]
            wait_until(lambda: signal_workers(stack, "io") > 0, "a worker to kill")

        assert_sample_is_whole(stack)
        assert requests.get(f"{stack.url}/readyz", timeout=60).status_code == 200


def can_mount() -> bool:
    """Whether this user may mount a file system in a namespace of their own."""
    if shutil.which("unshare") is None:
        return False
    tried = ["unshare", "--map-root-user", "--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    return subprocess.run(tried, capture_output=True, check=False).returncode == 0


needs_mount = pytest.mark.skipif(not can_mount(), reason="no tmpfs can be mounted in a namespace")


@needs_mount
def test_a_full_disk_is_waited_for(tmp_path: Path) -> None:
    var, media = tmp_path / "var", tmp_path / "media"
    media.mkdir()
    mount = f'mount -t tmpfs -o size={DISK_BYTES} tmpfs {media} && exec "$@"'
    inside = ["unshare", "--map-root-user", "--mount", "sh", "-c", mount, "sh"]
    with running(var, inside, MEDIA_ROOT=str(media), LEASE_SECONDS="8") as stack:
        disk = Path(f"/proc/{stack.process.pid}/root") / media.relative_to("/")
        (disk / "ballast").write_bytes(b"\0" * (DISK_BYTES - FREE_AT_FIRST))
        visitor = Visitor(stack)
        visitor.start_sample()
        waiting = "SELECT COUNT(*) FROM clustering_domain WHERE error_code = 'disk_full'"
        wait_until(lambda: stack.query(waiting) > [(20,)], "the full disk")
        assert statuses(stack).total() == N_SAMPLE_DOMAINS
        assert "Background work is paused" in visitor.session.get(stack.url, timeout=20).text

        (disk / "ballast").unlink()

        assert_sample_is_whole(stack)
        logos = {str(row[0]) for row in stack.query("SELECT sha256 FROM clustering_logo")}
        files = list((disk / "logos").rglob("*.png"))
        assert logos <= {file.stem for file in files}
        assert all(file.stat().st_size > 0 for file in files)


ASK = """
import json, sqlite3, sys
with sqlite3.connect(sys.argv[1], timeout=60) as connection:
    print(json.dumps(connection.execute(sys.argv[2]).fetchall()))
"""


class OnOtherDisk(Stack):
    """A product whose disk is mounted in its own namespace, where its database is asked."""

    def query(self, sql: str) -> list[tuple[object, ...]]:
        inside = ["nsenter", f"--target={self.process.pid}", "--user", "--mount"]
        inside += ["--preserve-credentials", sys.executable, "-c", ASK]
        command = [*inside, str(self.var / "logosite.sqlite3"), sql]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        return [tuple(row) for row in json.loads(done.stdout)]

    def draw_map_with_pca(self) -> None:
        self.query("UPDATE clustering_run SET projector = 'pca', projector_params = '{}'")


@needs_mount
def test_a_full_disk_under_the_sqlite_database_damages_nothing(tmp_path: Path) -> None:
    var = tmp_path / "var"
    copy_empty_database(tmp_path)
    mount = (
        f"mount -t tmpfs -o size={DATABASE_DISK_BYTES} tmpfs {var}"
        f' && cp {tmp_path}/logosite.sqlite3 {var} && exec "$@"'
    )
    inside = ["unshare", "--map-root-user", "--mount", "sh", "-c", mount, "sh"]
    with running_anew(var, inside, **SLOW) as started:
        stack = OnOtherDisk(**vars(started))
        visitor = Visitor(stack)
        visitor.start_sample()
        wait_until(lambda: n_ended(stack) >= 30, "the first domains")
        ballast = Path(f"/proc/{stack.process.pid}/root") / var.relative_to("/") / "ballast"
        fill(ballast)
        wait_until(lambda: "disk is full" in stack.log.read_text(errors="replace"), "a full disk")
        time.sleep(OUTAGE_SECONDS)
        answer = visitor.session.get(stack.url, timeout=60)
        assert answer.status_code in {200, 503}

        ballast.unlink()

        assert_sample_is_whole(stack)
        assert stack.query("PRAGMA integrity_check") == [("ok",)]


def fill(file: Path) -> None:
    """Write until the disk is full."""
    with file.open("wb", buffering=0) as handle, suppress(OSError):
        while True:
            handle.write(b"\0" * 4096)
