"""Limits on time and memory of the browser's processes, which are children of this one."""

import os
import signal
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

PROC: Final = Path("/proc")
EVERY_SECONDS: Final = 0.25
BROWSER_NAMES: Final = ("chrom", "headless_shell")


class Watch:
    """Kills the browser when its time or memory is used up, while it is entered."""

    def __init__(self, seconds: float, max_bytes: int) -> None:
        self._ends_at = time.monotonic() + seconds
        self._max_bytes = max_bytes
        self._stop = threading.Event()
        self._base = 0
        self.most_bytes = 0
        """The most memory that the page took, beyond that of the browser before it."""
        self.is_over_time = False
        self.is_over_memory = False
        self._thread = threading.Thread(target=self._run, name="browser-watch", daemon=True)

    def __enter__(self) -> "Watch":
        self._base = memory(descendants(os.getpid()))
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(EVERY_SECONDS):
            found = descendants(os.getpid())
            self.most_bytes = max(self.most_bytes, memory(found) - self._base)
            self.is_over_memory = self.most_bytes > self._max_bytes
            self.is_over_time = time.monotonic() >= self._ends_at
            if self.is_over_memory or self.is_over_time:
                for pid in found:
                    with suppress(OSError):
                        os.kill(pid, signal.SIGKILL)
                return


def descendants(root: int) -> list[int]:
    """Return the process ids of the browsers below ``root``."""
    parents: dict[int, list[tuple[int, str]]] = {}
    for folder in PROC.iterdir() if PROC.is_dir() else ():
        if folder.name.isdigit():
            with suppress(OSError, ValueError, IndexError):
                name, _, rest = (folder / "stat").read_text().rpartition(")")
                parents.setdefault(int(rest.split()[1]), []).append((int(folder.name), name))
    found, waiting = [], [root]
    while waiting:
        for pid, name in parents.get(waiting.pop(), []):
            waiting.append(pid)
            if any(one in name for one in BROWSER_NAMES):
                found.append(pid)
    return found


def memory(pids: list[int]) -> int:
    """Return the memory of processes, pages that they share counted once."""
    total = 0
    for pid in pids:
        with suppress(OSError, ValueError, IndexError):
            text = (PROC / str(pid) / "smaps_rollup").read_text()
            line = next(line for line in text.splitlines() if line.startswith("Pss:"))
            total += int(line.split()[1]) << 10
    return total
