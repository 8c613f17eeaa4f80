"""Names -> addresses, with a time limit that the system's own resolver does not have."""

import time
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Final

import dns.exception
import dns.name
import dns.rdatatype
import dns.resolver

from clustering.pipeline.errors import FetchError

Resolve = Callable[[str, float], Sequence[str]]
"""(host, seconds) -> addresses, at least one; FetchError ``dns`` where there are none."""

QUERY_SECONDS: Final = 1.0  # a lost packet is asked for again while the limit allows
RECORDS: Final = (dns.rdatatype.A, dns.rdatatype.AAAA)


def resolve(host: str, seconds: float) -> list[str]:
    """Return the addresses of ``host``, IPv4 first, within ``seconds``.

    Raises:
        FetchError: ``dns``; transient only where the resolver did not answer in time.
    """
    ends_at = time.monotonic() + seconds
    addresses: list[str] = []
    for kind in RECORDS:
        try:
            addresses += _lookup(host, kind, ends_at - time.monotonic())
        except dns.exception.Timeout as error:
            if not addresses:
                raise FetchError(
                    "dns", f"looking up {host} timed out", is_transient=True
                ) from error
        except dns.exception.DNSException as error:
            raise FetchError("dns", f"{host} does not resolve") from error
    if not addresses:
        raise FetchError("dns", f"{host} has no address")
    return addresses


def _lookup(host: str, kind: dns.rdatatype.RdataType, seconds: float) -> list[str]:
    if seconds <= 0:
        raise dns.exception.Timeout
    # A trailing dot: the machine's search list must not turn a public name into an inner one.
    name = dns.name.from_text(f"{host}.")
    try:
        answer = _system_resolver().resolve(name, kind, lifetime=seconds, search=False)
    except dns.resolver.NoAnswer:
        return []
    return [str(record.address) for record in answer]


@lru_cache(maxsize=1)
def _system_resolver() -> dns.resolver.Resolver:
    resolver = dns.resolver.Resolver()
    resolver.timeout = QUERY_SECONDS
    return resolver
