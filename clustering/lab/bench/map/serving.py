"""The product's web server on a temporary synthetic database."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from tempfile import TemporaryDirectory
from typing import Final

from clustering.lab import ROOT
from clustering.lab.bench import isolated
from clustering.lab.bench.map import Site
from logosite import processes

HOST: Final = "127.0.0.1"
START_SECONDS: Final = 60.0  # a cold start on a busy machine; usually 2


@contextmanager
def served(n_points: int, *, port: int) -> Iterator[Site]:
    """Serve a run with ``n_points`` map points during the block.

    Raises:
        subprocess.CalledProcessError: if the database can't be filled.
        TimeoutError: if the web server does not answer.
    """
    with TemporaryDirectory(prefix="bench-map-") as folder:
        url = f"http://{HOST}:{port}"
        environment = isolated.environment(folder, site_url=url)
        planted = _planted(n_points, environment)
        with subprocess.Popen(  # noqa: S603 - our own web server
            processes.web(HOST, port), cwd=ROOT, env=environment
        ) as server:
            try:
                _wait(port)
                yield Site(url=url, **planted)
            finally:
                server.terminate()


def _planted(n_points: int, environment: Mapping[str, str]) -> dict[str, str]:
    found = subprocess.run(  # noqa: S603 - our own interpreter, our own code
        [sys.executable, "-m", f"{__package__}.planted_run", str(n_points)],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        check=True,
    )
    site: dict[str, str] = json.loads(found.stdout)
    return site


def _wait(port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not processes.is_serving((HOST, port)):
        if time.monotonic() > deadline:
            raise TimeoutError(f"the web server did not answer within {START_SECONDS:.0f} s")
        time.sleep(0.1)
