"""``manage.py up``: serves, restarts its members, and leaves no process behind."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest
import requests

from clustering.services.fetching import rendering
from tests.faults.product import processes_of, wait_until
from tests.stack import ROOT, Stack, running_anew

pytestmark = pytest.mark.fault

BROWSER = () if rendering.problem() else ("browser",)
WORKERS = ("interactive", "io", "compute", *BROWSER)
MEMBERS = ("broker", "web", *WORKERS, "beat")
MARKS = {
    "broker": "valkey.sock",
    "web": "logosite.wsgi:application",
    "interactive": "--queues=interactive",
    "io": "--queues=io",
    "browser": "--queues=browser",
    "compute": "--queues=compute",
    "beat": "celery.beat:Scheduler",
}


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with running_anew(tmp_path_factory.mktemp("up"), METRICS_TOKEN="secret") as started:
        yield started


def leader(stack: Stack, member: str) -> int:
    """Return the process of a member that leads its group, or 0."""
    commands = processes_of(stack.var)
    numbers = [pid for pid, command in commands.items() if MARKS[member] in command]
    return next((pid for pid in numbers if os.getpgid(pid) == pid), 0)


def sign_in(stack: Stack, session: requests.Session) -> requests.Response:
    session.trust_env = False
    page = session.get(stack.login_link, timeout=60)
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
    form = {"csrfmiddlewaretoken": token.group(1) if token else ""}
    headers = {"Referer": stack.login_link}
    return session.post(stack.login_link, data=form, headers=headers, timeout=60)


needs_proc = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")


def test_the_printed_link_signs_in_once(stack: Stack) -> None:
    first = sign_in(stack, requests.Session())
    second = sign_in(stack, requests.Session())

    assert first.url == f"{stack.url}/"
    assert second.status_code == 403  # without a form there is no token to send
    assert requests.get(stack.login_link, timeout=60).status_code == 404
    assert stack.new_login_link().startswith(f"{stack.url}/login/")  # whatever its port


def test_a_second_start_on_the_same_folder_says_so(stack: Stack) -> None:
    environment = {**os.environ, "LOGOSITE_VAR": str(stack.var), "PYTHONPATH": str(ROOT)}
    environment |= {"DJANGO_SETTINGS_MODULE": "logosite.settings"}
    done = subprocess.run(
        [sys.executable, "manage.py", "up", "--port=1"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert done.stderr.strip() == (
        f"CommandError: Logosite is already running on {stack.var} (process {stack.process.pid})"
    )


def test_metrics_add_up_all_web_processes_and_name_the_workers(stack: Stack) -> None:
    def lines() -> list[str]:
        headers = {"Authorization": "Bearer secret"}
        return requests.get(f"{stack.url}/metrics", headers=headers, timeout=60).text.splitlines()

    count = 'logosite_web_request_seconds_count{method="GET",route="healthz",status="200"}'
    for _ in range(20):
        assert requests.get(f"{stack.url}/healthz", timeout=60).text == "ok"

    wait_until(
        lambda: sum("logosite_worker_seconds{" in one for one in lines()) == len(WORKERS),
        "workers",
    )
    (counted,) = [one for one in lines() if one.startswith(count)]
    assert float(counted.rpartition(" ")[2]) == 20


@needs_proc
@pytest.mark.parametrize("member", MEMBERS)
def test_a_killed_process_is_restarted_and_the_others_keep_running(
    stack: Stack, member: str
) -> None:
    wait_until(lambda: all(leader(stack, name) for name in MEMBERS), "the start of all")
    before = {name: leader(stack, name) for name in MEMBERS}

    os.kill(before[member], signal.SIGKILL)
    wait_until(lambda: leader(stack, member) not in (0, before[member]), f"a new {member}")

    after = {name: leader(stack, name) for name in MEMBERS}
    assert {name for name in MEMBERS if after[name] != before[name]} == {member}


@needs_proc
def test_the_embedded_broker_has_a_private_socket_and_no_port(stack: Stack) -> None:
    socket = stack.var / "broker" / "valkey.sock"
    wait_until(socket.exists, "the broker")

    assert f"{socket.stat().st_mode & 0o777:o}" == "700"
    assert "port 0" in (stack.var / "broker" / "valkey.conf").read_text().splitlines()


@needs_proc
def test_a_killed_supervisor_takes_everything_with_it(stack: Stack) -> None:
    """The last test of the module, as nothing runs after it."""
    wait_until(lambda: all(leader(stack, name) for name in MEMBERS), "the start of all")

    stack.process.kill()
    stack.process.wait()
    wait_until(lambda: processes_of(stack.var) == {}, "the end of all")
