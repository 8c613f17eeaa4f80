"""Killed workers lose and duplicate nothing, on the real stack."""

import os
import re
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
import requests

from tests.stack import Stack, on_test_servers, running, stop

pytestmark = pytest.mark.fault

N_SAMPLE_DOMAINS = 216
N_KILLS = 4
PATIENCE_SECONDS = 300.0  # killed fetches wait for their leases, killed workers for their restart


class Visitor:
    """A person with a browser that runs no scripts."""

    def __init__(self, stack: Stack) -> None:
        self.session = requests.Session()
        self.session.trust_env = False
        self.stack = stack
        self.post(stack.login_link, stack.login_link)

    def post(self, page: str, action: str) -> str:
        """Open ``page``, then send its form to ``action``; return where it led."""
        answer = self.session.get(page, timeout=10)
        found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', answer.text)
        assert found, answer.text[:500]
        form = {"csrfmiddlewaretoken": found.group(1)}
        sent = self.session.post(action, data=form, headers={"Referer": page}, timeout=10)
        assert sent.status_code == 200, sent.text[:500]
        return sent.url


def wait_until(is_true: Callable[[], bool], what: str) -> None:
    """Wait, but not for ever."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not is_true():
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(0.1)


def statuses(stack: Stack) -> Counter[str]:
    """Count the domains by status."""
    rows = stack.query("SELECT status, COUNT(*) FROM clustering_domain GROUP BY status")
    return Counter({str(status): int(str(n)) for status, n in rows})


def n_ended(stack: Stack) -> int:
    """Count the domains that are not pending."""
    counted = statuses(stack)
    return counted.total() - counted["pending"]


def kill_workers(stack: Stack, queue: str) -> int:
    """Kill -9 every process of this product's io or compute worker, parents and children."""
    listing = subprocess.run(
        ["ps", "-eww", "-o", "pid=,ppid=,args="], capture_output=True, check=True
    )
    table = [line.split(None, 2) for line in listing.stdout.decode(errors="replace").splitlines()]
    ours, killed = {str(stack.process.pid)}, 0
    while grown := {pid for pid, parent, _ in table if parent in ours} - ours:
        ours |= grown
    for pid, _, command in table:
        if pid in ours and "celery" in command and f"--queues={queue}" in command:
            os.kill(int(pid), signal.SIGKILL)
            killed += 1
    return killed


def test_killed_workers_lose_and_duplicate_nothing(tmp_path: Path) -> None:
    var = tmp_path / "var"
    with (
        on_test_servers() as servers,
        running(var, LEASE_SECONDS="10", **servers) as stack,
    ):
        visitor = Visitor(stack)
        visitor.post(stack.url, f"{stack.url}/sample/")
        wait_until(lambda: statuses(stack).total() == N_SAMPLE_DOMAINS, "the import")

        for step in range(N_KILLS):
            goal = min(20 + 30 * step, N_SAMPLE_DOMAINS - 1)
            wait_until(lambda goal=goal: n_ended(stack) >= goal, f"{goal} domains")  # type: ignore[misc]
            wait_until(lambda: kill_workers(stack, "io") > 0, "a worker to kill")
        wait_until(lambda: n_ended(stack) == N_SAMPLE_DOMAINS, "every domain")
        kill_workers(stack, "compute")
        wait_until(
            lambda: stack.query("SELECT status FROM clustering_run") == [("succeeded",)], "the run"
        )

        assert statuses(stack) == {"found": 195, "failed": 21}
        per_domain = "SELECT COUNT(*) FROM clustering_capture WHERE is_primary GROUP BY domain_id"
        assert Counter(stack.query(per_domain)) == {(1,): 195}
        assert stack.query("SELECT COUNT(*) FROM clustering_assignment") == [(195,)]
        held = "SELECT COUNT(*) FROM clustering_domain WHERE lease_token IS NOT NULL"
        assert stack.query(held) == [(0,)]
        logos = {str(row[0]) for row in stack.query("SELECT sha256 FROM clustering_logo")}
        files = {file.stem for file in (var / "media" / "logos").rglob("*.png")}
        assert logos <= files


def test_a_stop_hands_back_what_was_being_fetched(tmp_path: Path) -> None:
    with on_test_servers() as servers, running(tmp_path / "var", **servers) as stack:
        visitor = Visitor(stack)
        visitor.post(stack.url, f"{stack.url}/sample/")
        wait_until(lambda: n_ended(stack) >= 20, "the first domains")

        stop(stack.process)

        rows = stack.query("SELECT status, attempts, crashes, lease_token FROM clustering_domain")
        left = {row[1:] for row in rows if row[0] == "pending"}
        assert left <= {(0, 0, None)}
