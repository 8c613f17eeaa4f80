"""Run a function on hostile bytes in a limited child process: rlimits, no secrets, a deadline.

A target is a module-level function ``serve(request, body) -> (answer, payload)`` with JSON-able
dicts and bytes, named "module:function" so that the child imports nothing else. Large inputs
need no pipe: the request may hold the path of a file that the child opens for reading.

Children are fresh interpreters, never forks: callers hold locks, threads and secrets. Their
side is ``sandbox_child.py``.
"""

import fcntl
import json
import math
import os
import queue
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final, NoReturn, Self

from clustering.pipeline import errors
from clustering.pipeline.errors import ChildDied, PipelineError

Json = dict[str, Any]
Target = Callable[[Json, bytes], tuple[Json, bytes]]

FRAME_HEAD_BYTES: Final = 8
"""Two big-endian numbers: the length of the JSON, the length of the bytes after it."""
START_SECONDS: Final = 60.0  # importing numpy and Pillow on a busy, cold machine
PIPE_BYTES: Final = 1 << 20  # that are moved at a time
ANSWER_BYTES: Final = 1 << 16  # asked for before its length is known: most answers in one piece
WIDE_PIPE_BYTES: Final = 1 << 18

_ROOT: Final = str(Path(__file__).resolve().parents[2])
# -I keeps the environment and the working directory out of the import path.
_BOOT: Final = (
    "import sys; sys.path.insert(0, sys.argv[1]); "
    "from clustering.pipeline.sandbox_child import main; main(*sys.argv[2:])"
)
# One thread each: thread stacks and arenas count against the address space.
_ENVIRONMENT: Final = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MALLOC_ARENA_MAX": "2",
    "LC_ALL": "C.UTF-8",
}


@dataclass(frozen=True)
class ProcessLimits:
    """What one call may cost; the child is killed beyond it."""

    memory_bytes: int = 1 << 30
    cpu_seconds: int = 5
    wall_seconds: float = 6.0
    file_bytes: int = 8 << 20
    answer_bytes: int = 64 << 20


def call(target: str, request: Json, body: bytes, limits: ProcessLimits) -> tuple[Json, bytes]:
    """Run ``target`` once, in a child of its own.

    Raises:
        PipelineError: as the target raised it, with its class, code and message.
        ChildDied: ``crashed``, ``timeout`` or ``memory``.
    """
    child = _Child(target, limits)
    try:
        return child.call(request, body)
    finally:
        child.kill()


class Pool:
    """Warm children for many short calls; safe to use from many threads, made once a process."""

    def __init__(
        self, target: str, size: int, limits: ProcessLimits, *, recycle_after: int = 100
    ) -> None:
        self._target = target
        self._limits = limits
        self._recycle_after = recycle_after
        self._size = size
        self._idle: queue.LifoQueue[_Child] = queue.LifoQueue()
        self._is_open = True
        for _ in range(size):
            self._idle.put(self._spawn())

    def call(
        self, request: Json, body: bytes, *, seconds: float | None = None
    ) -> tuple[Json, bytes]:
        """Run the target in the next free child; one that died is replaced.

        ``seconds`` are what the caller has left, waiting for a child included; the limits of
        the pool hold as well.

        Raises:
            PipelineError: as the target raised it, with its class, code and message.
            ChildDied: ``crashed``, ``timeout`` or ``memory``.
        """
        ends_at = math.inf if seconds is None else time.monotonic() + seconds
        child = self._free_child(seconds)
        try:
            if not self._is_open:
                raise RuntimeError("the pool is closed")
            if not child.is_alive:
                child.kill()
                child = self._spawn()
            return child.call(request, body, ends_at)
        finally:
            self._idle.put(self._fit(child))

    def _free_child(self, seconds: float | None) -> "_Child":
        try:
            return self._idle.get(timeout=None if seconds is None else max(0.0, seconds))
        except queue.Empty:
            raise ChildDied("timeout", "no child was free in time") from None

    def close(self) -> None:
        """End the children, each after the call that it is in."""
        if not self._is_open:
            return
        self._is_open = False
        children = [self._idle.get() for _ in range(self._size)]
        for child in children:
            child.kill()
            self._idle.put(child)  # so that whoever still waits learns that the pool is closed

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _spawn(self) -> "_Child":
        return _Child(self._target, self._limits)

    def _fit(self, child: "_Child") -> "_Child":
        """``child``, or a fresh one that warms up until it is needed."""
        if not self._is_open or (child.is_alive and child.n_calls < self._recycle_after):
            return child
        child.kill()
        with suppress(OSError):  # no process to be had now: the next call tries again
            return self._spawn()
        return child


class _Child:
    """The parent's end of one child."""

    def __init__(self, target: str, limits: ProcessLimits) -> None:
        self._limits = limits
        self._is_ready = False
        self._born = time.monotonic()
        self.n_calls = 0
        options = json.dumps({"memory": limits.memory_bytes, "file": limits.file_bytes})
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter, our own code
            [sys.executable, "-I", "-c", _BOOT, _ROOT, target, options, str(limits.cpu_seconds)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_ENVIRONMENT,
            start_new_session=True,
            bufsize=0,
        )
        self._to_child = _descriptor(self._process.stdin)
        self._from_child = _descriptor(self._process.stdout)
        _widen(self._to_child)

    @property
    def is_alive(self) -> bool:
        return self._process.poll() is None

    def call(self, request: Json, body: bytes, ends_at: float = math.inf) -> tuple[Json, bytes]:
        """One exchange; after anything but an answer or a foreseen error the child is dead."""
        self.n_calls += 1
        self._await_ready(ends_at)
        try:
            deadline = min(ends_at, time.monotonic() + self._limits.wall_seconds)
            self._write([frame_head(request, body), body], deadline)
            answer, payload = self._read_frame(deadline)
        except BaseException:
            self.kill()
            raise
        if "died" in answer:
            self.kill()
            raise ChildDied(str(answer["died"]), str(answer.get("detail", "")))
        if "error" in answer:
            raise _foreseen(answer["error"])
        return answer["answer"], payload

    def kill(self) -> None:
        """End the child and whatever it started; harmless when it is gone."""
        if self.is_alive:  # a reaped process's number may be somebody else's by now
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()

    def _await_ready(self, ends_at: float) -> None:
        """Wait for the start; a child that only its caller has no time for is not killed."""
        if self._is_ready:
            return
        try:
            answer, _ = self._read_frame(min(ends_at, time.monotonic() + START_SECONDS))
        except ChildDied as died:
            if died.code != "timeout" or time.monotonic() > self._born + START_SECONDS:
                self.kill()
            raise
        self._is_ready = True
        if "died" in answer:
            self.kill()
            raise ChildDied("crashed", str(answer.get("detail", "")))

    def _write(self, parts: list[bytes], deadline: float) -> None:
        """Write the parts one after the other; to join them would copy every page."""
        rest = [memoryview(part) for part in parts if part]
        while rest:
            try:
                n_written = os.writev(self._to_child, rest)
            except BlockingIOError:
                _wait(self._to_child, select.POLLOUT, deadline)
            except BrokenPipeError:
                self._raise_died()
            else:
                rest = _after(rest, n_written)

    def _read_frame(self, deadline: float) -> tuple[Json, bytes]:
        data = bytearray()
        self._read(data, FRAME_HEAD_BYTES, deadline)
        n_json, n_payload = int.from_bytes(data[:4], "big"), int.from_bytes(data[4:8], "big")
        if n_json + n_payload > self._limits.answer_bytes:
            raise ChildDied("memory", f"the answer has {n_json + n_payload} bytes")
        end_of_json = FRAME_HEAD_BYTES + n_json
        self._read(data, end_of_json + n_payload, deadline)
        try:
            answer = json.loads(data[FRAME_HEAD_BYTES:end_of_json])
        except (ValueError, RecursionError) as error:
            raise ChildDied("crashed", "the answer is no JSON") from error
        if not isinstance(answer, dict) or not answer.keys() & {"answer", "error", "died"}:
            raise ChildDied("crashed", "the answer is malformed")
        if len(data) > end_of_json + n_payload:
            raise ChildDied("crashed", "more follows than the answer")
        return answer, bytes(memoryview(data)[end_of_json:])

    def _read(self, data: bytearray, n_bytes: int, deadline: float) -> None:
        """Read until ``data`` has ``n_bytes``, or a few more: a whole answer, if it is small."""
        while len(data) < n_bytes:
            _wait(self._from_child, select.POLLIN, deadline)
            n_wanted = min(max(n_bytes - len(data), ANSWER_BYTES), PIPE_BYTES)
            try:
                part = os.read(self._from_child, n_wanted)
            except BlockingIOError:
                continue
            if not part:
                self._raise_died()
            data += part

    def _raise_died(self) -> NoReturn:
        try:
            status = self._process.wait(timeout=1.0)
        except subprocess.TimeoutExpired:
            raise ChildDied("crashed", "the child closed its pipe") from None
        raise ChildDied(_cause(-status), f"the child ended with status {status}")


def frame(head: Json, body: bytes) -> bytes:
    """One message, as both sides send it."""
    return frame_head(head, body) + body


def frame_head(head: Json, body: bytes) -> bytes:
    """What goes before the body of a message."""
    text = json.dumps(head).encode()
    return len(text).to_bytes(4, "big") + len(body).to_bytes(4, "big") + text


def _after(parts: list[memoryview], n_bytes: int) -> list[memoryview]:
    """Return what is left of ``parts`` after the first ``n_bytes``."""
    while parts and n_bytes >= len(parts[0]):
        n_bytes -= len(parts[0])
        parts = parts[1:]
    return [parts[0][n_bytes:], *parts[1:]] if parts else []


def _descriptor(pipe: IO[bytes] | None) -> int:
    if pipe is None:
        raise RuntimeError("the child has no pipe")
    os.set_blocking(pipe.fileno(), False)
    return pipe.fileno()


def _widen(pipe: int) -> None:
    """Let a page cross in one piece, not in four, where this system can (Linux)."""
    if hasattr(fcntl, "F_SETPIPE_SZ"):
        with suppress(OSError):  # all pipes of one user share 64 MB
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, WIDE_PIPE_BYTES)


def _wait(descriptor: int, event: int, deadline: float) -> None:
    poll = select.poll()  # unlike select(), it takes descriptors above 1,023
    poll.register(descriptor, event)
    left = deadline - time.monotonic()
    if left <= 0 or not poll.poll(left * 1000):
        raise ChildDied("timeout", "the child did not answer in time")


def _cause(signal_number: int) -> str:
    """What a child died of; nobody but the kernel's memory killer sends SIGKILL here."""
    if signal_number == signal.SIGXCPU:
        return "timeout"
    return "memory" if signal_number == signal.SIGKILL else "crashed"


def _foreseen(described: Json) -> PipelineError:
    """Rebuild a target's error; an unknown class becomes its base."""
    kind = getattr(errors, str(described.get("kind")), PipelineError)
    if not (isinstance(kind, type) and issubclass(kind, PipelineError)):
        kind = PipelineError
    # The constructors differ, so it is filled in as unpickling would.
    error = kind.__new__(kind, str(described.get("message", "")))
    error.code = str(described.get("code", kind.code))
    if isinstance(error, errors.FetchError):
        error.is_transient = described.get("is_transient") is True
    return error
