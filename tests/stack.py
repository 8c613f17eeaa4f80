"""The whole product as a newcomer starts it: ``manage.py up`` in a folder of its own."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 90.0  # a cold start on a busy machine; usually 10
STOP_SECONDS = 30.0
LINK = re.compile(r"http://\S+/login/\S+/")


@dataclass(frozen=True)
class Stack:
    """A running product."""

    url: str
    login_link: str
    process: subprocess.Popen[bytes]
    var: Path
    log: Path


@contextmanager
def running(var: Path, **environment: str) -> Iterator[Stack]:
    """Start the product on a free port, wait until it serves, and stop it at the end."""
    port = free_port()
    log = var / "up.log"
    var.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "up", f"--port={port}"],
            cwd=ROOT,
            env=_environment(var) | environment,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            link = _wait_for_link(process, log)
            yield Stack(f"http://127.0.0.1:{port}", link, process, var, log)
        finally:
            stop(process)


def stop(process: subprocess.Popen[bytes]) -> int:
    """Ask the product to end, as Ctrl-C does; return its exit status."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    try:
        return process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        raise


def free_port() -> int:
    """Return a port of loopback that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _environment(var: Path) -> dict[str, str]:
    """Return an environment without what the tests of this process were given."""
    dropped = {"DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE", "LOGOSITE_VAR"}
    kept = {name: value for name, value in os.environ.items() if name not in dropped}
    return kept | {"LOGOSITE_VAR": str(var), "DJANGO_SETTINGS_MODULE": "logosite.settings"}


def _wait_for_link(process: subprocess.Popen[bytes], log: Path) -> str:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        found = LINK.search(log.read_text(errors="replace"))
        if found:
            return found.group()
        if process.poll() is not None:
            break
        time.sleep(0.2)
    raise AssertionError(f"the product did not start:\n{log.read_text(errors='replace')[-3000:]}")
