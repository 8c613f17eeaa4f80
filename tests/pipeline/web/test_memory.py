"""Memory cost of decompression bombs, measured in a separate process."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.pipeline.web.server import HostileServer

pytestmark = pytest.mark.slow


ROOT = Path(__file__).resolve().parents[3]
MAX_BYTES = 50 << 20
# Each decodes to 64 MB and more, or never ends.
COSTS = {
    "/redirect-bomb": "ok",
    "/redirect-endless": "ok",
    "/gzip-bomb": "too_large",
    "/gzip-bomb-html": "too_large",
    "/deflate-bomb": "too_large",
    "/gzip-gzip": "bad_response",
    "/500-bomb": "http_5xx",
    "/500-endless": "http_5xx",
    "/endless": "too_large",
    "/long-line": "bad_response",
    "/many-headers": "bad_response",
    "/huge-chunk": "bad_response",
    "/raw-bomb": "too_large",
    "/svg-bomb": "too_large",
    "/br-bomb": "bad_response",
    "/brotli-bomb": "too_large",
    "/brotli-bomb-html": "too_large",
    "/zstd-bomb": "too_large",
    "/wide-zstd": "bad_response",
}


@pytest.mark.parametrize(("path", "code"), COSTS.items())
def test_a_bomb_costs_less_than_fifty_megabytes(
    path: str, code: str, server: HostileServer
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.pipeline.web.spender", str(server.port), path],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )

    ended, grown = done.stdout.split()
    assert ended == code
    assert int(grown) < MAX_BYTES
