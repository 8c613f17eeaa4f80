"""Sandbox targets for the tests."""

import ctypes
import os
import signal
import sys
import time
from pathlib import Path

from clustering.pipeline.errors import FetchError, ImageError, TooFewLogos
from clustering.pipeline.sandbox import Json, frame


def echo(request: Json, body: bytes) -> tuple[Json, bytes]:
    """Return the request, the reversed body and the pid."""
    return {**request, "pid": os.getpid()}, body[::-1]


def surroundings(_request: Json, _body: bytes) -> tuple[Json, bytes]:
    """Report environment, files and modules of the process."""
    heavy = {"django", "torch", "celery"} & sys.modules.keys()
    return {
        "environment": sorted(os.environ),
        "files": [path.name for path in Path().iterdir()],
        "heavy_modules": sorted(heavy),
    }, b""


def read_file(request: Json, _body: bytes) -> tuple[Json, bytes]:
    """Read the file that the request names."""
    return {}, Path(request["path"]).read_bytes()


def misbehave(request: Json, body: bytes) -> tuple[Json, bytes]:
    """Do what ``request["how"]`` says."""
    how = request["how"]
    BEHAVIOURS[how]()
    return {"how": how, "pid": os.getpid()}, body


def _refuse_image() -> None:
    raise ImageError("empty_image", "nothing to see")


def _fail_transiently() -> None:
    raise FetchError("timeout", "slow", is_transient=True)


def _need_two() -> None:
    raise TooFewLogos("clustering needs 2 logos, got 1")


def _burn() -> None:
    while True:
        pass


def _eat() -> None:
    bytes(8 << 30)


def _write_much() -> None:
    path = Path("/tmp") / f"sandbox-{os.getpid()}"  # noqa: S108
    try:
        path.write_bytes(bytes(16 << 20))
    finally:
        path.unlink(missing_ok=True)


def _answer_twice() -> None:
    kept = [file for file in Path("/proc/self/fd").iterdir() if _is_pipe(file)]
    os.write(max(int(file.name) for file in kept), 2 * frame({"answer": {}}, b""))
    time.sleep(0.5)  # lest the process is killed before the parent sees both


def _is_pipe(file: Path) -> bool:
    try:
        return str(file.readlink()).startswith("pipe:")
    except FileNotFoundError:  # the one that listed them
        return False


def _open_many() -> None:
    kept = [open(os.devnull) for _ in range(100)]  # noqa: SIM115, PTH123
    kept.clear()


def _write_here() -> None:
    Path("file").write_bytes(b"x")


BEHAVIOURS = {
    "work": lambda: None,
    "print": lambda: os.write(1, b"noise"),
    "answer_twice": _answer_twice,
    "refuse": _refuse_image,
    "transient": _fail_transiently,
    "too_few": _need_two,
    "bug": lambda: 1 // 0,
    "segfault": lambda: ctypes.string_at(0),
    "abort": os.abort,
    "exit": lambda: os._exit(0),
    "oom": lambda: os.kill(os.getpid(), signal.SIGKILL),
    "burn": _burn,
    "sleep": lambda: time.sleep(60),
    "eat": _eat,
    "write_much": _write_much,
    "open_many": _open_many,
    "write_here": _write_here,
}
