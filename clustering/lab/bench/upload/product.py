"""Starts the product in a temporary folder and times one upload."""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO

from clustering.lab import ROOT
from clustering.lab.bench import isolated
from logosite import processes

HOST = "127.0.0.1"
START_SECONDS = 300.0  # a cold start on a busy machine; usually 5
STOP_SECONDS = 30.0


def timed_upload(path: Path, embedder: str, *, port: int, idle_seconds: float) -> dict[str, float]:
    """Return the seconds from the upload to each step, on a product that has just started.

    Args:
        idle_seconds: how long the product has been up before the upload.

    Raises:
        subprocess.CalledProcessError: if the upload or the run failed; see standard error.
        TimeoutError: if the product does not start.
    """
    with TemporaryDirectory(prefix="bench-upload-") as folder:
        environment = isolated.environment(folder, site_url=f"http://{HOST}:{port}")
        with started(port, environment):
            time.sleep(idle_seconds)
            return _drive(path, embedder, environment)


@contextmanager
def started(
    port: int, environment: dict[str, str], log: IO[bytes] | None = None
) -> Iterator[None]:
    """Run the product, with its workers, while the context lasts; ``log`` gets what they print.

    Raises:
        TimeoutError: if it does not start.
    """
    up = [sys.executable, "manage.py", "up", f"--host={HOST}", f"--port={port}"]
    with subprocess.Popen(  # noqa: S603 - our own product
        up,
        cwd=ROOT,
        env=environment,
        stdout=log or subprocess.DEVNULL,
        stderr=subprocess.STDOUT if log else None,
    ) as product:
        try:
            _wait(port)
            yield
        finally:
            product.terminate()
            product.wait(STOP_SECONDS)


def free_port() -> int:
    """Return a port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def _drive(path: Path, embedder: str, environment: dict[str, str]) -> dict[str, float]:
    found = subprocess.run(  # noqa: S603 - our own interpreter, our own code
        [sys.executable, "-m", f"{__package__}.driver", str(path.resolve()), embedder],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        check=True,
    )
    seconds: dict[str, float] = json.loads(found.stdout)
    return seconds


def _wait(port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not processes.is_serving((HOST, port)):
        if time.monotonic() > deadline:
            raise TimeoutError(f"the product did not answer within {START_SECONDS:.0f} s")
        time.sleep(0.1)
