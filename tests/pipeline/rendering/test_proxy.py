"""The proxy connects to vetted addresses only, and within its limits."""

import socket

import pytest

from clustering.pipeline.rendering import proxy as proxies
from tests.pipeline.rendering.loopback import HOSTILE, PUBLIC, Site, served

PAGES = {"/": ("text/html", "<h1>Otterbrook</h1>"), "/long": ("text/plain", "x" * 200_000)}


def ask(port: int, head: str) -> bytes:
    """Send a request to the proxy; return its whole answer."""
    with socket.create_connection(("127.0.0.1", port), 5) as connection:
        connection.sendall(head.encode("utf-8", "surrogateescape") + b"\r\n\r\n")
        answer = b""
        while chunk := connection.recv(65536):
            answer += chunk
        return answer


def test_a_public_site_is_reached_at_its_vetted_address() -> None:
    with served(PAGES) as (site, proxy):
        answer = ask(proxy.port, "GET http://otterbrook.com/ HTTP/1.1\r\nProxy-Connection: x")

    assert answer.endswith(b"<h1>Otterbrook</h1>")
    assert site.dialled == [(PUBLIC, 80)]


@pytest.mark.parametrize(
    "head",
    [
        "GET http://priv.test/ HTTP/1.1",
        "CONNECT priv.test:443 HTTP/1.1",
        "CONNECT otterbrook.com:22 HTTP/1.1",
        "CONNECT otterbrook.com:8080 HTTP/1.1",
        "CONNECT 127.0.0.1:443 HTTP/1.1",
        "CONNECT [::1]:443 HTTP/1.1",
        "CONNECT localhost:443 HTTP/1.1",
        "GET https://otterbrook.com/ HTTP/1.1",
        "GET ftp://otterbrook.com/ HTTP/1.1",
        "GET / HTTP/1.1\r\nHost: otterbrook.com",
        "TRACE http://otterbrook.com/ HTTP/1.1",
        "nonsense",
    ],
)
def test_other_requests_are_refused(head: str) -> None:
    with served(PAGES) as (site, proxy):
        answer = ask(proxy.port, head)

        assert answer.startswith(b"HTTP/1.1 403")
        assert proxy.traffic.n_refused == 1
        assert site.dialled == []


def test_no_hostile_address_is_dialled() -> None:
    with served(PAGES) as (site, proxy):
        proxy.begin(60)
        proxy.traffic.n_connections = -1000
        for url in HOSTILE:
            ask(proxy.port, f"GET {url} HTTP/1.1")
            ask(proxy.port, f"CONNECT {url.partition('//')[2].partition('/')[0]}:443 HTTP/1.1")

        assert {address for address, _ in site.dialled} <= {PUBLIC}


def test_bytes_connections_and_time_of_a_page_are_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proxies, "MAX_BYTES", 100_000)
    monkeypatch.setattr(proxies, "MAX_CONNECTIONS", 2)
    get = "GET http://otterbrook.com/long HTTP/1.1"
    with served(PAGES) as (site, proxy):
        assert len(ask(proxy.port, get)) < 200_000
        ask(proxy.port, get)
        assert ask(proxy.port, get).startswith(b"HTTP/1.1 403")
        proxy.begin(0.0)
        assert ask(proxy.port, get).startswith(b"HTTP/1.1 403")

    assert isinstance(site, Site)
    assert len(site.dialled) == 2
