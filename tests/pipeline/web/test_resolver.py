"""DNS lookups with a time limit, against a loopback name server."""

import socket
import threading
from collections.abc import Iterator

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset
import pytest

from clustering.pipeline.errors import FetchError
from clustering.pipeline.web.resolver import Resolver

ZONE = {
    ("both.test.", "A"): "93.184.216.34",
    ("both.test.", "AAAA"): "2606:4700::1111",
    ("six.test.", "AAAA"): "2606:4700::1111",
    ("half.test.", "A"): "93.184.216.34",
}
SILENT = {("silent.test.", "A"), ("half.test.", "AAAA")}


@pytest.fixture(scope="module")
def resolver() -> Iterator[Resolver]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        thread = threading.Thread(target=_serve, args=(server,), daemon=True)
        thread.start()
        yield Resolver(["127.0.0.1"], server.getsockname()[1])
        server.sendto(b"end", server.getsockname())
        thread.join()


def _serve(server: socket.socket) -> None:
    while True:
        packet, client = server.recvfrom(4096)
        if packet == b"end":
            return
        query = dns.message.from_wire(packet)
        question = query.question[0]
        key = (question.name.to_text(), dns.rdatatype.to_text(question.rdtype))
        if key not in SILENT:
            server.sendto(_answer(query, key).to_wire(), client)


def _answer(query: dns.message.Message, key: tuple[str, str]) -> dns.message.Message:
    answer = dns.message.make_response(query)
    if key in ZONE:
        answer.answer.append(dns.rrset.from_text(key[0], 60, "IN", key[1], ZONE[key]))
    elif key[0] not in {name for name, _ in ZONE}:
        code = dns.rcode.SERVFAIL if key[0] == "broken.test." else dns.rcode.NXDOMAIN
        answer.set_rcode(code)
    return answer


@pytest.mark.parametrize(
    ("host", "addresses"),
    [
        ("both.test", ["93.184.216.34", "2606:4700::1111"]),
        ("six.test", ["2606:4700::1111"]),
        ("half.test", ["93.184.216.34"]),
    ],
)
def test_a_name_has_its_addresses(host: str, addresses: list[str], resolver: Resolver) -> None:
    assert resolver(host, 0.4) == addresses


@pytest.mark.parametrize(
    ("host", "is_transient"),
    [("nothing.test", False), ("broken.test", False), ("silent.test", True)],
)
def test_a_name_without_addresses_is_an_error(
    host: str,
    is_transient: bool,  # noqa: FBT001
    resolver: Resolver,
) -> None:
    with pytest.raises(FetchError) as raised:
        resolver(host, 0.4)

    assert (raised.value.code, raised.value.is_transient) == ("dns", is_transient)
