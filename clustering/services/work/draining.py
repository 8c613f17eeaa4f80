"""Warm shutdown: stop flag of a worker, shared with its pool processes."""

import mmap
import struct
import time
from typing import Final

GRACE_SECONDS: Final = 5.0  # less than supervisors wait between SIGTERM and SIGKILL
_SHARED: Final = mmap.mmap(-1, 8)  # made before the pool is forked, so all its processes see it
_TIME: Final = struct.Struct("d")


def begin() -> None:
    """Set the stop flag. Safe in a signal handler."""
    _SHARED[:] = _TIME.pack(time.monotonic())


def has_begun() -> bool:
    """Whether no work may be started."""
    return _began() > 0.0


def is_over() -> bool:
    """Whether the grace period has ended, so that leases are returned."""
    began = _began()
    return began > 0.0 and time.monotonic() >= began + GRACE_SECONDS


def forget() -> None:
    """Undo ``begin``."""
    _SHARED[:] = _TIME.pack(0.0)


def _began() -> float:
    began: float = _TIME.unpack(_SHARED[:])[0]
    return began
