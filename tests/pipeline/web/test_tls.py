"""Certificates are checked against the name, though the connection is to a vetted address."""

import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from clustering.pipeline.errors import FetchError
from clustering.pipeline.web.adapter import Limits
from clustering.pipeline.web.client import ClientOptions, SafeClient
from clustering.pipeline.web.tls import tls_context
from tests.pipeline.web.conftest import PUBLIC, RULES
from tests.pipeline.web.server import HTML, answer


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def port(authority: trustme.CA) -> Iterator[int]:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("pub.test").configure_cert(context)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=_serve, args=(listener, context), daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


def _serve(listener: socket.socket, context: ssl.SSLContext) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        with connection:
            try:
                with context.wrap_socket(connection, server_side=True) as secure:
                    secure.recv(65536)
                    secure.sendall(answer(HTML))
            except OSError:
                continue


def _client(port: int, ca_file: str | None) -> SafeClient:
    def dial(address: str, _: int, seconds: float) -> socket.socket:
        assert address == PUBLIC
        return socket.create_connection(("127.0.0.1", port), seconds)

    options = ClientOptions("Logosite-test", rules=RULES, limits=Limits(), ca_file=ca_file)
    return SafeClient(options, resolve=lambda host, seconds: [PUBLIC], dial=dial)


@pytest.fixture
def ca_file(authority: trustme.CA, tmp_path: Path) -> str:
    file = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(str(file))
    return str(file)


def test_a_certificate_for_the_name_is_accepted(port: int, ca_file: str) -> None:
    client = _client(port, ca_file)

    assert client.get("https://pub.test/", max_bytes=1000).body == HTML
    client.close()


def test_a_certificate_for_another_name_is_refused(port: int, ca_file: str) -> None:
    client = _client(port, ca_file)

    with pytest.raises(FetchError) as raised:
        client.get("https://other.test/", max_bytes=1000)
    client.close()
    assert (raised.value.code, raised.value.is_transient) == ("tls", False)


def test_a_certificate_of_an_unknown_authority_is_refused(port: int) -> None:
    client = _client(port, None)

    with pytest.raises(FetchError) as raised:
        client.get("https://pub.test/", max_bytes=1000)
    client.close()
    assert raised.value.code == "tls"


def test_the_authorities_are_read_once_and_always_asked(ca_file: str) -> None:
    assert tls_context(ca_file) is tls_context(ca_file)
    assert tls_context(ca_file).verify_mode is ssl.CERT_REQUIRED
    assert tls_context(ca_file).check_hostname
    with pytest.raises(FetchError, match="certificates are always checked"):
        tls_context(False)  # noqa: FBT003 - as requests would ask
