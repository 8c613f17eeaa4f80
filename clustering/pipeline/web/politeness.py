"""Limits on concurrent and total requests per site.

A site is a registrable domain, with private suffixes such as ``github.io`` counted as suffixes.
"""

from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock, Semaphore
from typing import Final

from clustering.pipeline.domains.suffixes import site_of
from clustering.pipeline.errors import FetchError

MAX_REQUESTS: Final = 12  # per registrable domain and run, redirects included
MAX_IN_FLIGHT: Final = 2
MAX_BUDGETS: Final = 50_000  # least recently used first out; 10 MB


class ConcurrencyLimits:
    """Limits concurrent requests per registrable domain, shared CDNs included; one per process."""

    def __init__(self, n_in_flight: int = MAX_IN_FLIGHT) -> None:
        self._n_in_flight = n_in_flight
        self._lock = Lock()
        self._busy: dict[str, _Slots] = {}

    @property
    def n_busy(self) -> int:
        """Number of sites with active or waiting requests."""
        return len(self._busy)

    @contextmanager
    def taken(self, host: str, seconds: float) -> Iterator[None]:
        """Hold one of the slots of the site of ``host``.

        Raises:
            FetchError: ``busy`` if none is free within ``seconds``.
        """
        site = site_of(host)
        slots = self._join(site)
        try:
            if not slots.free.acquire(timeout=max(0.0, seconds)):
                message = f"{site} was busy with our other requests"
                raise FetchError("busy", message, is_transient=True)
            try:
                yield
            finally:
                slots.free.release()
        finally:
            self._leave(site, slots)

    def _join(self, site: str) -> "_Slots":
        with self._lock:
            slots = self._busy.setdefault(site, _Slots(self._n_in_flight))
            slots.n_users += 1
            return slots

    def _leave(self, site: str, slots: "_Slots") -> None:
        """Drop the site when it has no users."""
        with self._lock:
            slots.n_users -= 1
            if slots.n_users == 0:
                del self._busy[site]


class _Slots:
    def __init__(self, n: int) -> None:
        self.free = Semaphore(n)
        self.n_users = 0


class Budget:
    """Remaining requests of one registrable domain."""

    def __init__(self, n_requests: int = MAX_REQUESTS) -> None:
        self._n_left = n_requests
        self._lock = Lock()

    def spend(self) -> None:
        """Count one request.

        Raises:
            FetchError: ``request_limit`` if none is left.
        """
        with self._lock:
            if self._n_left == 0:
                raise FetchError("request_limit", "the site needs too many requests")
            self._n_left -= 1


class Budgets:
    """Request budgets of one run in this process, across batches and attempts."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._by_site: OrderedDict[str, Budget] = OrderedDict()

    def of(self, domain: str) -> Budget:
        """Return the budget of the registrable domain of ``domain``."""
        site = site_of(domain)
        with self._lock:
            budget = self._by_site.setdefault(site, Budget())
            self._by_site.move_to_end(site)
            if len(self._by_site) > MAX_BUDGETS:
                self._by_site.popitem(last=False)
            return budget
