"""Runs the parts of the product as one group: prefixed output, restarts, one clean stop.

Honcho starts the processes and prints their lines; its own manager stops everything when one
process ends, where this one brings that process back.
"""

import os
import queue
import shlex
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

from honcho.manager import Manager
from honcho.printer import Printer
from honcho.process import Process

FIRST_RESTART_SECONDS = 0.5
LONGEST_RESTART_SECONDS = 30.0
STEADY_SECONDS = 20.0  # a process that ran this long is restarted at once
STOP_SECONDS = 10.0  # then the group is killed; the rows make that harmless
TICK_SECONDS = 0.1
WATCH_SECONDS = 0.2


class GroupProcess(Process):  # type: ignore[misc]  # honcho has no types
    """A process that takes its whole group with it, and does not outlive the supervisor."""

    def run(self, events: object = None, ignore_signals: bool = False) -> None:  # noqa: FBT001, FBT002
        threading.Thread(target=self._watch, args=(os.getppid(),), daemon=True).start()
        super().run(events, ignore_signals)

    def _watch(self, parent: int) -> None:
        """End the group with its leader or with the supervisor, whichever goes first.

        Children keep the output pipe of a killed leader open: its end alone would show nothing.
        """
        while self._child is None:
            time.sleep(WATCH_SECONDS)
        while os.getppid() == parent and self._child.poll() is None:
            time.sleep(WATCH_SECONDS)
        signal_group(self._child.pid, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)


@dataclass
class Member:
    """One supervised process and what became of it."""

    name: str
    pid: int = 0
    started: float = 0.0
    n_failures: int = 0
    restart_at: float | None = None
    ended: bool = field(default=True)


class Supervisor(Manager):  # type: ignore[misc]  # honcho has no types
    """Keeps its members running until it is told to stop; the first member outlives the others."""

    def __init__(self, on_tick: Callable[[], None]) -> None:
        super().__init__(Printer(sys.stdout))
        self._process_ctor = GroupProcess
        self._on_tick = on_tick
        self._members: dict[str, Member] = {}
        self._stop_signals = 0
        self._processes: dict[str, dict[str, Any]] = {}
        self._kill_at = 0.0

    def add(self, name: str, command: Sequence[str], env: dict[str, str]) -> None:
        """Add a process; ``exec`` makes the shell that honcho starts become it."""
        self.add_process(name, f"exec {shlex.join(command)}", env=env)
        self._members[name] = Member(name)

    def run(self, is_first_ready: Callable[[], bool]) -> None:
        """Start the first member, the others once it is ready, and stay until a signal comes."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._on_signal)
        first, *others = self._members.values()
        self._launch(first)
        while not self._stop_signals and not is_first_ready():
            self._step()
        for member in others if not self._stop_signals else ():
            self._launch(member)
        while not self._stop_signals:
            self._step()
            self._on_tick()
        self._stop(others)
        self._stop([first])

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        self._stop_signals += 1
        self._kill_at = 0.0 if self._stop_signals > 1 else self._kill_at

    def _launch(self, member: Member) -> None:
        member.ended, member.restart_at, member.started = False, None, time.monotonic()
        self._processes[member.name] = {"obj": self._processes[member.name]["obj"]}
        self._start_one(member.name)

    def _start_one(self, name: str) -> None:
        everything = self._processes
        self._processes = {name: everything[name]}
        self._start()
        self._processes = everything

    def _step(self) -> None:
        """Pass on what the members said, and bring back those that ended."""
        self._read_events()
        now = time.monotonic()
        for member in self._members.values():
            if member.ended and member.restart_at is not None and now >= member.restart_at:
                self._launch(member)

    def _read_events(self) -> None:
        try:
            message = self.events.get(timeout=TICK_SECONDS)
        except queue.Empty:
            self._find_lost()
            return
        if message.type == "line":
            self._printer.write(message)
        elif message.type == "start":
            self._members[message.name].pid = message.data["pid"]
        elif message.type == "stop":
            self._on_end(self._members[message.name], message.data["returncode"])

    def _find_lost(self) -> None:
        """Treat a member whose relay was killed as ended: nobody would report its end."""
        for member in self._members.values():
            relay = self._processes[member.name].get("process")
            if relay is not None and not member.ended and not relay.is_alive():
                self._on_end(member, -signal.SIGKILL)

    def _on_end(self, member: Member, code: int) -> None:
        signal_group(member.pid, signal.SIGKILL)  # what it left behind: pool workers, decoders
        member.ended = True
        if self._stop_signals:
            return
        lasted = time.monotonic() - member.started
        member.n_failures = 0 if lasted >= STEADY_SECONDS else member.n_failures + 1
        delay = restart_delay(member.n_failures)
        member.restart_at = time.monotonic() + delay
        self.say(f"{member.name} ended with code {code}; it comes back in {delay:g} s")

    def _stop(self, members: Sequence[Member]) -> None:
        """Ask politely, wait, then kill; a second signal skips the wait."""
        running = [member for member in members if not member.ended]
        for member in running:
            with suppress(ProcessLookupError):
                # The leader alone: Celery's and gunicorn's children would drop their work.
                os.kill(member.pid or self._pid_of(member), signal.SIGTERM)
        self._kill_at = time.monotonic() + STOP_SECONDS if self._stop_signals == 1 else 0.0
        while any(not member.ended for member in running):
            if time.monotonic() >= self._kill_at:
                for member in running:
                    signal_group(member.pid, signal.SIGKILL)
            self._read_events()

    def _pid_of(self, member: Member) -> int:
        """Wait for the report of a process that was started a moment ago."""
        while not member.pid and not member.ended:
            self._read_events()
        return member.pid

    def say(self, line: str) -> None:
        """Print a line of the supervisor's own."""
        self._system_print(f"{line}\n")


def restart_delay(n_failures: int) -> float:
    """Return the seconds to wait before a restart; doubles with each quick end in a row."""
    if n_failures == 0:
        return 0.0
    return min(LONGEST_RESTART_SECONDS, FIRST_RESTART_SECONDS * 2.0 ** (n_failures - 1))


def signal_group(leader: int, number: int) -> None:
    """Send a signal to a process group; gone already is fine, and 0 would mean our own group."""
    if leader > 0:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(leader, number)
