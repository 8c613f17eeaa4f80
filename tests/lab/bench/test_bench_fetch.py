"""Benchmark of the fetch stage; its figures are not tested."""

import json
import socket
import subprocess
import sys
from io import StringIO

import pytest
from django.core.management import call_command

from clustering.lab import ROOT
from clustering.lab.bench.fetching import Plan, Result, contender, ratios
from clustering.lab.bench.fetching.baseline import logo_address
from clustering.lab.bench.fetching.server import asked_for
from clustering.lab.bench.fetching.sites import answer, hosts
from clustering.lab.bench.fetching.sites import images as pictures

pytestmark = pytest.mark.slow


HOSTS = hosts(600)


def test_both_contenders_look_at_the_same_sites() -> None:
    out = StringIO()

    call_command("bench_fetch", "--json", sites=3, threads=3, decoders=1, stdout=out)

    ours, plain = json.loads(out.getvalue())["contenders"]
    assert (ours["contender"], ours["n_sites"], ours["n_found"]) == ("logosite", 3, 3)
    assert (plain["contender"], plain["n_sites"], plain["n_found"]) == ("plain", 3, 3)


class _Scripted:
    """A contender whose second site is slow, and comes at the second try."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def look(self, host: str) -> str:
        self.asked.append(host)
        return {"slow.test": "timeout", "gone.test": "http_404"}.get(host, "")

    def look_again(self, host: str) -> str:
        self.asked.append(f"{host} again")
        return ""

    def parsing_elsewhere(self) -> float:
        return 0.0

    def close(self) -> None:
        pass


def test_one_thread_tries_slow_sites_again_at_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    scripted = _Scripted()
    monkeypatch.setitem(contender.CONTENDERS, "scripted", lambda *_: scripted)
    hosts = ("a.test", "slow.test", "gone.test", "b.test")

    result = contender.measure(Plan("scripted", 0, hosts, threads=1, decoders=0, tail_threads=1))

    warming, *asked = scripted.asked
    assert warming == "a.test"
    assert asked == [*hosts, "slow.test again"]
    assert (result.n_found, result.n_tried_again, result.n_found_again) == (3, 1, 1)
    assert result.failures == {"http_404": 1}


def test_ratios_are_per_site() -> None:
    ours = Result("logosite", 8, 200, 190, 10.0, 15.0, 9, 4, 4.0, 1.0, 2.0, 300)
    plain = Result("plain", 8, 100, 90, 25.0, 0.0, 0, 0, 10.0, 5.0, 0.0, 100)

    found = ratios(ours, plain)

    assert found.sites_per_second == 5.0
    assert found.sites_per_second_with_tail == 2.0
    assert found.parsing_per_site == 0.1
    assert found.cpu_per_site == 0.2
    assert found.peak_memory == 3.0


def test_sites_are_slow_silent_and_broken_in_the_shares_that_were_measured() -> None:
    fates = [answer(host, "/share.html").delay_seconds for host in HOSTS]
    delays = sorted(delay for delay in fates if delay != 10.5)

    assert 600 - len(delays) == 18
    assert 0.2 < delays[len(delays) // 2] < 0.26
    assert 1.5 < delays[int(0.95 * len(delays))] < 2.1


def test_the_response_of_a_site_is_deterministic() -> None:
    assert answer(HOSTS[1], "/") == answer(HOSTS[1], "/")


def test_pictures_have_realistic_file_sizes() -> None:
    assert all(12_000 < len(image) < 16_000 for image in pictures())


def test_the_server_reads_requests_to_a_site_and_to_a_proxy() -> None:
    direct = b"GET /logo.png HTTP/1.1\r\nHost: a.test\r\n\r\n"
    proxied = b"GET http://a.test/logo.png HTTP/1.1\r\nHost: a.test\r\n\r\n"

    assert asked_for(direct) == asked_for(proxied) == ("a.test", "/logo.png")


@pytest.mark.parametrize("module", ["server", "trap_server"])
def test_a_server_ends_quietly_while_clients_still_wait(module: str) -> None:
    command = [sys.executable, "-m", f"clustering.lab.bench.fetching.{module}"]
    pipe = subprocess.PIPE

    with subprocess.Popen(
        command, cwd=ROOT, text=True, stdin=pipe, stdout=pipe, stderr=pipe
    ) as process:
        port = int(process.stdout.readline() if process.stdout else 0)
        with socket.create_connection(("127.0.0.1", port), timeout=60) as client:
            client.sendall(f"GET / HTTP/1.1\r\nHost: {HOSTS[1]}\r\n\r\n".encode())
            answered = client.recv(12)  # the server waits for the next request of this client
            _, told = process.communicate(timeout=60)

    assert answered == b"HTTP/1.1 200"
    assert (process.returncode, told) == (0, "")


def test_the_plain_loop_takes_json_ld_before_images() -> None:
    images = b'<img src="/a.png"><img src="/b.png" alt="Our logo">'
    declared = b'<script type="application/ld+json">{"@graph": [{"logo": "/c.png"}]}</script>'

    assert logo_address(images + declared) == "/c.png"
    assert logo_address(images) == "/b.png"
