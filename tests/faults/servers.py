"""PostgreSQL and Redis servers that a test starts, stops and wipes itself."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg2
import pytest
import redis

from logosite.embedded import broker_binary
from tests.stack import free_port

SECONDS_TO_START = 120
POSTGRES_USER = "postgres"  # its server refuses to run as root


class PrivateRedis:
    """A server that keeps nothing: every restart finds it empty."""

    def __init__(self, folder: Path) -> None:
        self.url = f"redis://127.0.0.1:{free_port()}/0"
        self._folder = folder
        self.start()

    def start(self) -> None:
        """Start the server, and wait until it answers."""
        port = self.url.rpartition(":")[2].partition("/")[0]
        options = ["--port", port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        self._process = subprocess.Popen(
            [str(broker_binary()), *options, "--dir", str(self._folder), "--loglevel", "warning"]
        )
        client = redis.Redis.from_url(self.url)
        deadline = time.monotonic() + SECONDS_TO_START
        while True:
            try:
                client.ping()
            except redis.exceptions.ConnectionError:
                assert time.monotonic() < deadline, "the broker did not start"
                time.sleep(0.05)
            else:
                return

    def stop(self) -> None:
        """Kill the server; what it held is lost."""
        self._process.kill()
        self._process.wait()


class PrivatePostgres:
    """A cluster of its own, with one database."""

    def __init__(self, folder: Path) -> None:
        self._port = free_port()
        self._folder = folder
        self.url = f"postgresql://{POSTGRES_USER}@127.0.0.1:{self._port}/postgres"
        if os.getuid() == 0:
            shutil.chown(folder, POSTGRES_USER)
        self._run(["initdb", "-D", str(folder), "-U", POSTGRES_USER, "-A", "trust", "--no-sync"])
        self.start()

    def start(self) -> None:
        """Start the server, and wait until it answers."""
        options = f"-p {self._port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=''"
        log = str(self._folder / "server.log")
        self._run(["pg_ctl", "-D", str(self._folder), "-l", log, "-o", options, "-w", "start"])
        psycopg2.connect(self.url).close()

    def stop(self) -> None:
        """Stop the server as a crash would."""
        self._run(["pg_ctl", "-D", str(self._folder), "-m", "immediate", "-w", "stop"])

    def _run(self, command: list[str]) -> None:
        command = [tool(command[0]), *command[1:]]
        other = ["runuser", "-u", POSTGRES_USER, "--"] if os.getuid() == 0 else []
        subprocess.run([*other, *command], check=True, stdout=subprocess.DEVNULL, cwd="/")


def tool(name: str) -> str:
    """Return the path of a PostgreSQL program; Debian keeps those of the server out of PATH."""
    debians = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return shutil.which(name) or (str(debians[-1]) if debians else "")


@contextmanager
def private_redis(folder: Path) -> Iterator[PrivateRedis]:
    """Run a broker until the end of the block."""
    server = PrivateRedis(folder)
    try:
        yield server
    finally:
        server.stop()


@contextmanager
def private_postgres() -> Iterator[PrivatePostgres]:
    """Run a database server until the end of the block.

    Not in the folder of the tests, which other users may not enter.
    """
    if not tool("initdb"):
        pytest.skip("no PostgreSQL server is installed on this machine")
    with tempfile.TemporaryDirectory(prefix="logosite-postgres-", dir="/tmp") as folder:
        server = PrivatePostgres(Path(folder))
        try:
            yield server
        finally:
            server.stop()
