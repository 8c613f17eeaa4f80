"""CPU time by part, memory and open files of a process and its children."""

import re
import resource
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

HIGH_WATER: Final = re.compile(r"^VmHWM:\s+(\d+) kB", re.MULTILINE)
RESIDENT: Final = re.compile(r"^VmRSS:\s+(\d+) kB", re.MULTILINE)


class Stopwatch:
    """Sums the CPU time of many threads in one part of the work."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.seconds = 0.0

    def reset(self) -> None:
        with self._lock:
            self.seconds = 0.0

    @contextmanager
    def running(self) -> Iterator[None]:
        """Count the CPU time of this thread within the block."""
        start = time.thread_time()
        try:
            yield
        finally:
            self._add(time.thread_time() - start)

    def _add(self, seconds: float) -> None:
        with self._lock:
            self.seconds += seconds


def cpu_seconds() -> float:
    """Return the CPU time of this process without children."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def children_cpu_seconds() -> float:
    """Return the CPU time of the children that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def peak_bytes() -> int:
    """Return the peak resident memory of this process plus that of its living children.

    The sum is an upper bound. getrusage does not work here: it starts a child's peak at its
    parent's.
    """
    return sum(_memory(pid, HIGH_WATER) for pid in ("self", *_children()))


def resident_bytes() -> int:
    """Return the resident memory of this process and its children; shared pages count twice."""
    return sum(_memory(pid, RESIDENT) for pid in ("self", *_children()))


def open_files() -> int:
    """Return the number of open file descriptors."""
    return len(list(Path("/proc/self/fd").iterdir()))


def _children() -> list[str]:
    tasks = Path("/proc/self/task").iterdir()
    return [pid for task in tasks for pid in _text(task / "children").split()]


def _memory(pid: str, line: re.Pattern[str]) -> int:
    match = line.search(_text(Path(f"/proc/{pid}/status")))
    return int(match.group(1)) << 10 if match else 0


def _text(file: Path) -> str:
    """Return a file of /proc; "" if the thread or child has ended."""
    try:
        return file.read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""
