"""Workers that are paused, killed or stopped lose and duplicate nothing, on the real stack."""

import signal
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import UUID, uuid4

import pytest
import requests

from tests.faults.product import (
    N_SAMPLE_DOMAINS,
    Visitor,
    assert_sample_is_whole,
    n_ended,
    processes_of,
    signal_processes,
    signal_workers,
    statuses,
    wait_until,
)
from tests.stack import Stack, on_test_servers, running, stop

pytestmark = [pytest.mark.fault, pytest.mark.slow]

LEASE_SECONDS = 4
STATUS_OF_RUNS = "SELECT status FROM clustering_run"


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


def test_every_message_twice_is_as_good_as_once_and_kills_lose_no_decision(
    tmp_path: Path, *, is_thorough: bool
) -> None:
    n_decisions, n_reruns, n_kills = (500, 3, 20) if is_thorough else (40, 1, 3)
    twice = {"DJANGO_SETTINGS_MODULE": "tests.faults.twice"}
    with on_test_servers() as servers, running(tmp_path / "var", **twice, **servers) as stack:
        visitor = Visitor(stack)
        visitor.start_sample()
        assert_sample_is_whole(stack)
        visitor.session.get(stack.url, timeout=60)  # sets the cookie of forms
        with ThreadPoolExecutor(1) as person:
            deciding = person.submit(decide, visitor, n_decisions, n_reruns)
            for kill in range(n_kills):
                goal = n_decisions * (kill + 1) // (n_kills + 1)
                wait_until(lambda goal=goal: n_decided(stack) >= goal, f"{goal} decisions")  # type: ignore[misc]
                signal_processes(stack, "logosite.wsgi:application")
                if kill < 2:  # a run that kills its workers again and again is given up
                    signal_workers(stack, "compute")
            wanted = deciding.result()

        wait_until(lambda: set(stack.query(STATUS_OF_RUNS)) == {("succeeded",)}, "all runs")
        assert len(stack.query(STATUS_OF_RUNS)) > 1
        assert n_decided(stack) == n_decisions
        assert wanted.items() <= latest_homes(stack).items()


def decide(visitor: Visitor, n_decisions: int, n_reruns: int) -> dict[int, UUID]:
    """Move logos, one by one, while runs are asked for; return where each was put last."""
    stack, wanted = visitor.stack, {}
    slug = stack.query("SELECT slug FROM clustering_dataset")[0][0]
    goals = [UUID(str(row[0])) for row in stack.query("SELECT uid FROM clustering_cluster")]
    domains = [
        int(str(row[0])) for row in stack.query("SELECT domain_id FROM clustering_assignment")
    ]
    for number in range(n_decisions):
        if number % (n_decisions // n_reruns) == 0:
            send(visitor, f"/d/{slug}/recluster/", {})
            stack.draw_map_with_pca()
        domain, goal = domains[number % len(domains)], goals[number % len(goals)]
        move = {"client_id": str(uuid4()), "domain": str(domain), "cluster": str(goal)}
        send(visitor, f"/d/{slug}/corrections/assign/", move)
        wanted[domain] = goal
    return wanted


def send(visitor: Visitor, path: str, form: dict[str, str]) -> None:
    """Send a form until it is answered, as a person would."""

    def is_answered() -> bool:
        headers = {"X-CSRFToken": str(visitor.session.cookies["csrftoken"]), "HX-Request": "true"}
        headers["Referer"] = visitor.stack.url
        try:
            answer = visitor.session.post(
                f"{visitor.stack.url}{path}", data=form, headers=headers, timeout=60
            )
        except requests.RequestException:  # killed before or amid its answer
            return False
        assert answer.status_code in {200, 503}, answer.text[:500]
        return answer.status_code == 200

    wait_until(is_answered, path)


def n_decided(stack: Stack) -> int:
    return int(str(stack.query("SELECT COUNT(*) FROM clustering_correction")[0][0]))


def latest_homes(stack: Stack) -> dict[int, UUID]:
    """Return the cluster of each domain in the last run."""
    rows = stack.query(
        "SELECT domain_id, uid FROM clustering_assignment JOIN clustering_cluster"
        " ON clustering_cluster.id = corrected_cluster_id"
        " WHERE clustering_assignment.run_id = (SELECT MAX(id) FROM clustering_run)"
    )
    return {int(str(domain)): UUID(str(uid)) for domain, uid in rows}
