"""Runs commands as one group: prefixed output, restarts with back-off, a clean stop."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from types import FrameType

FIRST_RESTART_SECONDS = 0.5
LONGEST_RESTART_SECONDS = 30.0
STEADY_SECONDS = 20.0  # a process that ran this long is restarted at once
STOP_SECONDS = 15.0  # then the group is killed; interrupted work is claimed again
TICK_SECONDS = 0.1
# Kills the process groups whose numbers it has read an odd number of times, as soon as its input
# ends: a killed supervisor leaves no orphans, on any system and at any depth.
GUARD = """
import os, signal, sys
groups = set()
for line in sys.stdin:
    groups ^= {int(line)}
for group in groups:
    try:
        os.killpg(group, signal.SIGKILL)
    except OSError:
        pass
"""


@dataclass
class Member:
    """A supervised command, with its current process unless it is waiting for its restart."""

    name: str
    command: Sequence[str]
    env: dict[str, str]
    process: subprocess.Popen[str] | None = None
    started: float = 0.0
    n_failures: int = 0
    restart_at: float = 0.0

    def kill(self) -> None:
        """Kill the process and all its descendants."""
        if self.process:
            with suppress(ProcessLookupError, PermissionError):  # macOS: EPERM for zombies
                os.killpg(self.process.pid, signal.SIGKILL)


class Supervisor:
    """Keeps its members running until a signal; the first member outlives the others."""

    def __init__(self, on_tick: Callable[[], None]) -> None:
        self._on_tick = on_tick
        self._members: list[Member] = []
        self._n_signals = 0

    def add(self, name: str, command: Sequence[str], env: dict[str, str]) -> None:
        self._members.append(Member(name, command, env))

    def run(self, is_first_ready: Callable[[], bool]) -> None:
        """Start the first member, the others once it is ready, and stay until a signal comes."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._on_signal)
        with self._guarded():
            first, others = self._members[:1], self._members[1:]
            while not self._n_signals and not (first[0].process and is_first_ready()):
                self._step(first)
            while not self._n_signals:
                self._step(self._members)
                self._on_tick()
            self._stop(others)
            self._stop(first)

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        read_end, self._guard = os.pipe()
        command = [sys.executable, "-I", "-S", "-c", GUARD]
        guard = subprocess.Popen(command, stdin=read_end, start_new_session=True)  # noqa: S603
        os.close(read_end)
        try:
            yield
        finally:
            os.close(self._guard)
            guard.wait()

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self._n_signals += 1

    def _step(self, members: Sequence[Member]) -> None:
        for member in members:
            if member.process is None and time.monotonic() >= member.restart_at:
                self._launch(member)
            self._notice_end(member)
        time.sleep(TICK_SECONDS)

    def _launch(self, member: Member) -> None:
        member.started = time.monotonic()
        member.process = subprocess.Popen(  # noqa: S603 - the product's own commands
            member.command,
            env=member.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,  # Ctrl-C reaches the supervisor alone
        )
        self._toggle_guard(member.process)
        relay = threading.Thread(
            target=self._relay, args=(member.name, member.process), daemon=True
        )
        relay.start()

    def _notice_end(self, member: Member) -> None:
        if member.process is None or member.process.poll() is None:
            return
        member.kill()  # what it left behind: pool workers, decoders
        self._toggle_guard(member.process)
        code, member.process = member.process.returncode, None
        if self._n_signals:
            return
        lasted = time.monotonic() - member.started
        member.n_failures = 0 if lasted >= STEADY_SECONDS else member.n_failures + 1
        delay = restart_delay(member.n_failures)
        member.restart_at = time.monotonic() + delay
        self._print("system", f"{member.name} ended with code {code}; it restarts in {delay:g} s")

    def _stop(self, members: Sequence[Member]) -> None:
        """Send SIGTERM, wait, then kill; a second signal skips the wait."""
        for member in members:
            if member.process:
                # The leader alone: Celery's and gunicorn's children would drop their work.
                member.process.terminate()
        kill_at = time.monotonic() + STOP_SECONDS
        while running := [member for member in members if member.process]:
            for member in running:
                if self._n_signals > 1 or time.monotonic() >= kill_at:
                    member.kill()
                self._notice_end(member)
            time.sleep(TICK_SECONDS)

    def _toggle_guard(self, process: subprocess.Popen[str]) -> None:
        with suppress(BrokenPipeError):  # without a guard, the members still run
            os.write(self._guard, b"%d\n" % process.pid)

    def _relay(self, name: str, process: subprocess.Popen[str]) -> None:
        for line in process.stdout or ():
            self._print(name, line.rstrip("\n"))

    def _print(self, name: str, line: str) -> None:
        with suppress(OSError):  # a closed terminal must not block the members
            print(f"{time.strftime('%H:%M:%S')} {name:<7} | {line}", flush=True)  # noqa: T201


def restart_delay(n_failures: int) -> float:
    """Return the seconds to wait before a restart; doubles with each quick end in a row."""
    if n_failures == 0:
        return 0.0
    return min(LONGEST_RESTART_SECONDS, FIRST_RESTART_SECONDS * 2.0 ** (n_failures - 1))
