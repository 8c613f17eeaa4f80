"""Workers that are paused, killed or stopped lose and duplicate nothing, on the real stack."""

import signal
import sys
import time
from pathlib import Path

import pytest

from tests.faults.product import (
    N_SAMPLE_DOMAINS,
    Visitor,
    assert_sample_is_whole,
    n_ended,
    processes_of,
    signal_workers,
    statuses,
    wait_until,
)
from tests.stack import on_test_servers, running, stop

pytestmark = [pytest.mark.fault, pytest.mark.slow]

LEASE_SECONDS = 4


def test_paused_and_killed_workers_lose_and_duplicate_nothing(
    tmp_path: Path, *, is_thorough: bool
) -> None:
    var = tmp_path / "var"
    options = {"LEASE_SECONDS": str(LEASE_SECONDS), "FETCH_THREADS": "2"}
    with on_test_servers() as servers, running(var, **options, **servers) as stack:
        Visitor(stack).start_sample()
        wait_until(lambda: statuses(stack).total() == N_SAMPLE_DOMAINS, "the import")
        wait_until(lambda: n_ended(stack) >= 10, "the first domains")
        signal_workers(stack, "io", signal.SIGSTOP)
        time.sleep(1.5 * LEASE_SECONDS)
        signal_workers(stack, "io", signal.SIGCONT)

        for goal in (40, 70, 100, 130) if is_thorough else (40,):
            wait_until(lambda goal=goal: n_ended(stack) >= goal, f"{goal} domains")  # type: ignore[misc]
            wait_until(lambda: signal_workers(stack, "io") > 0, "a worker to kill")
        wait_until(lambda: n_ended(stack) == N_SAMPLE_DOMAINS, "every domain")
        signal_workers(stack, "compute")

        assert_sample_is_whole(stack)
        logos = {str(row[0]) for row in stack.query("SELECT sha256 FROM clustering_logo")}
        files = {file.stem for file in (var / "media" / "logos").rglob("*.png")}
        assert logos <= files


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_a_stop_leaves_no_process_and_hands_back_what_was_being_fetched(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    var = tmp_path_factory.mktemp("up")  # short, so that the broker's socket is in it
    with on_test_servers() as servers, running(var, **servers) as stack:
        Visitor(stack).start_sample()
        wait_until(lambda: n_ended(stack) >= 20, "the first domains")

        assert stop(stack.process) == 0

        assert processes_of(var) == {}
        rows = stack.query("SELECT status, attempts, crashes, lease_token FROM clustering_domain")
        left = {row[1:] for row in rows if row[0] == "pending"}
        assert left <= {(0, 0, None)}
