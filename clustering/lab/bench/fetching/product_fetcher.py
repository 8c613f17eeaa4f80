"""The contender that the product is: safe client, finders and decoders, as a worker runs them."""

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

PUBLIC: Final = "93.184.216.34"  # what every name resolves to; nobody is connected to it
OPTIONS: Final = ClientOptions(
    user_agent="Logosite-bench", rules=AddressRules(refused_suffixes=SPECIAL_USE - {"test"})
)


class Fetcher:
    """Looks at sites; the stopwatch counts what it takes here to have a page read in a child.

    What the children spend on reading is counted as well.
    """

    def __init__(self, plan: Plan, parsing: Stopwatch) -> None:
        self._port = plan.port
        self._parsing = parsing
        self._readers = PageReaders(plan.decoders)
        self._concurrency_limits = ConcurrencyLimits()

    def look(self, host: str) -> str:
        """Return why ``host`` gives no logo, or nothing."""
        return _why(lambda: self.site(host, OPTIONS, is_first_attempt=True))

    def look_again(self, host: str) -> str:
        """Do so with the patience that slow sites get."""
        return _why(
            lambda: self.site(host, replace(OPTIONS, limits=PATIENT), is_first_attempt=False)
        )

    def site(self, host: str, options: ClientOptions, *, is_first_attempt: bool) -> SiteLogo:
        """Return what ``host`` gives; raises FetchError."""
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
        """End the children."""
        self._readers.close()

    def parsing_elsewhere(self) -> float:
        """Return the CPU seconds that reading pages took in the children so far."""
        return self._readers.reading_seconds

    def _look(self, page: Response, files: Mapping[str, Response]) -> PageResult:
        with self._parsing.running():
            return self._readers.inspect(page, files)

    def _dial(self, _address: str, port: int, seconds: float) -> socket.socket:
        """Connect to the server of the bench, which knows no TLS, as many a site does not."""
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
