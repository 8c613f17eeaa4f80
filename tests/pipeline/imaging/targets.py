"""A child that decodes as the decoder does, and tells what that cost."""

import os
from pathlib import Path

from clustering.pipeline.errors import ImageError
from clustering.pipeline.imaging.decoder import serve
from clustering.pipeline.sandbox import Json


def outcome(request: Json, body: bytes) -> tuple[Json, bytes]:
    """Tell the code that ``body`` ends with, by whom, and the process's peak memory."""
    code = "ok"
    try:
        serve(request, body)
    except ImageError as error:
        code = error.code
    return {"code": code, "pid": os.getpid(), "peak_bytes": _peak_bytes()}, b""


def _peak_bytes() -> int:
    """Linux's own count; getrusage still counts the parent that this process was forked from."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024
