"""Killed workers lose and duplicate nothing, on the real stack."""

from pathlib import Path

import pytest

from tests.faults.product import (
    N_SAMPLE_DOMAINS,
    Visitor,
    assert_sample_is_whole,
    n_ended,
    signal_workers,
    statuses,
    wait_until,
)
from tests.stack import on_test_servers, running, stop

pytestmark = pytest.mark.fault

N_KILLS = 4


def test_killed_workers_lose_and_duplicate_nothing(tmp_path: Path) -> None:
    var = tmp_path / "var"
    with (
        on_test_servers() as servers,
        running(var, LEASE_SECONDS="10", **servers) as stack,
    ):
        Visitor(stack).start_sample()
        wait_until(lambda: statuses(stack).total() == N_SAMPLE_DOMAINS, "the import")

        for step in range(N_KILLS):
            goal = min(20 + 30 * step, N_SAMPLE_DOMAINS - 1)
            wait_until(lambda goal=goal: n_ended(stack) >= goal, f"{goal} domains")  # type: ignore[misc]
            wait_until(lambda: signal_workers(stack, "io") > 0, "a worker to kill")
        wait_until(lambda: n_ended(stack) == N_SAMPLE_DOMAINS, "every domain")
        signal_workers(stack, "compute")

        assert_sample_is_whole(stack)
        logos = {str(row[0]) for row in stack.query("SELECT sha256 FROM clustering_logo")}
        files = {file.stem for file in (var / "media" / "logos").rglob("*.png")}
        assert logos <= files


def test_a_stop_hands_back_what_was_being_fetched(tmp_path: Path) -> None:
    with on_test_servers() as servers, running(tmp_path / "var", **servers) as stack:
        Visitor(stack).start_sample()
        wait_until(lambda: n_ended(stack) >= 20, "the first domains")

        stop(stack.process)

        rows = stack.query("SELECT status, attempts, crashes, lease_token FROM clustering_domain")
        left = {row[1:] for row in rows if row[0] == "pending"}
        assert left <= {(0, 0, None)}
