"""The only way out of the browser: a proxy that vets, limits and counts every connection.

Each request is judged as those of the HTTP client are: the name and the port, then every address
that the name resolves to, and the connection is made to a vetted address. Inside TLS nothing is
read; the browser checks the certificates.
"""

import re
import select
import socket
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from clustering.pipeline.errors import FetchError
from clustering.pipeline.web.adapter import Dial, Dialer, TransferLimits, dial
from clustering.pipeline.web.addresses import PORTS, AddressRules, Target, vet_host, vet_url
from clustering.pipeline.web.deadlines import Deadline
from clustering.pipeline.web.resolver import Resolve, resolve

MAX_HEAD_BYTES: Final = 64 << 10
MAX_BYTES: Final = 40 << 20  # of one page with its files, both directions
MAX_CONNECTIONS: Final = 120  # of one page
MAX_THREADS: Final = 64  # at the same time
CHUNK_BYTES: Final = 64 << 10
POLL_SECONDS: Final = 0.5
LIMITS: Final = TransferLimits(dns_seconds=3.0, connect_seconds=3.0, read_seconds=10.0)
METHODS: Final = frozenset({"GET", "HEAD", "POST", "OPTIONS"})
REQUEST: Final = re.compile(rb"([A-Z]{3,7}) (\S{1,8192}) HTTP/1\.[01]\r\n")
HOP_BY_HOP: Final = re.compile(
    rb"(?im)^(?:proxy-[a-z-]+|connection|keep-alive|te|trailer|upgrade):[^\r\n]*\r\n"
)
REFUSED: Final = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
UNREACHABLE: Final = b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
ESTABLISHED: Final = b"HTTP/1.1 200 Connection established\r\n\r\n"


@dataclass
class Traffic:
    """What one page asked for."""

    n_bytes: int = 0
    n_connections: int = 0
    n_refused: int = 0
    ends_at: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def connect(self) -> bool:
        """Count a connection; false if the page had enough of them."""
        with self._lock:
            self.n_connections += 1
            return self.n_connections <= MAX_CONNECTIONS and not self.is_over

    def refuse(self) -> None:
        """Count a refused request."""
        with self._lock:
            self.n_refused += 1

    def count(self, n_bytes: int) -> bool:
        """Count bytes; false if the page had enough of them."""
        with self._lock:
            self.n_bytes += n_bytes
            return self.n_bytes <= MAX_BYTES and not self.is_over

    @property
    def is_over(self) -> bool:
        """Whether the page's time has passed."""
        return time.monotonic() >= self.ends_at


class Proxy:
    """Serves one browser at a time, on a port of the loopback interface, while it is entered."""

    def __init__(
        self, rules: AddressRules, *, resolve: Resolve = resolve, dial: Dial = dial
    ) -> None:
        self._rules = rules
        self._resolve = resolve
        self._dial = dial
        self._threads = threading.BoundedSemaphore(MAX_THREADS)
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port: int = self._listener.getsockname()[1]
        self.traffic = Traffic()
        """Of the current page."""

    def __enter__(self) -> "Proxy":
        threading.Thread(target=self._accept, name="rendering-proxy", daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.traffic.ends_at = 0.0
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def begin(self, seconds: float) -> None:
        """Begin a page: connections of the page before end."""
        self.traffic.ends_at = 0.0
        self.traffic = Traffic(ends_at=time.monotonic() + seconds)

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            if not self._threads.acquire(blocking=False):
                connection.close()
                continue
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        traffic = self.traffic
        try:
            with connection, suppress(OSError):
                connection.settimeout(LIMITS.read_seconds)
                self._answer(connection, traffic)
        finally:
            self._threads.release()

    def _answer(self, connection: socket.socket, traffic: Traffic) -> None:
        head, rest = _head(connection)
        match = REQUEST.match(head)
        if match is None or not traffic.connect():
            traffic.refuse()
            connection.sendall(REFUSED)
            return
        method, where = (part.decode("latin-1") for part in match.groups())
        try:
            target = self._target(method, where)
        except FetchError:
            traffic.refuse()
            connection.sendall(REFUSED)
            return
        dialer = Dialer(self._rules, LIMITS, resolve=self._resolve, dial=self._dial)
        dialer.set_target(target, Deadline(LIMITS.url_seconds, dialer.sockets))
        try:
            server = dialer.connect(target.host, target.port)
        except FetchError as error:
            is_refused = error.code == "refused_address"
            traffic.n_refused += is_refused
            connection.sendall(REFUSED if is_refused else UNREACHABLE)
            return
        try:
            if method == "CONNECT":
                connection.sendall(ESTABLISHED)
            else:
                server.sendall(_forwarded(method, target, head[match.end() :]))
            if rest:
                server.sendall(rest)
            _pipe(connection, server, traffic)
        finally:
            dialer.sockets.close()

    def _target(self, method: str, where: str) -> Target:
        """Return the vetted target of a request.

        Raises:
            FetchError: ``refused_address``.
        """
        if method != "CONNECT":
            target = vet_url(where, self._rules)
            if method not in METHODS or urlsplit(target.url).scheme != "http":
                raise FetchError("refused_address", "refused: no plain request")
            return target
        host, _, port = where.rpartition(":")
        if port not in {str(one) for one in PORTS.values()}:
            raise FetchError("refused_address", "refused: a port other than 80 and 443")
        name = vet_host(host.strip("[]"), self._rules)
        return Target(f"https://{name}/", name, int(port))


def _head(connection: socket.socket) -> tuple[bytes, bytes]:
    """Return the head of a request, and what was read beyond it."""
    data = b""
    while b"\r\n\r\n" not in data:
        chunk = connection.recv(CHUNK_BYTES)
        if not chunk or len(data) > MAX_HEAD_BYTES:
            return b"", b""
        data += chunk
    head, _, rest = data.partition(b"\r\n\r\n")
    return head + b"\r\n", rest


def _forwarded(method: str, target: Target, headers: bytes) -> bytes:
    """Return the request for the server itself; one request for each connection."""
    parts = urlsplit(target.url)
    path = f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"
    kept = re.sub(rb"(?im)^host:[^\r\n]*\r\n", b"", HOP_BY_HOP.sub(b"", headers))
    line = f"{method} {path} HTTP/1.1\r\nHost: {target.host}\r\nConnection: close\r\n"
    return line.encode("latin-1") + kept + b"\r\n"


def _pipe(one: socket.socket, other: socket.socket, traffic: Traffic) -> None:
    """Copy both directions until one side ends, or the page had enough bytes or time."""
    to = {one: other, other: one}
    while not traffic.is_over:
        ready, _, _ = select.select([one, other], [], [], POLL_SECONDS)
        for side in ready:
            chunk = side.recv(CHUNK_BYTES)
            if not chunk or not traffic.count(len(chunk)):
                return
            to[side].sendall(chunk)
