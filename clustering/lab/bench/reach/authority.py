"""Certificates for the loopback sites: a root, an intermediate, and a certificate for each."""

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from cryptography.x509.oid import AuthorityInformationAccessOID, NameOID

ISSUER_HOST: Final = "authority.test"
ISSUER_URL: Final = f"http://{ISSUER_HOST}/issuer.der"


@dataclass(frozen=True)
class _Signed:
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    def pem(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)


class Authority:
    """Issues certificates whose issuer the servers may leave out."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        root = _signed("Bench Root", None, is_authority=True)
        self._between = _signed("Bench Servers", root, is_authority=True)
        self.issuer = self._between.certificate.public_bytes(Encoding.DER)
        self.issuer_key = self._between.certificate.public_key().public_bytes(
            Encoding.DER, PublicFormat.SubjectPublicKeyInfo
        )
        self.root_file = folder / "root.pem"
        self.root_file.write_bytes(root.pem())

    def context(self, host: str, *, has_whole_chain: bool) -> ssl.SSLContext:
        """Return the TLS context of the server of ``host``."""
        leaf = _signed(host, self._between, is_authority=False)
        key = leaf.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        chain = self._between.pem() if has_whole_chain else b""
        file = self._folder / f"{host}.pem"
        file.write_bytes(key + leaf.pem() + chain)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context


def _signed(name: str, by: _Signed | None, *, is_authority: bool) -> _Signed:
    key = ec.generate_private_key(ec.SECP256R1())
    own = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:64])])
    signer = by.certificate.subject if by else own
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder(signer, own, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(is_authority, None), critical=True)
    )
    if not is_authority:
        names = [x509.DNSName(name), x509.DNSName(f"www.{name}")]
        access = x509.AccessDescription(
            AuthorityInformationAccessOID.CA_ISSUERS, x509.UniformResourceIdentifier(ISSUER_URL)
        )
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        builder = builder.add_extension(x509.AuthorityInformationAccess([access]), critical=False)
    return _Signed(builder.sign(by.key if by else key, hashes.SHA256()), key)
