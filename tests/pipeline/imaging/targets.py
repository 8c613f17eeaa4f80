"""Sandbox target that decodes like the decoder and reports its cost."""

import os
from pathlib import Path

from clustering.pipeline.errors import ImageError
from clustering.pipeline.imaging.decoder import serve
from clustering.pipeline.sandbox import Json


def outcome(request: Json, body: bytes) -> tuple[Json, bytes]:
    """Report the outcome code, the pid and the peak memory of the process."""
    code = "ok"
    try:
        serve(request, body)
    except ImageError as error:
        code = error.code
    return {"code": code, "pid": os.getpid(), "peak_bytes": _peak_bytes()}, b""


def _peak_bytes() -> int:
    """VmHWM; getrusage would include the parent before exec."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024
