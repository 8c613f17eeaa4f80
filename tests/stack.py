"""Runs the whole product by ``manage.py up`` in a separate folder."""

import fcntl
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg2
import redis

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 300.0  # a cold start on a busy machine; usually 10
STOP_SECONDS = 60.0
LINK = re.compile(r"http://\S+/login/\S+/")


@dataclass(frozen=True)
class Stack:
    """A running product."""

    url: str
    login_link: str
    process: subprocess.Popen[bytes]
    var: Path
    log: Path
    database_url: str = ""
    servers: dict[str, str] = field(default_factory=dict)
    """Environment that names them."""

    def new_login_link(self, *username: str) -> str:
        """Return another link, as the first one signs in once; by default the administrator."""
        made = subprocess.run(
            [sys.executable, "manage.py", "login_link", *username],
            cwd=ROOT,
            env=_environment(self.var) | self.servers,
            capture_output=True,
            text=True,
            check=True,
        )
        return made.stdout.strip()

    def draw_map_with_pca(self) -> None:
        """Let the waiting run draw its map with PCA: UMAP compiles for 10 s of a core."""
        statement = "UPDATE clustering_run SET projector = 'pca', projector_params = '{}'"
        if self.database_url:
            _execute(self.database_url, statement)
            return
        path = self.var / "logosite.sqlite3"
        with closing(sqlite3.connect(path, timeout=60)) as connection, connection:
            connection.execute(statement)

    def query(self, sql: str) -> list[tuple[object, ...]]:
        """Ask the product's own database; the statement must be plain enough for both kinds."""
        if self.database_url:
            with closing(psycopg2.connect(self.database_url)) as served, served.cursor() as cursor:
                cursor.execute(sql)
                return cursor.fetchall()
        uri = f"file:{self.var / 'logosite.sqlite3'}?mode=ro"
        with closing(sqlite3.connect(uri, uri=True, timeout=10)) as connection:
            return connection.execute(sql).fetchall()


@contextmanager
def on_test_servers() -> Iterator[dict[str, str]]:
    """Yield the addresses of an empty PostgreSQL database and Redis, or nothing to embed both.

    Where the tests run on servers (TEST_ON_SERVERS), so does the product that they start.
    """
    if not os.environ.get("TEST_ON_SERVERS"):
        yield {}
        return
    server, name = os.environ["TEST_DATABASE_URL"], f"logosite_stack_{os.getpid()}"
    redis.Redis.from_url(os.environ["TEST_REDIS_URL"]).flushdb()
    _execute(server, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    _execute(server, f"CREATE DATABASE {name}")
    try:
        url = urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
        yield {"DATABASE_URL": url, "REDIS_URL": os.environ["TEST_REDIS_URL"]}
    finally:
        _execute(server, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def _execute(server: str, statement: str) -> None:
    with closing(psycopg2.connect(server)) as connection:
        connection.autocommit = True  # databases are not made in a transaction
        with connection.cursor() as cursor:
            cursor.execute(statement)


@contextmanager
def running(var: Path, inside: Sequence[str] = (), **environment: str) -> Iterator[Stack]:
    """Start the product with an empty database that has all tables, where it is SQLite.

    ``inside`` is a command that becomes the one that follows it, such as ``unshare``.
    """
    if "DATABASE_URL" not in environment:
        copy_empty_database(var)
    with running_anew(var, inside, **environment) as stack:
        yield stack


@contextmanager
def running_anew(var: Path, inside: Sequence[str] = (), **environment: str) -> Iterator[Stack]:
    """Start the product on a free port, wait until it serves, and stop it at the end."""
    port = free_port()
    log = var / "up.log"
    var.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        process = subprocess.Popen(
            [*inside, sys.executable, "manage.py", "up", f"--port={port}"],
            cwd=ROOT,
            env=_environment(var) | environment,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            link = _wait_for_link(process, log)
            database_url = environment.get("DATABASE_URL", "")
            url = f"http://127.0.0.1:{port}"
            yield Stack(url, link, process, var, log, database_url, environment)
        finally:
            stop(process)


def copy_empty_database(var: Path) -> None:
    """Give a product in ``var`` a database with all tables: the migrations take 7 s of a core."""
    shared = Path(os.environ["LOGOSITE_TEST_FOLDER"]) / "empty"
    shared.mkdir(exist_ok=True)
    with (shared / "lock").open("w") as lock:  # one process of the tests makes it for all
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (shared / "migrated").exists():
            subprocess.run(
                [sys.executable, "manage.py", "migrate", "--verbosity=0"],
                cwd=ROOT,
                env=_environment(shared),
                check=True,
            )
            (shared / "migrated").touch()
    var.mkdir(parents=True, exist_ok=True)
    shutil.copy(shared / "logosite.sqlite3", var)


@contextmanager
def role(name: str, var: Path, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run the processes of one role, as on a host of its own; kill them at the end."""
    var.mkdir(parents=True, exist_ok=True)
    with (var / f"{name}.log").open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "logosite.processes", name],
            cwd=ROOT,
            env=_environment(var) | environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        kill(process)


def kill(process: subprocess.Popen[bytes]) -> None:
    """Kill a role with its children."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def run_script(script: str, var: Path, **environment: str) -> None:
    """Run Python code on a host of the product, with Django set up."""
    subprocess.run(
        [sys.executable, "-c", f"import django; django.setup()\n{script}"],
        cwd=ROOT,
        env=_environment(var) | environment,
        check=True,
    )


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
    """Return an unused port of loopback."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _environment(var: Path) -> dict[str, str]:
    """Return the environment without the settings of the tests."""
    dropped = {"DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE", "LOGOSITE_VAR"}
    kept = {name: value for name, value in os.environ.items() if name not in dropped}
    own = {"LOGOSITE_VAR": str(var), "DJANGO_SETTINGS_MODULE": "logosite.settings"}
    return kept | own | {"WARM_UP": "false"}  # most tests never draw a map


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
