"""Servers that leave intermediate certificates out are reached; nothing else is trusted more."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs7,
)
from cryptography.x509.oid import AuthorityInformationAccessOID, NameOID

from clustering.pipeline.errors import FetchError
from clustering.pipeline.web import client as client_module
from clustering.pipeline.web.adapter import TransferLimits
from clustering.pipeline.web.client import ClientOptions, SafeClient
from clustering.pipeline.web.intermediates import Intermediates
from tests.pipeline.web.conftest import PUBLIC, RULES
from tests.pipeline.web.server import HTML, answer

pytestmark = pytest.mark.slow


class Authority:
    """A certificate with its key; ``issue`` signs another."""

    def __init__(self, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> None:
        self.certificate, self.key = certificate, key
        self.der = certificate.public_bytes(Encoding.DER)
        self.pem = certificate.public_bytes(Encoding.PEM)

    def issue(
        self, name: str, issuer_url: str = "", *, is_ca: bool, days: int = 9, called: str = ""
    ) -> "Authority":
        return _issued(name, issuer_url, self, is_ca=is_ca, days=days, called=called)


def _issued(
    name: str, url: str, by: Authority | None, *, is_ca: bool, days: int = 9, called: str = ""
) -> Authority:
    key = ec.generate_private_key(ec.SECP256R1())
    own = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    signer = by.certificate.subject if by else own
    if called:
        signer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, called)])
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder(signer, own, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=20))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.BasicConstraints(is_ca, None), critical=True)
    )
    if not is_ca:
        builder = builder.add_extension(
            x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False
        )
    if url:
        access = x509.AccessDescription(
            AuthorityInformationAccessOID.CA_ISSUERS, x509.UniformResourceIdentifier(url)
        )
        builder = builder.add_extension(x509.AuthorityInformationAccess([access]), critical=False)
    return Authority(builder.sign(by.key if by else key, hashes.SHA256()), key)


@pytest.fixture(scope="module")
def root() -> Authority:
    return _issued("Otterbrook Root", "", None, is_ca=True)


@pytest.fixture
def ca_file(root: Authority, tmp_path: Path) -> str:
    file = tmp_path / "root.pem"
    file.write_bytes(root.pem)
    return str(file)


@pytest.fixture(autouse=True)
def _empty_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "INTERMEDIATES", Intermediates())


class Web:
    """TLS server with one certificate, and a plain one with the files of authorities."""

    def __init__(self, leaf: Authority, files: dict[str, bytes], tmp_path: Path) -> None:
        self.files, self.asked = files, list[str]()
        pem = tmp_path / "leaf.pem"
        key = leaf.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        pem.write_bytes(leaf.pem + key)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(pem)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.connections: list[tuple[str, int]] = []

    @contextmanager
    def served(self) -> Iterator[None]:
        thread = threading.Thread(target=self._accept, daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
            thread.join()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection:
                try:
                    self._serve(connection)
                except OSError:
                    continue

    def _serve(self, connection: socket.socket) -> None:
        connection.settimeout(5)
        if connection.recv(1, socket.MSG_PEEK) == b"\x16":  # a TLS handshake
            with self.context.wrap_socket(connection, server_side=True) as secured:
                if secured.recv(65536):
                    secured.sendall(answer(HTML))
            return
        path = connection.recv(65536).split(b" ", 2)[1].decode()
        self.asked.append(path)
        connection.sendall(answer(self.files.get(path, b""), kind="application/pkix-cert"))

    def get(self, ca_file: str, url: str = "https://pub.test/") -> bytes:
        def resolve(host: str, seconds: float) -> list[str]:
            return ["10.0.0.1"] if host == "inner.test" else [PUBLIC]

        def dial(address: str, port: int, seconds: float) -> socket.socket:
            self.connections.append((address, port))
            return socket.create_connection(self._listener.getsockname(), seconds)

        options = ClientOptions("Test", rules=RULES, limits=TransferLimits(), ca_file=ca_file)
        with self.served():
            made = SafeClient(options, resolve=resolve, dial=dial)
            try:
                return made.get(url, max_bytes=1000).body
            finally:
                made.close()


AIA = "http://ca.test/i.der"


def test_the_missing_issuer_is_fetched(root: Authority, ca_file: str, tmp_path: Path) -> None:
    between = root.issue("Otterbrook Servers", is_ca=True)
    web = Web(between.issue("pub.test", AIA, is_ca=False), {"/i.der": between.der}, tmp_path)

    assert web.get(ca_file) == HTML
    assert web.asked == ["/i.der"]


def test_two_missing_issuers_in_other_forms(root: Authority, ca_file: str, tmp_path: Path) -> None:
    first = root.issue("Otterbrook One", is_ca=True)
    second = first.issue("Otterbrook Two", "http://ca.test/one.p7c", is_ca=True)
    packed = pkcs7.serialize_certificates([first.certificate], Encoding.DER)
    files = {"/i.der": second.pem, "/one.p7c": packed}
    web = Web(second.issue("pub.test", AIA, is_ca=False), files, tmp_path)

    assert web.get(ca_file) == HTML


def refusal(web: Web, ca_file: str) -> str:
    with pytest.raises(FetchError) as raised:
        web.get(ca_file)
    return raised.value.code


def test_a_stranger_that_names_itself_is_refused(
    ca_file: str, tmp_path: Path, root: Authority
) -> None:
    stranger = _issued("Otterbrook Root", "", None, is_ca=True)
    cousin = _issued("Fernhill Root", "", None, is_ca=True, called="fernhill  root")
    for forged in (stranger, cousin):
        web = Web(forged.issue("pub.test", AIA, is_ca=False), {"/i.der": forged.der}, tmp_path)

        assert refusal(web, ca_file) == "tls"


def test_a_certificate_of_a_site_cannot_issue_another(
    root: Authority, ca_file: str, tmp_path: Path
) -> None:
    site = root.issue("fernhill.test", is_ca=False)
    web = Web(site.issue("pub.test", AIA, is_ca=False), {"/i.der": site.der}, tmp_path)

    assert refusal(web, ca_file) == "tls"


@pytest.mark.parametrize(("name", "days"), [("other.test", 9), ("pub.test", -1)])
def test_name_and_dates_are_still_checked(
    root: Authority, ca_file: str, tmp_path: Path, name: str, days: int
) -> None:
    between = root.issue("Otterbrook Servers", is_ca=True)
    leaf = between.issue(name, AIA, is_ca=False, days=days)

    assert refusal(Web(leaf, {"/i.der": between.der}, tmp_path), ca_file) == "tls"


def test_an_expired_issuer_is_refused(root: Authority, ca_file: str, tmp_path: Path) -> None:
    between = root.issue("Otterbrook Servers", is_ca=True, days=-1)
    leaf = between.issue("pub.test", AIA, is_ca=False)

    assert refusal(Web(leaf, {"/i.der": between.der}, tmp_path), ca_file) == "tls"


@pytest.mark.parametrize("body", [b"", b"no certificate", b"0" * 100_000])
def test_a_file_that_is_no_certificate(
    root: Authority, ca_file: str, tmp_path: Path, body: bytes
) -> None:
    leaf = root.issue("Otterbrook Servers", is_ca=True).issue("pub.test", AIA, is_ca=False)

    assert refusal(Web(leaf, {"/i.der": body}, tmp_path), ca_file) == "tls"


@pytest.mark.parametrize(
    "address",
    ["http://inner.test/i.der", "http://127.0.0.1/i", "ldap://ca.test/i", "http://ca.test:81/i"],
)
def test_the_address_of_an_issuer_passes_the_same_checks(
    root: Authority, ca_file: str, tmp_path: Path, address: str
) -> None:
    leaf = root.issue("Otterbrook Servers", is_ca=True).issue("pub.test", address, is_ca=False)
    web = Web(leaf, {}, tmp_path)

    assert refusal(web, ca_file) == "tls"
    assert web.asked == []
    assert set(web.connections) == {(PUBLIC, 443)}


def test_an_issuer_is_fetched_once_for_many_sites(
    root: Authority, ca_file: str, tmp_path: Path
) -> None:
    between = root.issue("Otterbrook Servers", is_ca=True)
    files = {"/i.der": between.der}
    first = Web(between.issue("pub.test", AIA, is_ca=False), files, tmp_path)
    second = Web(between.issue("fern.test", AIA, is_ca=False), files, tmp_path)

    assert first.get(ca_file) == second.get(ca_file, "https://fern.test/") == HTML
    assert (first.asked, second.asked) == (["/i.der"], [])
