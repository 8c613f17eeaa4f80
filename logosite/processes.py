"""The commands of the product's processes, as ``manage.py up`` starts them."""

import os
import socket
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
IO_PROCESSES = 2  # one fetches a batch while the other sweeps; threads inside do the waiting
IO_MEMORY_KB = 1_200_000  # a pool process above it is replaced after its task
COMPUTE_MEMORY_KB = 6_000_000  # a model and a large run fit; a leak does not
TASKS_PER_CHILD = 200  # hygiene: what a library leaks, it gives back
# glibc's allocator keeps what 128 threads free: fewer arenas, and pages of 128 KB and more go
# back at once. A tenth of a fetching worker's memory.
ALLOCATOR = {"MALLOC_ARENA_MAX": "2", "MALLOC_MMAP_THRESHOLD_": "131072"}
WEB_PROCESSES = 2
WEB_THREADS = 4
ANSWER_SECONDS = 0.5


def web(host: str, port: int) -> list[str]:
    """Return the web server's command."""
    bind = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    return [
        *_module("gunicorn", "logosite.wsgi:application"),
        f"--bind={bind}",
        f"--workers={WEB_PROCESSES}",
        f"--threads={WEB_THREADS}",
        "--no-control-socket",
        "--log-level=warning",
    ]


def io_worker() -> list[str]:
    """Return the command of the worker for network-bound tasks."""
    return _worker("io", IO_PROCESSES, IO_MEMORY_KB)


def compute_worker() -> list[str]:
    """Return the command of the worker for CPU-bound tasks; time limits need prefork."""
    return _worker("compute", 1, COMPUTE_MEMORY_KB)


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


def _worker(queue: str, n_processes: int, memory_kb: int) -> list[str]:
    return [
        *_celery("worker"),
        f"--queues={queue}",
        f"--hostname={queue}@%h",
        "--pool=prefork",
        f"--concurrency={n_processes}",
        f"--max-tasks-per-child={TASKS_PER_CHILD}",
        f"--max-memory-per-child={memory_kb}",
        "--without-gossip",
        "--without-mingle",
    ]


def _celery(command: str) -> list[str]:
    return [*_module("celery", "--app=logosite", "--quiet"), command, "--loglevel=warning"]


def _module(name: str, *arguments: str) -> list[str]:
    return [sys.executable, "-m", name, *arguments]
