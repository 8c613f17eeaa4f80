"""DNS resolution with a time limit, which the system resolver lacks."""

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
"""(host, seconds) -> at least one address; raises FetchError ``dns``."""

QUERY_SECONDS: Final = 1.0  # then the query is repeated within the limit
RECORDS: Final = (dns.rdatatype.A, dns.rdatatype.AAAA)


class Resolver:
    """Queries the system's name servers or the given ones."""

    def __init__(self, nameservers: Sequence[str] = (), port: int = 53) -> None:
        self._resolver = dns.resolver.Resolver(configure=not nameservers)
        self._resolver.timeout = QUERY_SECONDS
        if nameservers:
            self._resolver.nameservers = list(nameservers)
            self._resolver.port = port

    def __call__(self, host: str, seconds: float) -> list[str]:
        """Return the addresses of ``host``, IPv4 first, within ``seconds``.

        Raises:
            FetchError: ``dns``; transient only if no name server answered in time.
        """
        ends_at = time.monotonic() + seconds
        addresses: list[str] = []
        for kind in RECORDS:
            try:
                addresses += self._lookup(host, kind, ends_at - time.monotonic())
            except dns.exception.Timeout as error:
                if not addresses:
                    message = f"looking up {host} timed out"
                    raise FetchError("dns", message, is_transient=True) from error
            except dns.exception.DNSException as error:
                raise FetchError("dns", f"{host} does not resolve") from error
        if not addresses:
            raise FetchError("dns", f"{host} has no address")
        return addresses

    def _lookup(self, host: str, kind: dns.rdatatype.RdataType, seconds: float) -> list[str]:
        if seconds <= 0:
            raise dns.exception.Timeout
        # A trailing dot: the search list must not turn a public name into an internal one.
        name = dns.name.from_text(f"{host}.")
        try:
            answer = self._resolver.resolve(name, kind, lifetime=seconds, search=False)
        except dns.resolver.NoAnswer:
            return []
        return [str(record.address) for record in answer]


def resolve(host: str, seconds: float) -> list[str]:
    """Return the addresses of ``host`` from the system's name servers."""
    try:
        resolver = _system_resolver()
    except dns.exception.DNSException as error:  # no name server is configured
        raise FetchError("dns", "this machine has no name server") from error
    return resolver(host, seconds)


@lru_cache(maxsize=1)
def _system_resolver() -> Resolver:
    return Resolver()
