"""What certificates are checked against, read once per process."""

import ssl
from functools import cache

import certifi
from urllib3.util.ssl_ import create_urllib3_context

from clustering.pipeline.errors import FetchError


@cache
def tls_context(verify: bool | str) -> ssl.SSLContext:  # noqa: FBT001 - as requests passes it
    """Return the process's context that trusts a file's certificates, or the well-known ones.

    Reading the well-known ones takes 20 to 40 ms of CPU, more than all else a site costs.
    """
    if not verify:
        raise FetchError("tls", "certificates are always checked")
    context = create_urllib3_context(cert_reqs=ssl.CERT_REQUIRED)
    context.load_verify_locations(verify if isinstance(verify, str) else certifi.where())
    return context
