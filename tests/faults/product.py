"""The running product as the tests of faults see it: a visitor, its rows, its processes."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import requests

from tests.stack import ROOT, Stack, copy_empty_database, on_test_servers

N_SAMPLE_DOMAINS = 216
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
        answer = self.session.get(page, timeout=60)
        found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', answer.text)
        assert found, answer.text[:500]
        form = {"csrfmiddlewaretoken": found.group(1)}
        sent = self.session.post(action, data=form, headers={"Referer": page}, timeout=60)
        assert sent.status_code == 200, sent.text[:500]
        return sent.url

    def start_sample(self) -> None:
        """Make the sample data set; no test of faults is about its map."""
        self.post(self.stack.url, f"{self.stack.url}/sample/")
        self.stack.draw_map_with_pca()


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


def signal_workers(stack: Stack, queue: str, number: signal.Signals = signal.SIGKILL) -> int:
    """Signal every process of this product's workers of a queue, parents and children."""
    return signal_processes(stack, f"--queues={queue}", number)


def signal_processes(stack: Stack, mark: str, number: signal.Signals = signal.SIGKILL) -> int:
    """Signal this product's processes whose command contains ``mark``; return how many."""
    listing = subprocess.run(
        ["ps", "-eww", "-o", "pid=,ppid=,args="], capture_output=True, check=True
    )
    table = [line.split(None, 2) for line in listing.stdout.decode(errors="replace").splitlines()]
    ours, n_signalled = {str(stack.process.pid)}, 0
    while grown := {pid for pid, parent, _ in table if parent in ours} - ours:
        ours |= grown
    for pid, _, command in table:
        if pid in ours and mark in command:
            os.kill(int(pid), number)
            n_signalled += 1
    return n_signalled


def processes_of(var: Path) -> dict[int, str]:
    """Return every living process of the product in this folder: number -> command.

    Known by their environment, but the broker, which writes its title over it, by that title.
    """
    mark = f"LOGOSITE_VAR={var}".encode()
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode().strip()
            is_ours = mark in (folder / "environ").read_bytes().split(b"\0")
        except OSError:  # it ended meanwhile, or is not ours to read
            continue
        if command and (is_ours or f"{var}/" in command):
            found[int(folder.name)] = command
    return found


def assert_sample_is_whole(stack: Stack) -> None:
    """Wait for the end of the sample; nothing is lost, and nothing is there twice."""
    wait_until(lambda: n_ended(stack) == N_SAMPLE_DOMAINS, "every domain")
    wait_until(
        lambda: stack.query("SELECT status FROM clustering_run") == [("succeeded",)], "the run"
    )
    assert statuses(stack) == {"found": 195, "failed": 21}
    per_domain = "SELECT COUNT(*) FROM clustering_capture WHERE is_primary GROUP BY domain_id"
    assert Counter(stack.query(per_domain)) == {(1,): 195}
    assert stack.query("SELECT COUNT(*) FROM clustering_assignment") == [(195,)]
    held = "SELECT COUNT(*) FROM clustering_domain WHERE lease_token IS NOT NULL"
    assert stack.query(held) == [(0,)]


def result_of(var: Path, call: str) -> dict[str, Any]:
    """Call a function of a module of this folder in a new process; return what it printed."""
    kept = {name: value for name, value in os.environ.items() if name != "FETCH_THREADS"}
    code = f"from tests.faults import {call.partition('.')[0]}; {call}"
    copy_empty_database(var)
    with on_test_servers() as servers:
        environment = kept | {"LOGOSITE_VAR": str(var), "LEASE_SECONDS": "2"} | servers
        environment["DJANGO_SETTINGS_MODULE"] = "logosite.settings"
        done = subprocess.run(
            [sys.executable, "manage.py", "shell", "--no-imports", "--command", code],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            timeout=600,
            check=True,
        )
    result: dict[str, Any] = json.loads(done.stdout)
    return result
