"""Hostile responses in place of a page or a logo, by name of the trap."""

import gzip
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

PIECE_SECONDS: Final = 0.05  # delay between pieces of a slow response
MAX_PIECES: Final = 100_000  # end of endless responses, far above every limit
PAGE_WITH_LOGO: Final = (
    b"<title>Trap</title>"
    b"<header><a href='/'><img class='logo' src='/logo' alt='logo'></a></header>"
)
SILENCE: Final = b"(nothing)"  # marks pieces that are not sent
OPEN: Final = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"


@dataclass(frozen=True)
class Trap:
    """Responses for the page and its logo."""

    page: Callable[[], "Sent"]
    logo: Callable[[], "Sent"] | None = None


@dataclass(frozen=True)
class Sent:
    """A head of bytes, and a piece that is repeated."""

    head: bytes
    piece: bytes = b""
    """Sent repeatedly; short pieces slowly."""

    def pieces(self) -> Iterator[bytes]:
        """Yield the repeated pieces."""
        for _ in range(MAX_PIECES if self.piece else 0):
            yield self.piece


def sent(path: str, name: str) -> Sent:
    """Return the response of the trap ``name`` for ``path``."""
    trap = TRAPS[name]
    if path == "/logo" and trap.logo is not None:
        return trap.logo()
    if path in {"/", "/again"} or path.startswith("/r"):
        return trap.page()
    return Sent(_answer(b"not here", status="404 Not Found"))


def _answer(body: bytes, *headers: str, status: str = "200 OK", kind: str = "text/html") -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Type: {kind}", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, *headers, "Connection: close", "", ""]).encode() + body


def _page(body: bytes, *headers: str) -> Trap:
    return Trap(lambda: Sent(_answer(body, *headers)))


def _wire(head: bytes, piece: bytes = b"") -> Trap:
    return Trap(lambda: Sent(head, piece))


def _redirect(location: str) -> Trap:
    return _wire(_answer(b"", f"Location: {location}", status="302 Found"))


def _logo(make: Callable[[], bytes], kind: str) -> Trap:
    return Trap(
        lambda: Sent(_answer(PAGE_WITH_LOGO)),
        lambda: Sent(_answer(make(), kind=kind)),
    )


def _repeated(text: bytes, n_bytes: int = 4_000_000) -> Trap:
    return Trap(lambda: Sent(_answer(b"<title>Trap</title>" + text * (n_bytes // len(text)))))


@cache
def _bomb() -> bytes:
    """Return 256 MB of zeros, gzipped in many members."""
    return gzip.compress(bytes(64 << 20)) * 4


def _coded(body: Callable[[], bytes], coding: str, *headers: str, status: str = "200 OK") -> Trap:
    return Trap(
        lambda: Sent(_answer(body(), f"Content-Encoding: {coding}", *headers, status=status))
    )


def _svg(inner: str, head: str = "") -> bytes:
    return (
        f'{head}<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">{inner}</svg>'.encode()
    )


def _laughs() -> bytes:
    entities = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    return _svg("<text>&a9;</text>", f'<!DOCTYPE svg [<!ENTITY a0 "ha">{entities}]>')


def _nests(kind: str) -> bytes:
    """Return patterns or masks, each using the previous one ten times."""
    rect = '<rect width="9" height="9" {}="url(#m{})"/>'
    rest = "".join(
        f'<{kind} id="m{n}" width="9" height="9">{rect.format("fill", n - 1) * 10}</{kind}>'
        for n in range(1, 9)
    )
    return _svg(
        f'<{kind} id="m0"><rect width="9" height="9"/></{kind}>{rest}{rect.format("fill", 8)}'
    )


def _ld(depth: int) -> bytes:
    script = '<script type="application/ld+json">' + '{"logo":[' * depth + "</script>"
    return b"<title>Trap</title>" + script.encode()


def _icon_directory() -> bytes:
    return b"\x00\x00\x01\x00\xff\xff" + bytes(16) * 65_535


def _wide_png() -> bytes:
    return b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + (100_000_000).to_bytes(4) + b"\x00\x00\x00\x01"


def _scans() -> bytes:
    return b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00" + (
        b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00" * 1000
    )


TRAPS: Final[Mapping[str, Trap]] = {
    "silent": _wire(b"", SILENCE),
    "drip": _wire(OPEN + b"Content-Length: 90000\r\n\r\n", b"x"),
    "header-drip": _wire(b"HTTP/1.1 200 OK\r\n", b"X: y\r\n"),
    "one-header-drip": _wire(b"HTTP/1.1 200 OK\r\nX-Drip: ", b"y"),
    "continue": _wire(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "endless": _wire(OPEN + b"\r\n", b"x" * 65_536),
    "huge-length": _wire(OPEN + b"Content-Length: 99999999999\r\n\r\n"),
    "garbage": _wire(b"\x00\xff\x13 this is no HTTP\r\n\r\n"),
    "empty": _wire(b""),
    "long-line": _wire(OPEN + b"X-Long: " + b"a" * 200_000 + b"\r\n\r\n"),
    "many-headers": _wire(OPEN + b"X-A: b\r\n" * 5000 + b"\r\n"),
    "bad-chunk": _wire(OPEN + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n0\r\n\r\n"),
    "truncated": _wire(OPEN + b"Content-Length: 5000\r\n\r\nshort"),
    "loop": _redirect("/again"),
    "to-loopback": _redirect("http://127.0.0.1/"),
    "to-metadata": _redirect("http://169.254.169.254/latest/meta-data/"),
    "to-file": _redirect("file:///etc/passwd"),
    "to-port": _redirect("http://otterbrook0001.test:6379/"),
    "to-stranger": _redirect("http://somebody-else.test/"),
    "redirect-bomb": _coded(_bomb, "gzip", "Location: http://127.0.0.1/", status="302 Found"),
    "refresh-loop": _page(b"<meta http-equiv='refresh' content='0; url=/r1'>"),
    "page-bomb": _coded(_bomb, "gzip"),
    "twice-coded": _coded(lambda: gzip.compress(_bomb()), "gzip, gzip"),
    "unasked-coding": _coded(lambda: b"\x0b\x02\x80", "br"),
    "bad-coding": _coded(lambda: b"\x1f\x8b no gzip", "gzip"),
    "elements": _repeated(b"<p>"),
    "nested": _repeated(b"<div>"),
    "logo-wall": _repeated(b"<img class=logo src=x>"),
    "styles": _repeated(b"<style>a{b{c{url(", 2_000_000),
    "deep-json": _page(_ld(50_000)),
    "wall": _page(b"<title>Just a moment...</title>"),
    "for-sale": _page(b"<title>Hello</title><h1>This domain is for sale</h1>"),
    "html-as-logo": _logo(lambda: PAGE_WITH_LOGO, "image/png"),
    "wide-png": _logo(_wide_png, "image/png"),
    "scan-bomb": _logo(_scans, "image/jpeg"),
    "icon-directory": _logo(_icon_directory, "image/x-icon"),
    "laughs": _logo(_laughs, "image/svg+xml"),
    "patterns": _logo(lambda: _nests("pattern"), "image/svg+xml"),
    "masks": _logo(lambda: _nests("mask"), "image/svg+xml"),
    "deep-svg": _logo(lambda: _svg("<g>" * 20_000 + "</g>" * 20_000), "image/svg+xml"),
    "packed-svg": _logo(_bomb, "image/svg+xml"),
    "reading-svg": _logo(lambda: _svg('<image href="/etc/passwd"/>'), "image/svg+xml"),
}
