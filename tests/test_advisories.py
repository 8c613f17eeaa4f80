"""The check for known vulnerabilities: fails for one, and tells where it could not look."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from tests import advisories

FLAWS = {
    "vulns": [
        {
            "id": "PYSEC-1",
            "modified": "2026-01-01T00:00:00Z",
            "affected": [
                {
                    "package": {"name": "boto3", "ecosystem": "PyPI"},
                    "ranges": [
                        {
                            "type": "ECOSYSTEM",
                            "events": [{"introduced": "0"}, {"fixed": "99.1"}],
                        }
                    ],
                }
            ],
        }
    ]
}


@contextmanager
def service(flawed: str) -> Iterator[str]:
    """A service of advisories on loopback that knows a flaw of one package."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            body = json.dumps(FLAWS if asked["package"]["name"] == flawed else {}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Stay silent."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/v1/query"
        server.shutdown()
        thread.join()


@pytest.fixture(autouse=True)
def _few_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(advisories, "PINNED", ("requirements-s3.txt",))


def asked(url: str) -> int:
    return advisories.main("--vulnerability-service=osv", f"--osv-url={url}")


@pytest.mark.slow
def test_a_known_vulnerability_fails(capsys: pytest.CaptureFixture[str]) -> None:
    with service("boto3") as url:
        assert asked(url) == 1
    assert "PYSEC-1, fixed in 99.1" in capsys.readouterr().out

    with service("none of ours") as url:
        assert asked(url) == 0
    assert "packages: no known vulnerability\n" in capsys.readouterr().out


@pytest.mark.slow
def test_no_service_is_told_and_fails_only_where_it_is_required(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert asked("http://127.0.0.1:1/v1/query") == 0
    assert "NOT CHECKED for known vulnerabilities" in capsys.readouterr().out

    monkeypatch.setenv("REQUIRE_ADVISORIES", "1")
    assert asked("http://127.0.0.1:1/v1/query") == 1


def test_a_mirror_without_advisories_has_checked_nothing() -> None:
    packages = [{"name": "django", "skip_reason": "not found"}]
    assert advisories._read(json.dumps({"dependencies": packages}), "")[0] is None
