"""What a contender costs: CPU by part, and the most memory that was resident."""

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
    """Adds up the CPU time of many threads in one part of the work."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.seconds = 0.0

    def reset(self) -> None:
        """Forget what was counted."""
        with self._lock:
            self.seconds = 0.0

    @contextmanager
    def running(self) -> Iterator[None]:
        """Count what this thread computes meanwhile; waiting costs nothing."""
        start = time.thread_time()
        try:
            yield
        finally:
            self._add(time.thread_time() - start)

    def _add(self, seconds: float) -> None:
        with self._lock:
            self.seconds += seconds


def cpu_seconds() -> float:
    """Return the CPU time of this process, children left out."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def children_cpu_seconds() -> float:
    """Return the CPU time of the children that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def peak_bytes() -> int:
    """Return the most that was resident in this process and in each of its living children.

    The peaks need not fall together, so the sum is an upper bound. getrusage is of no use here:
    a child's peak there begins with that of the process that started it.
    """
    return sum(_memory(pid, HIGH_WATER) for pid in ("self", *_children()))


def resident_bytes() -> int:
    """Return what is resident now in this process and its children; shared pages count twice."""
    return sum(_memory(pid, RESIDENT) for pid in ("self", *_children()))


def open_files() -> int:
    """Return how many descriptors this process has open."""
    return len(list(Path("/proc/self/fd").iterdir()))


def _children() -> list[str]:
    tasks = Path("/proc/self/task").iterdir()
    return [pid for task in tasks for pid in _text(task / "children").split()]


def _memory(pid: str, line: re.Pattern[str]) -> int:
    match = line.search(_text(Path(f"/proc/{pid}/status")))
    return int(match.group(1)) << 10 if match else 0


def _text(file: Path) -> str:
    """Return what a file of /proc says; of a thread or child that has just ended, nothing."""
    try:
        return file.read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""
