"""The commands of the product's processes: for ``manage.py up``, and to run one alone.

``python -m logosite.processes io`` becomes that process, as in docker-compose.yml.
"""

import os
import socket
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TASKS_PER_CHILD = 200  # limits memory leaks of libraries
# glibc's allocator keeps what 128 threads free: fewer arenas, and pages of 128 KB and more go
# back at once. A tenth of a fetching worker's memory.
ALLOCATOR = {"MALLOC_ARENA_MAX": "2", "MALLOC_MMAP_THRESHOLD_": "131072"}
WEB_PROCESSES = 2
WEB_THREADS = 4
ANSWER_SECONDS = 0.5


@dataclass(frozen=True)
class Worker:
    """A Celery worker with a queue of its own; time limits need prefork."""

    queue: str
    n_processes: int
    memory_kb: int
    """A pool process above it is replaced after its task."""

    def command(self) -> list[str]:
        """Return its command."""
        return [
            *_celery("worker"),
            f"--queues={self.queue}",
            f"--hostname={self.queue}@%h",
            "--pool=prefork",
            f"--concurrency={self.n_processes}",
            f"--max-tasks-per-child={TASKS_PER_CHILD}",
            f"--max-memory-per-child={self.memory_kb}",
            "--without-gossip",
            "--without-mingle",
        ]


WORKERS = (
    Worker("interactive", 2, 3_000_000),  # what a person waits for, and the sweep
    Worker("io", 2, 1_200_000),  # the network; threads inside do the waiting
    Worker("compute", 1, 6_000_000),  # a model and a large run fit; a leak does not
    Worker("browser", 2, 1_000_000),  # one page each; Chromium is a child process
)


def web(host: str, port: int) -> list[str]:
    """Return the web server's command."""
    bind = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    return [
        *_module("gunicorn", "logosite.wsgi:application"),
        "--config=python:logosite.web_server",
        f"--bind={bind}",
        f"--workers={WEB_PROCESSES}",
        f"--threads={WEB_THREADS}",
        "--worker-class=logosite.buffering.BufferingWorker",
        "--no-control-socket",
        "--log-level=warning",
    ]


def background() -> dict[str, list[str]]:
    """Return the commands of the workers and of the scheduler, by name."""
    workers = {worker.queue: worker.command() for worker in WORKERS}
    return workers | {"beat": beat()}


def beat() -> list[str]:
    """Return the command of the scheduler; it needs no state on disk."""
    return [*_celery("beat"), "--scheduler=celery.beat:Scheduler", "--pidfile="]


def is_serving(address: tuple[str, int]) -> bool:
    """Return whether a web server answers at ``address``, whatever the status."""
    try:
        with socket.create_connection(address, ANSWER_SECONDS) as connection:
            connection.sendall(b"GET /health/ HTTP/1.0\r\nHost: localhost\r\n\r\n")
            return connection.recv(5) == b"HTTP/"
    except OSError:
        return False


def environment(*, site_url: str) -> dict[str, str]:
    """Return the environment of every process."""
    return {
        **ALLOCATOR,
        **os.environ,
        "PYTHONUNBUFFERED": "1",
        "DJANGO_SETTINGS_MODULE": os.environ.get("DJANGO_SETTINGS_MODULE", "logosite.settings"),
        "SITE_URL": site_url,
        "PYTHONPATH": os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")])),
    }


def _celery(command: str) -> list[str]:
    return [*_module("celery", "--app=logosite", "--quiet"), command, "--loglevel=warning"]


def _module(name: str, *arguments: str) -> list[str]:
    return [sys.executable, "-m", name, *arguments]


def named(name: str) -> list[str]:
    """Return the command of a process of docker-compose.yml."""
    if name == "web":
        return web("0.0.0.0", 8000)  # noqa: S104 - inside a container
    return background()[name]


if __name__ == "__main__":
    command = named(sys.argv[1])
    os.execv(command[0], command)  # noqa: S606 - one of the commands above
