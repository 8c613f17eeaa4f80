"""Certificates are checked against the name, though the connection is to a vetted address."""

import socket
import ssl
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme

from clustering.pipeline.errors import FetchError
from clustering.pipeline.web.adapter import TransferLimits
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
    with _serving(context) as port:
        yield port


@contextmanager
def _serving(context: ssl.SSLContext) -> Iterator[int]:
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

    options = ClientOptions("Logosite-test", rules=RULES, limits=TransferLimits(), ca_file=ca_file)
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


def test_a_certificate_that_has_expired_is_refused(authority: trustme.CA, ca_file: str) -> None:
    yesterday = datetime.now(UTC) - timedelta(days=1)
    expired = authority.issue_cert("pub.test", not_after=yesterday)

    assert _refusal(expired, ca_file).code == "tls"


def test_a_certificate_that_signed_itself_is_refused(ca_file: str) -> None:
    assert _refusal(trustme.CA().issue_cert("pub.test"), ca_file).code == "tls"


def test_ip_address_in_a_certificate_does_not_match_the_name(
    authority: trustme.CA, ca_file: str
) -> None:
    assert _refusal(authority.issue_cert(PUBLIC, "127.0.0.1"), ca_file).code == "tls"


def test_the_server_is_told_the_name(authority: trustme.CA, ca_file: str) -> None:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("pub.test").configure_cert(context)
    told: list[str | None] = []
    context.sni_callback = lambda _socket, name, _context: told.append(name)

    with _serving(context) as port:
        client = _client(port, ca_file)
        client.get("https://pub.test/", max_bytes=1000)
        client.close()

    assert told == ["pub.test"]


@pytest.fixture
def old_server(authority: trustme.CA) -> ssl.SSLContext:
    """A server that speaks TLS 1.0 and 1.1 alone, with the ciphers that these need."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("pub.test").configure_cert(context)
    return _as_of_old(context)


def _as_of_old(context: ssl.SSLContext) -> ssl.SSLContext:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("DEFAULT@SECLEVEL=0")  # any other level forbids both versions
    return context


def test_a_lax_client_reads_from_a_server_with_an_old_version_of_tls(
    old_server: ssl.SSLContext, ca_file: str
) -> None:
    lax = _as_of_old(ssl.create_default_context(cafile=ca_file))

    with (
        _serving(old_server) as port,
        socket.create_connection(("127.0.0.1", port), 5) as connection,
        lax.wrap_socket(connection, server_hostname="pub.test") as secure,
    ):
        secure.sendall(b"GET / HTTP/1.1\r\n\r\n")

        assert secure.version() == "TLSv1.1"
        assert secure.recv(65536).startswith(b"HTTP/1.1 200")


def test_an_old_version_of_tls_is_refused(old_server: ssl.SSLContext, ca_file: str) -> None:
    assert _refusal_by(old_server, ca_file).code == "tls"


def _refusal(certificate: trustme.LeafCert, ca_file: str) -> FetchError:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    certificate.configure_cert(context)
    return _refusal_by(context, ca_file)


def _refusal_by(context: ssl.SSLContext, ca_file: str) -> FetchError:
    with _serving(context) as port:
        client = _client(port, ca_file)
        with pytest.raises(FetchError) as raised:
            client.get("https://pub.test/", max_bytes=1000)
        client.close()
    return raised.value


def test_the_authorities_are_read_once_and_always_asked(ca_file: str) -> None:
    assert tls_context(ca_file) is tls_context(ca_file)
    assert tls_context(ca_file).verify_mode is ssl.CERT_REQUIRED
    assert tls_context(ca_file).check_hostname
    with pytest.raises(FetchError, match="certificates are always checked"):
        tls_context(False)  # noqa: FBT003 - as requests would ask
