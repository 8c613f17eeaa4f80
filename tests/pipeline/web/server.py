"""A misbehaving loopback server; the path selects the behaviour."""

import gzip
import socket
import sys
import threading
import zlib
from collections.abc import Callable
from contextlib import suppress

import brotli

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

HTML = b"<html><title>Otterbrook</title></html>"
# A frame header without a size that asks for a window of 128 MB, and an empty last block.
WIDE_ZSTD = b"\x28\xb5\x2f\xfd\x00\x88\x01\x00\x00"
BOMB = gzip.compress(b"\0" * (64 << 20)) * 4  # members in a row decode to 256 MB
DRIP_SECONDS = 0.05


class HostileServer:
    """One thread per connection; every connection serves one request and closes."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, bytes]] = []
        self._ended = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._accept, daemon=True)

    def __enter__(self) -> "HostileServer":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()

    def paths(self) -> list[str]:
        """Return the paths that were asked for."""
        return [path for path, _ in self.requests]

    def _accept(self) -> None:
        while not self._ended.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            request = b""
            while b"\r\n\r\n" not in request:
                chunk = connection.recv(65536)
                if not chunk:
                    return
                request += chunk
            path = request.split(b" ", 2)[1].decode()
            self.requests.append((path, request))
            if path == "/gate" and b"\r\nCookie: seen=yes" not in request:
                connection.sendall(redirect("/gate", b"", "Set-Cookie: seen=yes; Path=/"))
            else:
                self._answer(connection, path)

    def _answer(self, connection: socket.socket, path: str) -> None:
        if path.startswith("/r/"):
            connection.sendall(redirect(path[3:]))
        elif path.startswith("/r2/"):
            connection.sendall(redirect("http://pub.test/r/" + path[4:]))
        elif path.startswith("/rb/"):
            connection.sendall(answer(HTML, f"Refresh: 0; url={path[4:]}"))
        elif path in FIXED:
            connection.sendall(FIXED[path])
        elif path in ENDLESS:
            head, piece = ENDLESS[path]
            connection.sendall(head)
            self._repeat(connection, piece)
        elif path == "/silent":
            self._ended.wait(5)
        elif path == "/slow-loop":
            self._ended.wait(0.2)
            connection.sendall(redirect("/slow-loop"))
        else:
            connection.sendall(answer(HTML))

    def _repeat(self, connection: socket.socket, piece: bytes) -> None:
        pause: Callable[[], object] = lambda: self._ended.wait(DRIP_SECONDS)  # noqa: E731
        while not self._ended.is_set():
            connection.sendall(piece)
            if len(piece) < 1000:
                pause()


def answer(body: bytes, *headers: str, status: str = "200 OK", kind: str = "text/html") -> bytes:
    """Return a whole answer."""
    lines = [f"HTTP/1.1 {status}", f"Content-Type: {kind}", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, *headers, "Connection: close", "", ""]).encode() + body


def redirect(location: str, body: bytes = b"", *headers: str) -> bytes:
    """Return a redirect."""
    return answer(body, f"Location: {location}", *headers, status="302 Found")


def coded(body: bytes, coding: str, kind: str = "image/png") -> bytes:
    """Return an answer that says it is compressed."""
    return answer(body, f"Content-Encoding: {coding}", kind=kind)


def raw_deflate(body: bytes) -> bytes:
    """Return deflate without the zlib header, as some servers send it."""
    compressor = zlib.compressobj(wbits=-15)
    return compressor.compress(body) + compressor.flush()


OPEN = b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nConnection: close\r\n"
FIXED = {
    "/gzip": coded(gzip.compress(HTML), "gzip"),
    "/deflate": coded(zlib.compress(HTML), "deflate"),
    "/raw-deflate": coded(raw_deflate(HTML), "deflate"),
    "/gzip-bomb": coded(BOMB, "gzip"),
    "/gzip-bomb-html": coded(BOMB, "gzip", "text/html"),
    "/gzip-gzip": coded(gzip.compress(BOMB), "gzip, gzip"),
    "/br": coded(brotli.compress(HTML), "br"),
    "/zstd": coded(zstd.compress(HTML), "zstd"),
    "/zstd-frames": coded(zstd.compress(HTML[:9]) + zstd.compress(HTML[9:]), "zstd"),
    "/bad-br": coded(b"\xff" * 40, "br"),
    "/cut-br": coded(brotli.compress(HTML * 99)[:-9], "br"),
    "/bad-zstd": coded(b"\x28\xb5\x2f\xfdno zstd", "zstd"),
    "/cut-zstd": coded(zstd.compress(HTML * 99)[:-9], "zstd"),
    "/wide-zstd": coded(WIDE_ZSTD, "zstd"),
    "/empty-frames": coded(zstd.compress(b"") * 9999, "zstd", "text/html"),
    "/brotli-bomb": coded(brotli.compress(b"\0" * (64 << 20), quality=5), "br"),
    "/brotli-bomb-html": coded(brotli.compress(b"\0" * (64 << 20), quality=5), "br", "text/html"),
    "/zstd-bomb": coded(zstd.compress(b"\0" * (64 << 20)), "zstd"),
    "/bad-gzip": coded(b"\x1f\x8b no gzip at all", "gzip"),
    "/cut-gzip": coded(gzip.compress(HTML * 99)[:40], "gzip"),
    "/redirect-bomb": redirect("http://pub.test/", BOMB, "Content-Encoding: gzip"),
    "/loop": redirect("http://pub.test/loop"),
    "/cookie": redirect("http://pub.test/after-cookie", b"", "Set-Cookie: a=b; Path=/"),
    "/utf8-location": redirect("/ü ber"),
    "/huge": OPEN + b"Content-Length: 99999999999\r\n\r\n",
    "/huge-html": (OPEN + b"Content-Length: 99999999999\r\n\r\n").replace(
        b"image/png", b"text/html"
    ),
    "/long-html": answer(b"<p>long</p>" * 1000),
    "/long-image": answer(b"x" * 5000, kind="image/png"),
    "/long-line": OPEN + b"X-Long: " + b"a" * 200_000 + b"\r\n\r\n",
    "/many-headers": OPEN + b"X-A: b\r\n" * 5000 + b"\r\n",
    "/garbage": b"\x00\xff\x13 this is no HTTP\r\n\r\n",
    "/bad-chunk": OPEN + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n0\r\n\r\n",
    "/truncated": OPEN + b"Content-Length: 500\r\n\r\nshort",
    "/empty": b"",
    "/401": answer(b"", status="401 Unauthorized"),
    "/403": answer(b"no", status="403 Forbidden"),
    "/403-br": answer(b"\x0b", "Content-Encoding: br", status="403 Forbidden"),
    "/404": answer(b"no", status="404 Not Found"),
    "/429": answer(b"no", status="429 Too Many Requests"),
    "/500": answer(b"no", status="500 Internal Server Error"),
    "/500-bomb": answer(BOMB, "Content-Encoding: gzip", status="500 Internal Server Error"),
    "/deflate-bomb": coded(zlib.compress(b"\0" * (64 << 20)), "deflate"),
    "/svg-bomb": coded(BOMB, "gzip", "image/svg+xml"),
    "/x-gzip-bomb": coded(BOMB, "x-gzip"),
    "/br-bomb": coded(BOMB, "br"),
    "/compress": coded(b"\x1f\x9d", "compress"),
    "/identity-gzip": coded(gzip.compress(BOMB), "identity, gzip"),
    "/lying-length": OPEN + b"Content-Length: 5\r\nContent-Length: 500\r\n\r\nhello",
    "/huge-chunk": OPEN + b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nx",
    "/cut-chunk": OPEN + b"Transfer-Encoding: chunked\r\n\r\n500\r\nshort",
    "/bad-status": b"HTTP/1.1 abc OK\r\n\r\n",
    "/ssh": b"SSH-2.0-OpenSSH_9.6\r\n",
    "/redirect-to-nothing": redirect(""),
    "/redirect-to-itself": redirect("/redirect-to-itself"),
    "/redirect-to-long": redirect("/" + "a" * 5000),
    "/redirect-to-control": redirect("http://pub.test/\x01"),
    "/redirect-to-unreadable": redirect("http://[::1"),
    "/redirect-to-backslashes": redirect("http:\\\\127.0.0.1\\"),
    "/redirect-to-a-tab": redirect("http://127.0.0.1\t/"),
    "/redirect-303": redirect("http://127.0.0.1/").replace(b"302", b"303"),
    "/redirect-307": redirect("http://127.0.0.1/").replace(b"302", b"307"),
    "/redirect-308": redirect("http://127.0.0.1/").replace(b"302", b"308"),
    "/use-proxy": answer(HTML, "Location: http://127.0.0.1/", status="305 Use Proxy"),
    "/choices": answer(HTML, "Location: http://127.0.0.1/", status="300 Multiple Choices"),
    "/not-modified": answer(b"", "Location: http://127.0.0.1/", status="304 Not Modified"),
    "/created": answer(HTML, "Location: http://127.0.0.1/", status="201 Created"),
    "/two-locations": redirect("/", b"", "Location: http://127.0.0.1/"),
    "/negative-length": OPEN + b"Content-Length: -1\r\n\r\nhello",
    "/two-framings": OPEN + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    "/length-in-words": OPEN + b"Content-Length: many\r\n\r\n" + HTML,
    "/no-colon": OPEN + b"this is no header\r\n\r\n" + HTML,
    "/http-09": HTML,
    "/unknown-version": b"HTTP/9.9 200 OK\r\n\r\n" + HTML,
    "/raw-bomb": coded(raw_deflate(b"\0" * (64 << 20)), "deflate"),
    "/python-codec": answer(HTML, kind="text/html; charset=base64_codec"),
}
ENDLESS = {
    "/redirect-endless": (
        OPEN.replace(b"200 OK", b"302 Found\r\nLocation: /") + b"\r\n",
        b"x" * 65536,
    ),
    "/500-endless": (OPEN.replace(b"200", b"500") + b"\r\n", b"x" * 65536),
    "/endless": (OPEN + b"\r\n", b"x" * 65536),
    "/drip": (OPEN + b"Content-Length: 3000\r\n\r\n", b"x"),
    "/gzip-drip": (
        OPEN
        + b"Content-Encoding: gzip\r\n\r\n\x1f\x8b\x08\0\0\0\0\0\0\3"
        + b"\0\xff\xff\0\0",  # 65,535 bytes follow as they are
        b"x",
    ),
    "/header-drip": (b"HTTP/1.1 200 OK\r\n", b"X: y\r\n"),
    "/one-header-drip": (b"HTTP/1.1 200 OK\r\nX-Drip: ", b"y"),
    "/endless-chunks": (OPEN + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
    "/continue": (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "/early-hints": (b"", b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"),
    "/endless-trailers": (OPEN + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"X: y\r\n"),
    "/endless-chunk-extension": (OPEN + b"Transfer-Encoding: chunked\r\n\r\n1;", b"x"),
}
