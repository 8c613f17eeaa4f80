"""The product's fetcher: safe client, finders and decoders, as in a worker."""

import socket
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from clustering.lab.bench.fetching import Plan
from clustering.lab.bench.meter import Stopwatch
from clustering.pipeline.errors import FetchError
from clustering.pipeline.finders import SiteLogo
from clustering.pipeline.finders.page_reader import PageReaders
from clustering.pipeline.finders.page_result import PageResult
from clustering.pipeline.finders.site import N_SURE, find_logo
from clustering.pipeline.web import Response
from clustering.pipeline.web.adapter import PATIENT
from clustering.pipeline.web.addresses import PORTS, SPECIAL_USE, AddressRules
from clustering.pipeline.web.client import ClientOptions, Politeness, SafeClient
from clustering.pipeline.web.politeness import ConcurrencyLimits

PUBLIC: Final = "93.184.216.34"  # address of every name; never connected to
OPTIONS: Final = ClientOptions(
    user_agent="Logosite-bench", rules=AddressRules(refused_suffixes=SPECIAL_USE - {"test"})
)


class Fetcher:
    """Fetches sites; the stopwatch counts this process's share of parsing.

    The children's share is counted as well.
    """

    def __init__(self, plan: Plan, parsing: Stopwatch) -> None:
        self._port = plan.port
        self._parsing = parsing
        self._readers = PageReaders(plan.decoders)
        self._concurrency_limits = ConcurrencyLimits()

    def look(self, host: str) -> str:
        """Return the failure reason of ``host``; "" for a logo."""
        return _why(lambda: self.site(host, OPTIONS, is_first_attempt=True))

    def look_again(self, host: str) -> str:
        """Retry with the timeouts of slow sites."""
        return _why(
            lambda: self.site(host, replace(OPTIONS, limits=PATIENT), is_first_attempt=False)
        )

    def site(self, host: str, options: ClientOptions, *, is_first_attempt: bool) -> SiteLogo:
        """Return the site's result; raises FetchError."""
        politeness = Politeness(self._concurrency_limits)
        client = SafeClient(options, resolve=_resolve, dial=self._dial, politeness=politeness)
        try:
            return find_logo(
                host,
                client,
                self._readers.decode,
                self._look,
                n_sure=N_SURE,
                is_first_attempt=is_first_attempt,
            )
        finally:
            client.close()

    def close(self) -> None:
        self._readers.close()

    def parsing_elsewhere(self) -> float:
        """Return the CPU seconds of parsing in the children."""
        return self._readers.reading_seconds

    def _look(self, page: Response, files: Mapping[str, Response]) -> PageResult:
        with self._parsing.running():
            return self._readers.inspect(page, files)

    def _dial(self, _address: str, port: int, seconds: float) -> socket.socket:
        """Connect to the bench server, which has no TLS."""
        if port != PORTS["http"]:
            raise ConnectionRefusedError
        return socket.create_connection(("127.0.0.1", self._port), seconds)


def _why(look: Callable[[], SiteLogo]) -> str:
    try:
        look()
    except FetchError as error:
        return error.code
    return ""


def _resolve(_host: str, _seconds: float) -> list[str]:
    return [PUBLIC]
