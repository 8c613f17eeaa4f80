"""TLS contexts, loaded once per process."""

import socket
import ssl
from contextlib import suppress
from functools import cache

import certifi
from urllib3.util.ssl_ import create_urllib3_context

from clustering.pipeline.errors import FetchError


@cache
def tls_context(verify: bool | str) -> ssl.SSLContext:  # noqa: FBT001 - as requests passes it
    """Return the cached context that trusts the CA file ``verify``, or certifi's for True.

    Loading certifi's takes 20 to 40 ms of CPU, more than everything else for a site.
    """
    return new_context(verify)


def peer_certificate(connected: socket.socket, host: str) -> bytes:
    """Return the certificate (DER) that the server of ``connected`` shows, without checking it.

    Nothing is sent or read over this connection: it only tells who should have signed it.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with context.wrap_socket(connected, server_hostname=host) as secured:
        found = secured.getpeercert(binary_form=True) or b""
        with suppress(OSError):  # copies of the socket would keep the connection open
            secured.shutdown(socket.SHUT_RDWR)
        return found


def new_context(verify: bool | str) -> ssl.SSLContext:  # noqa: FBT001 - as requests passes it
    """Return a context of its own; see ``tls_context``."""
    if not verify:
        raise FetchError("tls", "certificates are always checked")
    context = create_urllib3_context(cert_reqs=ssl.CERT_REQUIRED)
    context.load_verify_locations(verify if isinstance(verify, str) else certifi.where())
    return context
