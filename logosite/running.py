"""The lock of the product on its data folder, and the address where it serves that folder."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class AlreadyRunning(Exception):
    """Another process holds the lock."""


@contextmanager
def locked(var_dir: Path, site_url: str) -> Iterator[None]:
    """Lock the folder for this process; the system unlocks it however the process ends.

    Raises:
        AlreadyRunning: with the folder and the process that holds it.
    """
    var_dir.mkdir(parents=True, exist_ok=True)
    with _lock_file(var_dir).open("a+", encoding="ascii") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            pid = file.readline().strip()
            message = f"Logosite is already running on {var_dir} (process {pid})"
            raise AlreadyRunning(message) from error
        file.truncate(0)
        file.write(f"{os.getpid()}\n{site_url}\n")
        file.flush()
        yield


def running_site_url(var_dir: Path) -> str | None:
    """Return the address of the product that holds the lock, or None without one."""
    try:
        file = _lock_file(var_dir).open(encoding="ascii")
    except FileNotFoundError:
        return None
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return file.read().splitlines()[-1]
        return None


def _lock_file(var_dir: Path) -> Path:
    return var_dir / "up.lock"
