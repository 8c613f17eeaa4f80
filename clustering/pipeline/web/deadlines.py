"""Wall-clock deadlines: per-read timeouts do not stop a server that drips bytes."""

import heapq
import os
import socket
import threading
import time
from contextlib import suppress
from itertools import count
from typing import Final


class Sockets:
    """The open connections of one client, for a deadline to shut down.

    TLS takes a socket over, so duplicates are kept; the originals too, since a failed handshake
    leaves them open.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._originals: list[socket.socket] = []
        self._copies: list[socket.socket] = []

    def add(self, connected: socket.socket) -> None:
        """Register ``connected``."""
        with self._lock:
            self._originals.append(connected)
            self._copies.append(connected.dup())

    def shut_down(self) -> None:
        """Shut down all connections: pending reads fail at once, inside TLS as well."""
        with self._lock:
            for copy in self._copies:
                with suppress(OSError):  # already closed by the server
                    copy.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Close all sockets."""
        with self._lock:
            for one in (*self._originals, *self._copies):
                descriptor = (
                    one.detach()
                )  # close() would wait for readers kept alive by exceptions
                if descriptor >= 0:
                    os.close(descriptor)
            self._originals.clear()
            self._copies.clear()


class Deadline:
    """Deadline for one URL; inside ``with``, connections are shut down when it expires."""

    def __init__(self, seconds: float, sockets: Sockets) -> None:
        self.ends_at = time.monotonic() + seconds
        self.is_watched = False
        self._sockets = sockets
        self._expiring = threading.Lock()

    def __enter__(self) -> "Deadline":
        self.is_watched = True
        WATCHDOG.watch(self)
        return self

    def __exit__(self, *_: object) -> None:
        with self._expiring:  # or the next request on the connection would be cut
            self.is_watched = False

    def expire(self) -> None:
        """Shut the connections down, unless the request is done."""
        with self._expiring:
            if self.is_watched:
                self._sockets.shut_down()

    @property
    def seconds_left(self) -> float:
        """Remaining seconds, positive so that they can be a timeout."""
        return max(0.001, self.ends_at - time.monotonic())

    @property
    def is_over(self) -> bool:
        """Whether the deadline has passed."""
        return time.monotonic() >= self.ends_at


class Watchdog:
    """One thread for all deadlines of the process, instead of one timer thread each."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._waiting: list[tuple[float, int, Deadline]] = []
        self._numbers = count()
        self._thread: threading.Thread | None = None

    def watch(self, deadline: Deadline) -> None:
        """Expire ``deadline`` when it is over."""
        with self._changed:
            entry = (deadline.ends_at, next(self._numbers), deadline)
            heapq.heappush(self._waiting, entry)
            # A forked process inherits the object but not the thread.
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="deadlines", daemon=True)
                self._thread.start()
            elif self._waiting[0] is entry:
                self._changed.notify()

    def _run(self) -> None:
        while True:
            with self._changed:
                while not (self._waiting and self._waiting[0][2].is_over):
                    self._changed.wait(self._seconds_to_first())
                _, _, deadline = heapq.heappop(self._waiting)
            deadline.expire()

    def _seconds_to_first(self) -> float | None:
        """Return the seconds to the next deadline, after dropping finished ones."""
        while self._waiting and not self._waiting[0][2].is_watched:
            heapq.heappop(self._waiting)
        return self._waiting[0][0] - time.monotonic() if self._waiting else None


WATCHDOG: Final = Watchdog()
