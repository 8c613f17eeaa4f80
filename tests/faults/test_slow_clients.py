"""The web server with clients that send slowly, never finish, or send too much."""

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
import requests

from logosite import processes
from tests.stack import ROOT, free_port

pytestmark = [pytest.mark.fault, pytest.mark.slow]

N_HALF_OPEN = 50
BEGINNINGS = (
    b"",
    b"GET /health/ HTTP/1.1\r\nHost: localhost\r\nX-Slow: ",
    b"POST /login/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\nusername=",
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of the product's web server; its database is empty."""
    port = free_port()
    environment = {**os.environ, "LOGOSITE_VAR": str(tmp_path_factory.mktemp("web"))}
    environment |= {"DJANGO_SETTINGS_MODULE": "tests.settings", "UPLOAD_MAX_BYTES": "100000"}
    environment |= {"LOGOSITE_TEST_FOLDER": str(tmp_path_factory.mktemp("web"))}
    command = processes.web("127.0.0.1", port)
    with subprocess.Popen(command, cwd=ROOT, env=environment) as process:
        deadline = time.monotonic() + 120
        while not processes.is_serving(("127.0.0.1", port)):
            assert time.monotonic() < deadline
            time.sleep(0.1)
        yield port
        process.terminate()
        assert process.wait(60) == 0


def page(port: int) -> requests.Response:
    return requests.get(f"http://127.0.0.1:{port}/login/", timeout=60)


def test_half_open_connections_leave_the_pages_available(server: int) -> None:
    with ExitStack() as stack:
        for number in range(N_HALF_OPEN):
            client = stack.enter_context(socket.create_connection(("127.0.0.1", server)))
            client.sendall(BEGINNINGS[number % len(BEGINNINGS)])

        answers = [page(server) for _ in range(10)]

    assert {answer.status_code for answer in answers} == {200}
    assert all("Sign in" in answer.text for answer in answers)
    assert all("Server" not in answer.headers for answer in answers)


def test_a_request_that_never_ends_is_closed(server: int) -> None:
    with socket.create_connection(("127.0.0.1", server), timeout=1) as client:
        client.sendall(BEGINNINGS[1])
        client.settimeout(0.5)
        for _ in range(60):  # a byte now and then does not extend the time
            try:
                client.sendall(b"x")
                if client.recv(1) == b"":
                    return
            except TimeoutError:
                continue
            except OSError:
                return
    pytest.fail("the connection is still open")


def test_headers_and_bodies_have_limits(server: int) -> None:
    url = f"http://127.0.0.1:{server}/login/"

    wide = requests.get(url, headers={"X-Wide": "x" * 40_000}, timeout=60)
    with socket.create_connection(("127.0.0.1", server), timeout=60) as client:
        client.sendall(
            b"POST /upload/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9999999999\r\n\r\n"
        )
        large = client.recv(100)

    assert wide.status_code == 431
    assert b" 413 " in large


def test_a_body_without_a_length_has_the_same_limit(server: int) -> None:
    parts = (
        b"x" * 65_536 for _ in range(100)
    )  # 6.5 MB; a form of 1 MB more than the limit passes

    try:
        answer = requests.post(f"http://127.0.0.1:{server}/upload/", data=parts, timeout=60)
    except requests.ConnectionError:
        return  # closed while the client was still sending

    assert answer.status_code == 413


def test_a_body_in_chunks_arrives_whole(server: int) -> None:
    parts = iter([b"username=bob&", b"password=wrong"])

    answer = requests.post(f"http://127.0.0.1:{server}/login/", data=parts, timeout=60)

    assert answer.status_code == 403  # no CSRF token; the server has read the form
