"""Which URLs and addresses are refused, class by class, and which of the edges are not."""

import ipaddress
import socket

import pytest

from clustering.pipeline.errors import FetchError
from clustering.pipeline.web.adapter import dial
from clustering.pipeline.web.addresses import AddressRules, is_public, vet_addresses, vet_url
from clustering.pipeline.web.client import ClientOptions, SafeClient
from tests.pipeline.web.conftest import PUBLIC, RULES, Network

_IPV4_LITERALS = """
    127.0.0.1 127.0.1 127.1 0x7f000001 0x7f.1 0177.0.0.1 2130706433 127.0.0.1. 0 0.0.0.0
    0.1.2.3 10.1 10.255.255.255 172.16.0.1 172.31.255.255 192.168.1.1 169.254.169.254
    0xa9fea9fe 169.254.170.2 100.64.0.1 100.100.100.200 168.63.129.16 192.0.0.8 192.0.2.1
    198.18.0.1 198.51.100.7 203.0.113.1 192.88.99.1 224.0.0.1 239.255.255.255 240.0.0.1
    255.255.255.255 8.8.8.8 017700000001 0x
"""
IPV4_LITERALS = _IPV4_LITERALS.split()
_IPV6_LITERALS = """
    ::1 :: 0:0:0:0:0:0:0:1 ::ffff:7f00:1 ::ffff:a9fe:a9fe ::ffff:127.0.0.1 ::169.254.169.254
    64:ff9b::169.254.169.254 64:ff9b:1::a9fe:a9fe 2002:7f00:1:: 2002:a9fe:a9fe::
    2001:0:4136:e378:8000:63bf:80ff:fffe 2600:1::200:5efe:10.0.0.1 2600:1::5efe:a00:1
    fe80::1%25lo fe80::1 fd00:ec2::254 fc00::1 fec0::1 ff02::1 ff0e::1 2001:db8::1 5f00::1
    2001:20::1 100::1 3fff::1 2606:4700::1111
"""
IPV6_LITERALS = _IPV6_LITERALS.split()
# The fold of the long s and of circled letters is "localhost" and "127.0.0.1".
_NAMES = """
    localhost localhost. LOCALHOST ip6-localhost ⓛⓞⓒⓐⓛⓗⓞⓢⓣ localho\u017ft ①②⑦.⓪.⓪.① 127。0。0。1
    %6c%6f%63%61%6c%68%6f%73%74 kubernetes.default.svc db metadata.google.internal
    a.home.arpa printer.local shop.lan a..com -a.com a-.com .com exa$mple.com xn--.com
"""
NAMES = _NAMES.split()
TRICKS = [
    "http://pub.test@127.0.0.1/",
    "http://user:pw@127.0.0.1/",
    "http://user@pub.test/",
    "http://pub.test\\@127.0.0.1/",
    "http:///127.0.0.1/",
    "http://127.0.0.1\t/",
    "http://pub.test\n/",
    "http://pub.test/ x",
    "http://pub.test/\x7f",
    "http://127.0.0.1:80:80/",
    "http://127.0.0.1?@pub.test/",
    "http://127.0.0.1#@pub.test/",
    "http://[127.0.0.1]/",
    "http://[::1",
    "http://pub%2etest/",
    "http://",
    "http://pub.test/" + "a" * 2048,
    f"http://{'a' * 64}.test/",
    f"http://{'a.' * 130}test/",
    "",
]
_PORTS = """
    http://pub.test:22/ http://pub.test:6379/ http://pub.test:11211/ http://pub.test:443/
    http://pub.test:65536/ http://pub.test:-1/ http://pub.test:x/ https://pub.test:2375/
    https://pub.test:80/
"""
PORTS = _PORTS.split()
_SCHEMES = """
    file:///etc/passwd ftp://pub.test/ dict://127.0.0.1:11211/stat javascript:alert(1)
    tftp://127.0.0.1/x unix:///var/run/docker.sock //127.0.0.1/ view-source:http://pub.test/
    gopher://127.0.0.1:6379/_x data:text/html,x ldap://pub.test/ jar:http://pub.test!/
    pub.test
"""
SCHEMES = _SCHEMES.split()
_REFUSED_NAMES = """
    priv.test meta.test mixed.test mixed2.test v6loop.test pubv4-loopv6.test mapped.test
    nat64.test cgnat.test azure.test isatap.test
"""
REFUSED_NAMES = _REFUSED_NAMES.split()
_REFUSED_REDIRECTS = """
    http://127.0.0.1/ http://[::ffff:169.254.169.254]/ gopher://127.0.0.1:6379/_x
    //127.0.0.1/ http://user@127.0.0.1/ http://priv.test/ http://mixed.test/
    http://pub.test:8080/ file:///etc
"""
REFUSED_REDIRECTS = _REFUSED_REDIRECTS.split()
REFUSED_URLS = [
    *(f"http://{literal}/" for literal in IPV4_LITERALS),
    *(f"http://[{literal}]/" for literal in IPV6_LITERALS),
    *(f"http://{name}/" for name in NAMES),
    *TRICKS,
    *PORTS,
    *SCHEMES,
    *(f"http://{name}/" for name in REFUSED_NAMES),
]
_PUBLIC_EDGES = """
    1.0.0.0 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.0
    168.63.129.15 168.63.129.17 169.253.255.255 169.255.0.0 172.15.255.255 172.32.0.0
    192.0.1.0 192.0.3.0 192.167.255.255 192.169.0.0 198.17.255.255 198.20.0.0 198.51.99.255
    203.0.114.0 223.255.255.255 2000:: 2001:200::1 2001:db7:ffff:: 2001:db9:: 2003::1
    2606:4700::1111 3ffe::1
"""
PUBLIC_EDGES = _PUBLIC_EDGES.split()
_PRIVATE_EDGES = """
    0.255.255.255 10.0.0.0 100.64.0.0 100.127.255.255 127.255.255.255 172.16.0.0
    172.31.255.255 192.168.0.0 192.168.255.255 198.19.255.255 224.0.0.0 255.255.255.255
    1fff:ffff::1 2001::1 2001:1ff:ffff:: 2002:: 2001:db8:ffff:: 3fff:fff:: 4000::
    ::ffff:8.8.8.8 fe80::1%eth0
"""
PRIVATE_EDGES = _PRIVATE_EDGES.split()


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


@pytest.mark.parametrize("address", PRIVATE_EDGES)
def test_the_edges_of_private_ranges_are_not_public(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address), AddressRules())


def test_the_operators_own_ranges_are_refused() -> None:
    rules = AddressRules(denied=(ipaddress.ip_network("93.184.216.0/24"),))

    with pytest.raises(FetchError, match="not public"):
        vet_addresses([PUBLIC], rules)


def test_an_international_name_is_looked_up_in_ascii() -> None:
    target = vet_url("https://bücher.de./Weg?q=1#teil", AddressRules())

    assert target.url == "https://xn--bcher-kva.de/Weg?q=1"
    assert (target.host, target.port) == ("xn--bcher-kva.de", 443)


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
