"""What the product needs to work: database, storage, disk, broker, workers."""

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import cache, lru_cache
from typing import Final, cast

from django.db import Error, connection
from django.utils import timezone
from django.utils.timesince import timesince

from clustering import conf
from clustering.pipeline import sandbox
from clustering.pipeline.errors import ChildDied
from clustering.services import file_store
from clustering.services.work import broker

FREE_BYTES: Final = 500_000_000  # a run of 100,000 logos writes about as much
SWEEP_KEY: Final = "logosite:last-sweep"
SANDBOX_KEY: Final = "logosite:sandbox"
LATE_SECONDS: Final = 60  # the sweep runs every 5 s
BEAT_KEPT_SECONDS: Final = 86_400
ASKED_EVERY_SECONDS: Final = 10
NOT_SEEN: Final = "not seen yet"  # a product that has just started


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
        ("storage", file_store.problem, True),
        ("disk", _disk, False),
        ("decoders", _decoders, False),
        ("broker", _broker, False),
        ("workers", _workers, False),
    )
    return [Part(name, check(), is_needed) for name, check, is_needed in checks]


def paused_because() -> str:
    """Return why background work waits; "" if it goes on. Asked again every few seconds."""
    return _paused_because(int(time.monotonic() / ASKED_EVERY_SECONDS))


@lru_cache(maxsize=1)
def _paused_because(_turn: int) -> str:
    for name, check in (
        ("broker", _broker),
        ("workers", _workers),
        ("storage", file_store.problem),
        ("disk", _disk),
    ):
        problem = check()
        if problem and problem != NOT_SEEN:
            return f"{name}: {problem}"
    return ""


def note_sweep() -> None:
    """Record that the scheduler and a worker are alive; without a broker nothing happens."""
    try:
        broker.client().set(SWEEP_KEY, int(time.time()), ex=BEAT_KEPT_SECONDS)
        broker.client().set(SANDBOX_KEY, _sandbox_problem(), ex=BEAT_KEPT_SECONDS)
    except broker.UNREACHABLE:
        return


@cache
def _sandbox_problem() -> str:
    """Return which wall of the decoders is missing in this worker. One child, once."""
    try:
        is_whole = sandbox.has_own_network()
    except ChildDied:
        return "cannot be started"
    return "" if is_whole else "share the network of the worker: unshare is not allowed"


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error:
        return "does not answer"
    return ""


def free_bytes() -> int:
    """Return the free space of this machine's folder of files."""
    folder = conf.places().files
    existing = next(one for one in (folder, *folder.parents) if one.exists())
    return shutil.disk_usage(existing).free


def _disk() -> str:
    n_free = free_bytes()
    return "" if n_free >= FREE_BYTES else f"{n_free // 1_000_000} MB are free"


def _decoders() -> str:
    """Return the state of the sandbox that a worker stored with its last sweep."""
    try:
        noted = broker.client().get(SANDBOX_KEY)
    except broker.UNREACHABLE:
        return "unknown, because the broker does not answer"
    return NOT_SEEN if noted is None else cast("bytes", noted).decode()


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
        return NOT_SEEN
    seconds = int(time.time()) - int(cast("bytes", seen))
    if seconds <= LATE_SECONDS:
        return ""
    return f"last seen {timesince(timezone.now() - timedelta(seconds=seconds), depth=1)} ago"
