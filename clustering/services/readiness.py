"""What the product needs to work: database, storage, disk, broker, workers."""

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast
from uuid import uuid4

from django.db import Error, connection

from clustering import conf
from clustering.services.work import broker

FREE_BYTES: Final = 500_000_000  # a run of 100,000 logos writes about as much
SWEEP_KEY: Final = "logosite:last-sweep"
LATE_SECONDS: Final = 60  # the sweep runs every 5 s
BEAT_KEPT_SECONDS: Final = 86_400


@dataclass(frozen=True)
class Part:
    """One thing that is needed, and what is wrong with it; empty if nothing is."""

    name: str
    problem: str
    is_needed_by_web: bool
    """Without it, pages cannot be served."""


def parts() -> list[Part]:
    """Return the state of every part. One query, a file, two calls of the broker."""
    checks: tuple[tuple[str, Callable[[], str], bool], ...] = (
        ("database", _database, True),
        ("storage", _storage, True),
        ("disk", _disk, False),
        ("broker", _broker, False),
        ("workers", _workers, False),
    )
    return [Part(name, check(), is_needed) for name, check, is_needed in checks]


def note_sweep() -> None:
    """Record that the scheduler and a worker are alive; without a broker nothing happens."""
    try:
        broker.client().set(SWEEP_KEY, int(time.time()), ex=BEAT_KEPT_SECONDS)
    except broker.UNREACHABLE:
        return


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error:
        return "does not answer"
    return ""


def _storage() -> str:
    file = conf.places().media / f".ready-{uuid4().hex}"
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"ok")
        file.unlink()
    except OSError:
        return "cannot be written"
    return ""


def _disk() -> str:
    folder = _existing(conf.places().media)
    n_free = shutil.disk_usage(folder).free
    return "" if n_free >= FREE_BYTES else f"{n_free // 1_000_000} MB are free"


def _existing(folder: Path) -> Path:
    return next(one for one in (folder, *folder.parents) if one.exists())


def _broker() -> str:
    try:
        broker.client().ping()
    except broker.UNREACHABLE:
        return "does not answer"
    return ""


def _workers() -> str:
    try:
        seen = broker.client().get(SWEEP_KEY)
    except broker.UNREACHABLE:
        return "unknown, because the broker does not answer"
    if seen is None:
        return "not seen yet"
    seconds = int(time.time()) - int(cast("bytes", seen))
    return "" if seconds <= LATE_SECONDS else f"last seen {seconds} s ago"
