"""Requests end with their deadlines."""

import socket
import threading
import time
from collections.abc import Iterator

import pytest

from clustering.pipeline.errors import FetchError
from clustering.pipeline.web.adapter import TransferLimits
from clustering.pipeline.web.client import ClientOptions, SafeClient
from clustering.pipeline.web.deadlines import Deadline, Sockets, Watchdog
from tests.pipeline.web.conftest import PUBLIC, RULES, Network

pytestmark = pytest.mark.slow

SLACK_SECONDS = 8.0  # of a busy machine; without deadlines it would be minutes
ENDLESS = [
    "/silent", "/drip", "/header-drip", "/one-header-drip", "/continue", "/endless-chunks",
    "/endless-trailers", "/endless-chunk-extension", "/gzip-drip",
]  # fmt: skip


@pytest.mark.parametrize("path", ENDLESS)
def test_an_endless_answer_ends_with_the_deadline_of_its_url(
    path: str, client: SafeClient
) -> None:
    client.get("http://pub.test/", max_bytes=1000)  # what every process loads but once
    start = time.monotonic()

    with pytest.raises(FetchError) as raised:
        client.get(f"http://pub.test{path}", max_bytes=1 << 20)

    assert raised.value.code == "timeout"
    assert time.monotonic() - start < 1.0 + SLACK_SECONDS  # url_seconds of the fixture


def test_a_chain_of_slow_redirects_ends_with_the_time_of_the_domain(network: Network) -> None:
    limits = TransferLimits(read_seconds=0.5, url_seconds=1.0)
    options = ClientOptions("Logosite-test", rules=RULES, limits=limits, domain_seconds=0.6)
    client = SafeClient(options, resolve=network.resolve, dial=network.dial)
    start = time.monotonic()

    with pytest.raises(FetchError) as raised:
        client.get("http://pub.test/slow-loop", max_bytes=100)

    client.close()
    assert (raised.value.code, raised.value.is_transient) == ("timeout", True)
    assert time.monotonic() - start < 0.6 + SLACK_SECONDS


@pytest.fixture
def mute() -> Iterator[int]:
    """A server that takes connections and never says a word, not even of TLS."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def test_a_tls_handshake_that_never_ends_is_ended(mute: int) -> None:
    limits = TransferLimits(read_seconds=30.0, url_seconds=0.5)
    client = SafeClient(
        ClientOptions("Logosite-test", rules=RULES, limits=limits),
        resolve=lambda host, seconds: [PUBLIC],
        dial=lambda address, port, seconds: socket.create_connection(("127.0.0.1", mute), seconds),
    )
    start = time.monotonic()

    with pytest.raises(FetchError) as raised:
        client.get("https://pub.test/", max_bytes=100)

    client.close()
    assert raised.value.code == "timeout"
    assert time.monotonic() - start < 0.5 + SLACK_SECONDS


def test_unresponsive_addresses_share_the_deadline_of_one_url() -> None:
    def swallow(address: str, port: int, seconds: float) -> socket.socket:
        time.sleep(min(seconds, 0.3))
        raise TimeoutError

    limits = TransferLimits(connect_seconds=0.3, url_seconds=0.5)
    options = ClientOptions("Logosite-test", rules=RULES, limits=limits)
    addresses = [f"93.184.216.{number}" for number in range(40)]
    client = SafeClient(options, resolve=lambda host, seconds: addresses, dial=swallow)
    start = time.monotonic()

    with pytest.raises(FetchError) as raised:
        client.get("http://pub.test/", max_bytes=100)

    client.close()
    assert raised.value.code == "timeout"
    assert time.monotonic() - start < 0.5 + SLACK_SECONDS


def _watching() -> set[threading.Thread]:
    return {thread for thread in threading.enumerate() if thread.name == "deadlines"}


def test_one_thread_serves_all_deadlines() -> None:
    watchdog, before, sockets = Watchdog(), _watching(), Sockets()
    pairs = [socket.socketpair() for _ in range(20)]

    for mine, _ in pairs:
        sockets.add(mine)
        deadline = Deadline(0.05, sockets)
        deadline.is_watched = True
        watchdog.watch(deadline)

    assert [theirs.recv(1) for _, theirs in pairs] == [b""] * 20
    assert len(_watching() - before) == 1
    sockets.close()
    for _, theirs in pairs:
        theirs.close()


def test_a_deadline_that_was_met_ends_no_connection() -> None:
    mine, theirs = socket.socketpair()
    sockets = Sockets()
    sockets.add(mine)

    with Deadline(0.05, sockets) as deadline:
        pass
    deadline.expire()

    mine.sendall(b"still open")
    assert theirs.recv(10) == b"still open"
    sockets.close()
    theirs.close()
