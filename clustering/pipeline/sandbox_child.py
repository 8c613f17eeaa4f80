"""Code of the child of ``sandbox.py``: set the limits, then serve calls until EOF."""

import ctypes
import json
import math
import os
import resource
import sys
import tempfile
import time
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import BinaryIO, Final

from clustering.pipeline.errors import PipelineError
from clustering.pipeline.sandbox import FRAME_HEAD_BYTES, Json, Target, frame

OPEN_FILES: Final = 32
_PR_SET_NO_NEW_PRIVS: Final = 38
_CLONE_NEWUSER: Final = 0x10000000
_CLONE_NEWNET: Final = 0x40000000


def main(target_name: str, options: str, cpu_seconds: str) -> None:
    """Serve calls on the pipes that were stdin and stdout."""
    _limit(json.loads(options))
    requests, answers = _take_pipes()
    try:
        target = _load(target_name)
    except BaseException as error:
        _send(answers, {"died": "crashed", "detail": f"{target_name}: {error!r}"}, b"")
        raise
    _send(answers, {"answer": "ready"}, b"")
    while message := _receive(requests):
        _allow_cpu(int(cpu_seconds))
        _serve(target, message, answers)


def _limit(options: Json) -> None:
    _set_limit(resource.RLIMIT_CORE, 0)
    _set_limit(resource.RLIMIT_AS, options["memory"])
    _set_limit(resource.RLIMIT_FSIZE, options["file"])
    _set_limit(resource.RLIMIT_NOFILE, OPEN_FILES)
    _enter_removed_directory()
    if sys.platform == "linux":
        _give_up_privileges()


def _set_limit(which: int, value: int) -> None:
    """Lower a hard limit; some platforms refuse some of them (macOS: RLIMIT_AS)."""
    _, hard = resource.getrlimit(which)
    if hard != resource.RLIM_INFINITY:
        value = min(value, hard)
    with suppress(ValueError, OSError):
        resource.setrlimit(which, (value, value))


def _allow_cpu(n_seconds: int) -> None:
    """Set the CPU limit of this call; RLIMIT_CPU counts from the start of the process."""
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    soft = math.ceil(time.process_time()) + n_seconds
    if hard != resource.RLIM_INFINITY:
        soft = min(soft, hard)
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CPU, (soft, hard))


def _enter_removed_directory() -> None:
    """Change to a removed directory, in which no file can be created."""
    directory = tempfile.mkdtemp()
    os.chdir(directory)
    Path(directory).rmdir()


def _give_up_privileges() -> None:
    """Defence in depth: no new privileges and no network, as far as the kernel allows."""
    libc = ctypes.CDLL(None)
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET)


def tell_network(_request: Json, _body: bytes) -> tuple[Json, bytes]:
    """Target that answers with the id of the child's network, to compare with the parent's."""
    return {"network": network_id()}, b""


def network_id() -> int:
    """Return the id of this process's network namespace; 0 where there are none."""
    try:
        return Path("/proc/self/ns/net").stat().st_ino
    except OSError:
        return 0


def _take_pipes() -> tuple[BinaryIO, BinaryIO]:
    """Move the pipes away from 0 and 1: output of a library must not break a frame."""
    requests, answers = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)
    os.close(nothing)
    return os.fdopen(requests, "rb"), os.fdopen(answers, "wb")


def _load(target_name: str) -> Target:
    module, _, attribute = target_name.partition(":")
    target: Target = getattr(import_module(module), attribute)
    return target


def _receive(requests: BinaryIO) -> tuple[Json, bytes] | None:
    head = requests.read(FRAME_HEAD_BYTES)
    if len(head) < FRAME_HEAD_BYTES:
        return None
    text = requests.read(int.from_bytes(head[:4], "big"))
    return json.loads(text), requests.read(int.from_bytes(head[4:], "big"))


def _serve(target: Target, message: tuple[Json, bytes], answers: BinaryIO) -> None:
    """Answer one call; after an unexpected error the process ends."""
    try:
        answer, payload = target(*message)
    except PipelineError as error:
        _send(answers, {"error": _describe(error)}, b"")
    except MemoryError:
        _send(answers, {"died": "memory"}, b"")
        raise
    except BaseException as error:  # Rust panics derive from BaseException
        _send(answers, {"died": "crashed", "detail": repr(error)[:500]}, b"")
        raise
    else:
        _send(answers, {"answer": answer}, payload)


def _describe(error: PipelineError) -> Json:
    return {
        "kind": type(error).__name__,
        "code": error.code,
        "message": str(error),
        "is_transient": getattr(error, "is_transient", False),
    }


def _send(answers: BinaryIO, head: Json, body: bytes) -> None:
    answers.write(frame(head, body))
    answers.flush()
