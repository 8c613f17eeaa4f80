"""What a list of domains may cost those who run the sites: few requests at once, few in all.

What counts as one site is the registrable domain, where ``github.io`` and the like register too:
their customers are strangers to each other.
"""

from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock, Semaphore
from typing import Final

from clustering.pipeline.domains.suffixes import site_of
from clustering.pipeline.errors import FetchError

MAX_REQUESTS: Final = 12  # in the name of one registrable domain in a run, redirects included
MAX_IN_FLIGHT: Final = 2
MAX_BUDGETS: Final = 50_000  # registrable domains that are remembered, 10 MB; the oldest go first


class Turns:
    """Lets few requests at a time go to one registrable domain; one object per process.

    A host that many sites share, as a CDN, is one of them: who asks waits for a turn.
    """

    def __init__(self, n_in_flight: int = MAX_IN_FLIGHT) -> None:
        self._n_in_flight = n_in_flight
        self._lock = Lock()
        self._busy: dict[str, _Slots] = {}

    @property
    def n_busy(self) -> int:
        """How many sites are being asked or waited for."""
        return len(self._busy)

    @contextmanager
    def taken(self, host: str, seconds: float) -> Iterator[None]:
        """Hold a turn at the site of ``host``.

        Raises:
            FetchError: ``timeout`` if none is free within ``seconds``.
        """
        site = site_of(host)
        places = self._join(site)
        try:
            if not places.free.acquire(timeout=max(0.0, seconds)):
                message = f"{site} was busy with our other requests"
                raise FetchError("busy", message, is_transient=True)
            try:
                yield
            finally:
                places.free.release()
        finally:
            self._leave(site, places)

    def _join(self, site: str) -> "_Slots":
        with self._lock:
            places = self._busy.setdefault(site, _Slots(self._n_in_flight))
            places.n_interested += 1
            return places

    def _leave(self, site: str, places: "_Slots") -> None:
        """Forget a site that nobody asks: only those in use are kept."""
        with self._lock:
            places.n_interested -= 1
            if places.n_interested == 0:
                del self._busy[site]


class _Slots:
    def __init__(self, n: int) -> None:
        self.free = Semaphore(n)
        self.n_interested = 0


class Budget:
    """The requests that are left in the name of one registrable domain."""

    def __init__(self, n_requests: int = MAX_REQUESTS) -> None:
        self._n_left = n_requests
        self._lock = Lock()

    def spend(self) -> None:
        """Take one request.

        Raises:
            FetchError: ``request_limit`` if there is none.
        """
        with self._lock:
            if self._n_left == 0:
                raise FetchError("request_limit", "the site needs too many requests")
            self._n_left -= 1


class Budgets:
    """The budgets of one run in this process, whatever batches and tries the run is made of."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._by_site: OrderedDict[str, Budget] = OrderedDict()

    def of(self, domain: str) -> Budget:
        """Return the budget that ``domain`` shares with its sisters under one registration."""
        site = site_of(domain)
        with self._lock:
            budget = self._by_site.setdefault(site, Budget())
            self._by_site.move_to_end(site)
            if len(self._by_site) > MAX_BUDGETS:
                self._by_site.popitem(last=False)
            return budget
