"""A site on loopback, behind the proxy of the rendered fetch."""

import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from clustering.pipeline.rendering.proxy import Proxy
from clustering.pipeline.web.addresses import SPECIAL_USE, AddressRules
from tests.pipeline.web.hostile_urls import ANSWERS, CLASSES

PUBLIC = "93.184.216.34"
RULES = AddressRules(refused_suffixes=SPECIAL_USE - {"test"})
HOSTILE = [url for urls in CLASSES.values() for url in urls]
Pages = Mapping[str, tuple[str, str]]
"""By path: media type and body; ``redirect`` and an address."""


class Site:
    """Serves pages; notes what was asked, and where the proxy wanted to connect."""

    def __init__(self, pages: Pages) -> None:
        self.asked: list[str] = []
        self.dialled: list[tuple[str, int]] = []
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                """Answer from the table."""
                site.asked.append(self.path)
                kind, body = pages.get(self.path.partition("?")[0], ("text/plain", ""))
                self.send_response(302 if kind == "redirect" else 200)
                self.send_header(
                    "Location" if kind == "redirect" else "Content-Type",
                    body if kind == "redirect" else kind,
                )
                data = b"" if kind == "redirect" else body.encode()
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_: object) -> None:
                """Stay silent."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def dial(self, address: str, port: int, seconds: float) -> socket.socket:
        """Connect to this site, whatever the address."""
        self.dialled.append((address, port))
        if port != 80:
            raise ConnectionRefusedError
        return socket.create_connection(("127.0.0.1", self._server.server_port), seconds)

    def resolve(self, host: str, _seconds: float) -> list[str]:
        """Return the public address, and others for the hostile names."""
        return ANSWERS.get(host, [PUBLIC])

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@contextmanager
def served(pages: Pages) -> Iterator[tuple[Site, Proxy]]:
    site = Site(pages)
    try:
        with Proxy(RULES, resolve=site.resolve, dial=site.dial) as proxy:
            proxy.begin(60)
            yield site, proxy
    finally:
        site.close()


class Listener:
    """A socket of this machine that nothing may reach; UDP too."""

    def __init__(self) -> None:
        self._tcp = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._tcp.getsockname()[1]
        self._udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._udp.bind(("127.0.0.1", self.port))
        self._tcp.settimeout(0)
        self._udp.settimeout(0)

    def was_reached(self) -> bool:
        """Return whether a connection or a datagram came."""
        for receive in (self._tcp.accept, lambda: self._udp.recvfrom(100)):
            try:
                receive()
            except BlockingIOError:
                continue
            return True
        return False

    def close(self) -> None:
        self._tcp.close()
        self._udp.close()
