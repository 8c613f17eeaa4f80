"""Run a function on untrusted bytes in a child process with rlimits, no secrets and a deadline.

A target is a module-level function ``serve(request, body) -> (answer, payload)`` with JSON-able
dicts and bytes, named "module:function"; the child imports nothing else. For large inputs the
request may hold the path of a file that the child opens for reading.

Children are fresh interpreters, not forks: callers hold locks, threads and secrets. The code of
the child is in ``sandbox_child.py``.
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
"""Two big-endian uint32: length of the JSON, length of the payload."""
START_SECONDS: Final = 60.0  # cold import of numpy and Pillow on a busy machine
PIPE_BYTES: Final = 1 << 20  # per read
ANSWER_BYTES: Final = 1 << 16  # of the first read: most answers fit
WIDE_PIPE_BYTES: Final = 1 << 18

_ROOT: Final = str(Path(__file__).resolve().parents[2])
# -I: neither the environment nor the working directory affect the import path.
_BOOT: Final = (
    "import sys; sys.path.insert(0, sys.argv[1]); "
    "from clustering.pipeline.sandbox_child import main; main(*sys.argv[2:])"
)
# One thread: stacks and arenas count towards RLIMIT_AS.
_ENVIRONMENT: Final = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MALLOC_ARENA_MAX": "2",
    "LC_ALL": "C.UTF-8",
}


@dataclass(frozen=True)
class ProcessLimits:
    """Limits of one call; a child that exceeds them is killed."""

    memory_bytes: int = 1 << 30
    cpu_seconds: int = 5
    wall_seconds: float = 6.0
    file_bytes: int = 8 << 20
    answer_bytes: int = 64 << 20


def call(target: str, request: Json, body: bytes, limits: ProcessLimits) -> tuple[Json, bytes]:
    """Run ``target`` once in a new child.

    Raises:
        PipelineError: raised by the target; class, code and message are preserved.
        ChildDied: ``crashed``, ``timeout`` or ``memory``.
    """
    child = _Child(target, limits)
    try:
        return child.call(request, body)
    finally:
        child.kill()


def has_own_network() -> bool:
    """Whether children are cut off from the network: container profiles may forbid ``unshare``.

    Raises:
        ChildDied: no child could be started.
    """
    from clustering.pipeline.sandbox_child import network_id

    target = "clustering.pipeline.sandbox_child:tell_network"
    answer, _ = call(target, {}, b"", ProcessLimits())
    return bool(answer["network"] != network_id())


class Pool:
    """Pool of warm children for many short calls; thread-safe."""

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
        """Run the target in a free child; a dead child is replaced.

        ``seconds`` is the remaining time of the caller, including the wait for a child; the
        limits of the pool apply as well.

        Raises:
            PipelineError: raised by the target; class, code and message are preserved.
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
            self._idle.put(self._reusable(child))

    def _free_child(self, seconds: float | None) -> "_Child":
        try:
            return self._idle.get(timeout=None if seconds is None else max(0.0, seconds))
        except queue.Empty:
            raise ChildDied("timeout", "no child was free in time") from None

    def close(self) -> None:
        """Kill the children after their current calls."""
        if not self._is_open:
            return
        self._is_open = False
        children = [self._idle.get() for _ in range(self._size)]
        for child in children:
            child.kill()
            self._idle.put(child)  # wakes callers that still wait

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _spawn(self) -> "_Child":
        return _Child(self._target, self._limits)

    def _reusable(self, child: "_Child") -> "_Child":
        """Return ``child``, or a new one if it died or served enough calls."""
        if not self._is_open or (child.is_alive and child.n_calls < self._recycle_after):
            return child
        child.kill()
        with suppress(OSError):  # cannot start a process now: the next call retries
            return self._spawn()
        return child


class _Child:
    """One child process, seen from the parent."""

    def __init__(self, target: str, limits: ProcessLimits) -> None:
        self._limits = limits
        self._is_ready = False
        self._started_at = time.monotonic()
        self.n_calls = 0
        options = json.dumps({"memory": limits.memory_bytes, "file": limits.file_bytes})
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter, our own code
            [
                sys.executable,
                "-I",
                "-B",
                "-c",
                _BOOT,
                _ROOT,
                target,
                options,
                str(limits.cpu_seconds),
            ],
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
        """Send one request; kills the child unless it answers or raises a ``PipelineError``."""
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
            raise _rebuild_error(answer["error"])
        return answer["answer"], payload

    def kill(self) -> None:
        """Kill the process group of the child; idempotent."""
        if self.is_alive:  # the pid of a reaped process may be reused
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()

    def _await_ready(self, ends_at: float) -> None:
        """Wait until the child is ready; a timeout of the caller alone does not kill it."""
        if self._is_ready:
            return
        try:
            answer, _ = self._read_frame(min(ends_at, time.monotonic() + START_SECONDS))
        except ChildDied as died:
            if died.code != "timeout" or time.monotonic() > self._started_at + START_SECONDS:
                self.kill()
            raise
        self._is_ready = True
        if "died" in answer:
            self.kill()
            raise ChildDied("crashed", str(answer.get("detail", "")))

    def _write(self, parts: list[bytes], deadline: float) -> None:
        """Write the parts in order, without copying them into one buffer."""
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
        """Read until ``data`` has at least ``n_bytes``; may read ahead."""
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
    """Encode one message; the format is the same in both directions."""
    return frame_head(head, body) + body


def frame_head(head: Json, body: bytes) -> bytes:
    """Encode everything before the body of a message."""
    text = json.dumps(head).encode()
    return len(text).to_bytes(4, "big") + len(body).to_bytes(4, "big") + text


def _after(parts: list[memoryview], n_bytes: int) -> list[memoryview]:
    """Return ``parts`` without their first ``n_bytes``."""
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
    """Enlarge the pipe buffer, where supported (Linux), for fewer context switches."""
    if hasattr(fcntl, "F_SETPIPE_SZ"):
        with suppress(OSError):  # the limit is per user
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, WIDE_PIPE_BYTES)


def _wait(descriptor: int, event: int, deadline: float) -> None:
    poll = select.poll()  # select() cannot handle descriptors above 1023
    poll.register(descriptor, event)
    left = deadline - time.monotonic()
    if left <= 0 or not poll.poll(left * 1000):
        raise ChildDied("timeout", "the child did not answer in time")


def _cause(signal_number: int) -> str:
    """Cause of death by signal; only the kernel's OOM killer sends SIGKILL here."""
    if signal_number == signal.SIGXCPU:
        return "timeout"
    return "memory" if signal_number == signal.SIGKILL else "crashed"


def _rebuild_error(described: Json) -> PipelineError:
    """Rebuild the error of a target; unknown classes become ``PipelineError``."""
    kind = getattr(errors, str(described.get("kind")), PipelineError)
    if not (isinstance(kind, type) and issubclass(kind, PipelineError)):
        kind = PipelineError
    # The signatures of the constructors differ, so __init__ is bypassed.
    error = kind.__new__(kind, str(described.get("message", "")))
    error.code = str(described.get("code", kind.code))
    if isinstance(error, errors.FetchError):
        error.is_transient = described.get("is_transient") is True
    return error
