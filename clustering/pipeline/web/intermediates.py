"""Completes certificate chains whose server leaves intermediates out, as browsers do.

A certificate names the address of its issuer (RFC 5280, 4.2.2.1). What is there counts only if
a chain of valid signatures leads from a trusted root to it, so a stranger's certificate is never
trusted; OpenSSL then verifies the whole chain, the name and the dates as always.
"""

import ssl
from collections import OrderedDict
from collections.abc import Callable
from functools import cache, lru_cache
from pathlib import Path
from threading import Lock
from typing import Final

import certifi
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7
from cryptography.x509.oid import AuthorityInformationAccessOID

from clustering.pipeline.errors import FetchError
from clustering.pipeline.web.tls import new_context

MAX_CERTIFICATE_BYTES: Final = 64 << 10
MAX_INTERMEDIATES: Final = 3
MAX_KEPT: Final = 500  # a few hundred intermediates serve the public web; 2 KB each
MISSING_ISSUER: Final = frozenset({20, 21})  # X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, ...
UNREADABLE: Final = (ValueError, TypeError, UnsupportedAlgorithm)

Fetch = Callable[[str], bytes]
"""(http URL) -> the file there, through the same checks as any other; raises FetchError."""


class IncompleteChain(FetchError):
    """The server did not send the issuer of its certificate."""

    def __init__(self, host: str) -> None:
        super().__init__("tls", f"the certificate of {host} lacks its issuer")


def is_incomplete(error: BaseException) -> bool:
    """Return whether ``error`` is a verification that found no issuer."""
    return isinstance(error, ssl.SSLCertVerificationError) and error.verify_code in MISSING_ISSUER


class Intermediates:
    """Certificates by address; one per process, bounded, least recently used first out."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._kept: OrderedDict[str, bytes] = OrderedDict()

    def context(self, leaf: bytes, fetch: Fetch, ca_file: str | None) -> ssl.SSLContext | None:
        """Return a TLS context that also has the issuers of ``leaf`` (DER), None if there is none.

        Raises:
            FetchError: if an issuer cannot be fetched.
        """
        try:
            issuers = self._issuers(x509.load_der_x509_certificate(leaf), fetch, ca_file)
        except UNREADABLE:
            return None
        return _context_with(tuple(issuers), ca_file) if issuers else None

    def _issuers(
        self, certificate: x509.Certificate, fetch: Fetch, ca_file: str | None
    ) -> list[str]:
        """Return the intermediates (PEM) up to a trusted root, nothing if they reach none."""
        found = []
        for _ in range(MAX_INTERMEDIATES):
            address = _issuer_address(certificate)
            issuer = _certificate(self._file(address, fetch)) if address else None
            if issuer is None or not _has_issued(issuer, certificate):
                return []
            found.append(issuer.public_bytes(Encoding.PEM).decode())
            if any(_has_issued(root, issuer) for root in _roots(ca_file).get(_name(issuer), ())):
                return found
            certificate = issuer
        return []

    def _file(self, address: str, fetch: Fetch) -> bytes:
        with self._lock:
            if address in self._kept:
                self._kept.move_to_end(address)
                return self._kept[address]
        body = fetch(address)
        with self._lock:
            self._kept[address] = body
            if len(self._kept) > MAX_KEPT:
                self._kept.popitem(last=False)
        return body


INTERMEDIATES: Final = Intermediates()


def _issuer_address(certificate: x509.Certificate) -> str:
    """Return the http address of the issuer's certificate, if it is named."""
    try:
        access = certificate.extensions.get_extension_for_class(x509.AuthorityInformationAccess)
    except x509.ExtensionNotFound:
        return ""
    for one in access.value:
        is_url = isinstance(one.access_location, x509.UniformResourceIdentifier)
        address = str(one.access_location.value) if is_url else ""
        if one.access_method == AuthorityInformationAccessOID.CA_ISSUERS and address.startswith(
            "http://"
        ):
            return address
    return ""


def _certificate(body: bytes) -> x509.Certificate | None:
    """Return the certificate of a file in one of the forms that authorities use."""
    if body.lstrip().startswith(b"-----BEGIN"):
        return x509.load_pem_x509_certificate(body)
    try:
        return x509.load_der_x509_certificate(body)
    except ValueError:
        return next(iter(pkcs7.load_der_pkcs7_certificates(body)), None)


def _has_issued(issuer: x509.Certificate, certificate: x509.Certificate) -> bool:
    """Return whether ``issuer`` is an authority that signed ``certificate``."""
    try:
        certificate.verify_directly_issued_by(issuer)
        basic = issuer.extensions.get_extension_for_class(x509.BasicConstraints)
    except (*UNREADABLE, InvalidSignature, x509.ExtensionNotFound):
        return False
    return basic.value.ca


def _name(certificate: x509.Certificate) -> bytes:
    return certificate.issuer.public_bytes()


@cache
def _roots(ca_file: str | None) -> dict[bytes, list[x509.Certificate]]:
    """Return the trusted roots by subject; parsing certifi's takes 10 ms, once."""
    found: dict[bytes, list[x509.Certificate]] = {}
    for root in x509.load_pem_x509_certificates(Path(ca_file or certifi.where()).read_bytes()):
        found.setdefault(root.subject.public_bytes(), []).append(root)
    return found


@lru_cache(maxsize=64)
def _context_with(issuers: tuple[str, ...], ca_file: str | None) -> ssl.SSLContext:
    """Return a context with these intermediates, to build chains that still end at a root."""
    context = new_context(ca_file or True)
    context.load_verify_locations(cadata="".join(issuers))
    context.verify_flags &= ~ssl.VERIFY_X509_PARTIAL_CHAIN
    return context
