"""A loopback server under a public name: names are stubbed, every connection is recorded."""

import socket
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import pytest

from clustering.pipeline.errors import FetchError
from clustering.pipeline.web.adapter import TransferLimits
from clustering.pipeline.web.addresses import SPECIAL_USE, AddressRules
from clustering.pipeline.web.client import ClientOptions, SafeClient
from tests.pipeline.web.hostile_urls import ANSWERS
from tests.pipeline.web.server import HostileServer

PUBLIC = "93.184.216.34"
RULES = AddressRules(refused_suffixes=SPECIAL_USE - {"test"})
ZONE = {
    "pub.test": [[PUBLIC]],
    "rebind.test": [[PUBLIC], ["127.0.0.1"]],
    "rebind2.test": [[PUBLIC], ["127.0.0.1"]],
    **{name: [answers] for name, answers in ANSWERS.items()},
}


@dataclass
class Network:
    """What the client sees in place of the internet."""

    port: int
    lookups: list[str] = field(default_factory=list)
    connections: list[tuple[str, int]] = field(default_factory=list)

    def resolve(self, host: str, seconds: float) -> Sequence[str]:
        """Answer from the zone; a name that rebinds answers differently each time."""
        answers = ZONE.get(host)
        if answers is None:
            raise FetchError("dns", host)
        self.lookups.append(host)
        return answers[min(self.lookups.count(host), len(answers)) - 1]

    def dial(self, address: str, port: int, seconds: float) -> socket.socket:
        """Record the connection; the public address is the loopback server."""
        self.connections.append((address, port))
        if address != PUBLIC:
            raise AssertionError(f"connected to {address}")
        return socket.create_connection(("127.0.0.1", self.port), seconds)


@pytest.fixture(scope="session")
def server() -> Iterator[HostileServer]:
    with HostileServer() as running:
        yield running


@pytest.fixture
def network(server: HostileServer) -> Network:
    server.requests.clear()
    return Network(server.port)


@pytest.fixture
def client(network: Network) -> Iterator[SafeClient]:
    """A client that is as strict as the product, but gives up within a second."""
    limits = TransferLimits(
        dns_seconds=0.5, connect_seconds=0.5, read_seconds=0.5, url_seconds=1.0
    )
    options = ClientOptions("Logosite-test", rules=RULES, limits=limits)
    made = SafeClient(options, resolve=network.resolve, dial=network.dial)
    yield made
    made.close()
