"""Broker wiped, database down, workers stopped past their leases, disk full: nothing is lost."""

import shutil
import signal
import subprocess
import time
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
from tests.faults.servers import (
    PrivatePostgres,
    PrivateRedis,
    private_postgres,
    private_redis,
)
from tests.stack import running

pytestmark = [pytest.mark.fault, pytest.mark.slow]

SLOW = {"FETCH_THREADS": "2", "LEASE_SECONDS": "8"}  # so that faults come in the middle
OUTAGE_SECONDS = 10
DISK_BYTES = 3_000_000
FREE_AT_FIRST = 300_000


def addresses(database: PrivatePostgres, broker: PrivateRedis) -> dict[str, str]:
    return {"DATABASE_URL": database.url, "REDIS_URL": broker.url}


def test_broker_wiped_three_times_and_database_gone_twice(tmp_path: Path) -> None:
    with (
        private_postgres() as database,
        private_redis(tmp_path) as broker,
        running(
            tmp_path / "var", DATABASE_URL=database.url, REDIS_URL=broker.url, **SLOW
        ) as stack,
    ):
        visitor = Visitor(stack)
        visitor.start_sample()
        for goal in (10, 40, 70):
            wait_until(lambda goal=goal: n_ended(stack) >= goal, f"{goal} domains")  # type: ignore[misc]
            broker.stop()
            assert visitor.session.get(stack.url, timeout=20).status_code == 200
            broker.start()
        for goal in (90, 120):
            wait_until(lambda goal=goal: n_ended(stack) >= goal, f"{goal} domains")  # type: ignore[misc]
            database.stop()
            page = visitor.session.get(stack.url, timeout=20)
            assert (page.status_code, page.headers["Retry-After"]) == (503, "5")
            assert "The database does not answer" in page.text
            assert requests.get(f"{stack.url}/health/", timeout=20).status_code == 200
            assert requests.get(f"{stack.url}/readyz", timeout=20).status_code == 503
            time.sleep(OUTAGE_SECONDS)
            database.start()

        assert_sample_is_whole(stack)
        assert requests.get(f"{stack.url}/readyz", timeout=20).status_code == 200


def test_workers_stopped_past_their_leases_overwrite_nothing(tmp_path: Path) -> None:
    with running(tmp_path / "var", LEASE_SECONDS="4", FETCH_THREADS="2") as stack:
        Visitor(stack).start_sample()
        wait_until(lambda: n_ended(stack) >= 10, "the first domains")

        signal_workers(stack, "io", signal.SIGSTOP)
        time.sleep(6)
        signal_workers(stack, "io", signal.SIGCONT)

        assert_sample_is_whole(stack)


def can_mount() -> bool:
    """Whether this user may mount a file system in a namespace of their own."""
    if shutil.which("unshare") is None:
        return False
    tried = ["unshare", "--map-root-user", "--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    return subprocess.run(tried, capture_output=True, check=False).returncode == 0


@pytest.mark.skipif(not can_mount(), reason="no tmpfs can be mounted in a namespace")
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
