"""Which URLs and addresses are refused, by class, and which edges are not."""

import ipaddress
import socket

import pytest

from clustering.pipeline.errors import FetchError
from clustering.pipeline.web import adapter
from clustering.pipeline.web.adapter import dial
from clustering.pipeline.web.addresses import (
    AddressRules,
    is_own,
    is_public,
    vet_addresses,
    vet_url,
)
from clustering.pipeline.web.client import ClientOptions, SafeClient
from tests.pipeline.web.conftest import PUBLIC, RULES, Network
from tests.pipeline.web.hostile_urls import CLASSES, PUBLIC_EDGES, RANGES, REFUSED_REDIRECTS

REFUSED_URLS = [url for urls in CLASSES.values() for url in urls]


@pytest.mark.parametrize("url", REFUSED_URLS)
def test_a_url_off_the_public_web_is_refused_before_any_connection(
    url: str, client: SafeClient, network: Network
) -> None:
    with pytest.raises(FetchError) as raised:
        client.get(url, max_bytes=1000)

    assert raised.value.code == "refused_address"
    assert network.connections == []


@pytest.mark.parametrize("location", REFUSED_REDIRECTS)
@pytest.mark.parametrize("hop", ["r", "r2"])
def test_a_redirect_off_the_public_web_is_refused(
    hop: str, location: str, client: SafeClient, network: Network
) -> None:
    with pytest.raises(FetchError) as raised:
        client.get(f"http://pub.test/{hop}/{location}", max_bytes=1000)

    assert raised.value.code == "refused_address"
    assert set(network.connections) == {(PUBLIC, 80)}


def test_a_public_name_is_fetched(client: SafeClient, network: Network) -> None:
    answer = client.get("http://pub.test/", max_bytes=1000)

    assert (answer.status, answer.url) == (200, "http://pub.test/")
    assert network.connections == [(PUBLIC, 80)]


def test_without_a_dns_answer_there_is_no_connection(network: Network) -> None:
    client = SafeClient(
        ClientOptions("tests", rules=RULES), resolve=lambda host, seconds: [], dial=network.dial
    )

    with pytest.raises(FetchError) as raised:
        client.get("http://pub.test/", max_bytes=100)
    client.close()

    assert raised.value.code == "connect"
    assert network.connections == []


@pytest.mark.parametrize("url", ["http://rebind.test/", "http://pub.test/r/http://rebind2.test/"])
def test_a_name_that_rebinds_is_fetched_from_the_address_that_was_vetted(
    url: str, client: SafeClient, network: Network
) -> None:
    assert client.get(url, max_bytes=1000).status == 200
    assert set(network.connections) == {(PUBLIC, 80)}
    assert len(network.lookups) == len(network.connections)


def test_a_name_that_has_rebound_is_refused(client: SafeClient, network: Network) -> None:
    client.get("http://rebind.test/", max_bytes=1000)

    with pytest.raises(FetchError, match="not public"):
        client.get("http://rebind.test/", max_bytes=1000)
    assert network.connections == [(PUBLIC, 80)]


def test_a_refresh_header_is_not_followed(client: SafeClient, network: Network) -> None:
    assert client.get("http://pub.test/rb/http://127.0.0.1/", max_bytes=1000).status == 200
    assert network.lookups == ["pub.test"]


@pytest.mark.parametrize("address", PUBLIC_EDGES)
def test_the_neighbours_of_private_ranges_are_public(address: str) -> None:
    assert is_public(ipaddress.ip_address(address), AddressRules())


@pytest.mark.parametrize(("first", "last"), RANGES)
def test_the_edges_of_private_ranges_are_not_public(first: str, last: str) -> None:
    assert not is_public(ipaddress.ip_address(first), AddressRules())
    assert not is_public(ipaddress.ip_address(last), AddressRules())


@pytest.mark.parametrize("address", PUBLIC_EDGES)
def test_a_name_that_leads_to_a_neighbour_is_connected_to_it(address: str) -> None:
    reached: list[str] = []

    def refuse(address: str, port: int, seconds: float) -> socket.socket:
        reached.append(address)
        raise ConnectionRefusedError

    options = ClientOptions("tests", rules=RULES)
    client = SafeClient(options, resolve=lambda host, seconds: [address], dial=refuse)
    with pytest.raises(FetchError) as raised:
        client.get("http://pub.test/", max_bytes=100)
    client.close()

    assert (raised.value.code, reached) == ("connect", [address])


def test_a_name_that_leads_to_this_machine_is_refused(
    client: SafeClient, network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adapter, "is_own", lambda address: str(address) == PUBLIC)

    with pytest.raises(FetchError, match="leads to this machine") as raised:
        client.get("http://pub.test/", max_bytes=100)

    assert (raised.value.code, network.connections) == ("refused_address", [])


def test_own_addresses_are_recognised() -> None:
    assert is_own(ipaddress.ip_address("127.0.0.1"))
    assert not is_own(ipaddress.ip_address(PUBLIC))


def test_the_operators_own_ranges_are_refused() -> None:
    rules = AddressRules(denied=(ipaddress.ip_network("93.184.216.0/24"),))

    with pytest.raises(FetchError, match="not public"):
        vet_addresses([PUBLIC], rules)


@pytest.mark.parametrize(
    ("url", "vetted"),
    [
        ("https://bücher.de./Weg?q=1#teil", "https://xn--bcher-kva.de/Weg?q=1"),
        ("http://BÜCHER.de", "http://xn--bcher-kva.de/"),
        ("http://straße.de/", "http://xn--strae-oqa.de/"),
        ("http://例え.jp/", "http://xn--r8jz45g.jp/"),
        ("http://pub。com/", "http://pub.com/"),
        ("HTTP://PUB.com.:80/a", "http://pub.com/a"),
        ("https://pub.com:443", "https://pub.com/"),
        ("http://a_b.pub.com/?x", "http://a_b.pub.com/?x"),
        ("http://pub.com/@127.0.0.1/:22", "http://pub.com/@127.0.0.1/:22"),
        ("http://127.0.0.1.com/", "http://127.0.0.1.com/"),
        ("http://0x7f.de/", "http://0x7f.de/"),
        ("http://localhost.com/", "http://localhost.com/"),
    ],
)
def test_request_url_is_rebuilt_from_checked_parts(url: str, vetted: str) -> None:
    assert vet_url(url, AddressRules()).url == vetted


@pytest.mark.parametrize("suffix", ["test", "example", "onion", "localhost", "arpa"])
def test_special_names_are_never_looked_up_by_default(suffix: str) -> None:
    with pytest.raises(FetchError, match="not on the public web"):
        vet_url(f"http://shop.{suffix}/", AddressRules())


def test_a_connection_that_ends_elsewhere_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A socket layer that is steered (by a library, or by the system) is found out."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        elsewhere = socket.create_connection(("127.0.0.1", port))
        monkeypatch.setattr(socket, "create_connection", lambda *_: elsewhere)

        with pytest.raises(FetchError) as raised:
            dial(PUBLIC, port, 1.0)

    assert raised.value.code == "refused_address"
    assert elsewhere.fileno() == -1


def test_a_connection_goes_to_the_address_that_was_vetted() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

        connected = dial("127.0.0.1", port, 1.0)

        assert connected.getpeername() == ("127.0.0.1", port)
        connected.close()


def test_a_thousand_fetches_of_a_flipping_name_never_reach_its_second_address(
    network: Network,
) -> None:
    flips = [[PUBLIC], ["127.0.0.1"], [PUBLIC, "10.0.0.1"]]
    looked_up: list[str] = []
    reached: set[str] = set()

    def resolve(host: str, seconds: float) -> list[str]:
        looked_up.append(host)
        return flips[len(looked_up) % 3]

    def connect(address: str, port: int, seconds: float) -> socket.socket:
        reached.add(address)
        raise ConnectionRefusedError

    for _ in range(1000):
        client = SafeClient(ClientOptions("tests", rules=RULES), resolve=resolve, dial=connect)
        with pytest.raises(FetchError):
            client.get("http://flip.test/", max_bytes=100)
        client.close()

    assert reached == {PUBLIC}
    assert len(looked_up) == 1000
