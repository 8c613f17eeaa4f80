"""Loopback server of the sites, over http and https; one thread for each connection."""

import socket
import ssl
import threading
from collections.abc import Mapping
from contextlib import suppress
from http import HTTPStatus
from urllib.parse import urlsplit

from clustering.lab.bench.reach import Answered, Asked, Kind
from clustering.lab.bench.reach.authority import ISSUER_HOST, Authority
from clustering.lab.bench.reach.sites import answered, packed

Sites = Mapping[str, tuple[Kind, int]]
"""By host: the kind and the number of the site."""


class Server:
    """Serves ``sites`` while it is entered."""

    def __init__(self, sites: Sites, authority: Authority) -> None:
        self._sites = sites
        self._authority = authority
        self._contexts: dict[str, ssl.SSLContext] = {}
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self.port: int = self._listener.getsockname()[1]

    def __enter__(self) -> "Server":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            connection.settimeout(20)
            if connection.recv(1, socket.MSG_PEEK) != b"\x16":  # of a TLS handshake
                self._converse(connection)
                return
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.sni_callback = self._choose
            with context.wrap_socket(connection, server_side=True) as secured:
                self._converse(secured)

    def _choose(self, connection: ssl.SSLObject, host: str | None, _: ssl.SSLContext) -> None:
        connection.context = self._context(host or "")

    def _context(self, host: str) -> ssl.SSLContext:
        name = host.removeprefix("www.")
        with self._lock:
            if name not in self._contexts:
                site = self._sites.get(name)
                is_whole = site is None or site[0].has_whole_chain
                self._contexts[name] = self._authority.context(name, has_whole_chain=is_whole)
            return self._contexts[name]

    def _converse(self, connection: socket.socket) -> None:
        """Answer the requests of one connection."""
        rest = b""
        while True:
            while b"\r\n\r\n" not in rest:
                chunk = connection.recv(65536)
                if not chunk:
                    return
                rest += chunk
            head, _, rest = rest.partition(b"\r\n\r\n")
            connection.sendall(_wire(self._answer(_asked(head))))

    def _answer(self, asked: Asked) -> Answered:
        if asked.host == ISSUER_HOST:
            return Answered(self._authority.issuer, media_type="application/pkix-cert")
        site = self._sites.get(asked.host.removeprefix("www."))
        if site is None:
            return Answered(b"<h1>Fernhill</h1>")
        return packed(answered(*site, asked))


def _asked(head: bytes) -> Asked:
    request, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (x.partition(":") for x in lines)}
    target = urlsplit(request.split(" ")[1])
    host = headers.get("host", "").partition(":")[0]
    return Asked(host, target.path or "/", target.query, headers.get("cookie", ""))


def _wire(answer: Answered) -> bytes:
    lines = [
        f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}",
        f"Content-Type: {answer.media_type}",
        f"Content-Length: {len(answer.body)}",
        *(f"{name}: {value}" for name, value in answer.headers.items()),
    ]
    return "\r\n".join([*lines, "", ""]).encode() + answer.body
