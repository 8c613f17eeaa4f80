"""TLS contexts, loaded once per process."""

import ssl
from functools import cache

import certifi
from urllib3.util.ssl_ import create_urllib3_context

from clustering.pipeline.errors import FetchError


@cache
def tls_context(verify: bool | str) -> ssl.SSLContext:  # noqa: FBT001 - as requests passes it
    """Return the cached context that trusts the CA file ``verify``, or certifi's for True.

    Loading certifi's takes 20 to 40 ms of CPU, more than everything else for a site.
    """
    if not verify:
        raise FetchError("tls", "certificates are always checked")
    context = create_urllib3_context(cert_reqs=ssl.CERT_REQUIRED)
    context.load_verify_locations(verify if isinstance(verify, str) else certifi.where())
    return context
