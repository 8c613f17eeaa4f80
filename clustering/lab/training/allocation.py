"""Keeps freed memory in the process between training steps (glibc)."""

import ctypes
import sys
from typing import Final

TRIM_THRESHOLD: Final = -1  # names of <malloc.h>
TOP_PAD: Final = -2
MMAP_MAX: Final = -4
KEPT_BYTES: Final = (1 << 31) - 1  # mallopt takes an int


def keep_freed_memory() -> None:
    """Make glibc keep freed memory; no effect on other platforms.

    Otherwise the kernel maps and zeroes 50 MB of activations at every layer: a step of 96 images
    took 27 % longer.
    """
    if not sys.platform.startswith("linux"):
        return
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(MMAP_MAX, 0)
        mallopt(TRIM_THRESHOLD, KEPT_BYTES)
        mallopt(TOP_PAD, 1 << 28)
