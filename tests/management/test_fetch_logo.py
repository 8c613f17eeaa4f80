"""fetch_logo on a loopback site: prints the candidates and writes the image."""

import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO, StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from PIL import Image, ImageDraw

from clustering.pipeline.web import client

pytestmark = pytest.mark.slow

PUBLIC = "93.184.216.34"
PAGE = (
    b'<header><a href="/"><img src="/logo.png" alt="Otterbrook logo"></a></header>'
    b'<link rel="icon" href="/icon.png">'
)


def picture(width: int, height: int) -> bytes:
    image = Image.new("RGB", (width, height), "white")
    ImageDraw.Draw(image).ellipse((2, 2, width - 4, height - 4), fill="teal")
    file = BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


ANSWERS = {"/": PAGE, "/logo.png": picture(120, 40), "/icon.png": picture(32, 32)}


class Site(BaseHTTPRequestHandler):
    """One site, whatever name it is asked by."""

    def do_GET(self) -> None:
        body = ANSWERS.get(self.path)
        self.send_response(200 if body else 404)
        self.send_header("Content-Type", "text/html" if self.path == "/" else "image/png")
        self.send_header("Content-Length", str(len(body or b"")))
        self.end_headers()
        self.wfile.write(body or b"")

    def log_message(self, *_: object) -> None:
        """Print nothing."""


@pytest.fixture(autouse=True)
def _site(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every name leads to the loopback server, which knows no TLS."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:

        def dial(_address: str, port: int, seconds: float) -> socket.socket:
            if port != 80:
                raise ConnectionRefusedError
            return socket.create_connection(("127.0.0.1", server.server_port), seconds)

        defaults = client.SafeClient.__init__.__kwdefaults__
        assert defaults is not None
        monkeypatch.setitem(defaults, "resolve", lambda _host, _seconds: [PUBLIC])
        monkeypatch.setitem(defaults, "dial", dial)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield
        server.shutdown()


def fetch(*arguments: str) -> str:
    out = StringIO()
    call_command("fetch_logo", *arguments, stdout=out)
    return out.getvalue()


def test_the_logo_is_written(tmp_path: Path) -> None:
    file = tmp_path / "logo.png"

    said = fetch("otterbrook.com", "--out", str(file))

    with Image.open(file) as image:
        assert image.size == (120, 40)
    assert said.splitlines()[0] == "http://otterbrook.com/  logo  confidence 1.00"
    assert said.splitlines()[-1] == f"wrote {file}"


def test_explain_prints_the_evidence_of_every_candidate(tmp_path: Path) -> None:
    brief = fetch("otterbrook.com", "--out", str(tmp_path / "logo.png"))
    explained = fetch("otterbrook.com", "--explain", "--out", str(tmp_path / "logo.png"))

    assert "  +34.0  in a link to the home page" in explained
    assert "  +12.0  icon" in explained
    assert "in a link to the home page" not in brief


def test_a_name_that_is_no_domain_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "logo.png"

    with pytest.raises(CommandError, match="'not a domain' is no domain"):
        fetch("not a domain", "--out", str(file))

    assert not file.exists()


@pytest.mark.parametrize("out", ["", "absent/logo.png"])
def test_unwritable_file_is_reported_before_fetching(tmp_path: Path, out: str) -> None:
    with pytest.raises(CommandError, match="cannot be written: give a file in a folder"):
        call_command("fetch_logo", "nowhere.invalid.com", out=tmp_path / out)
