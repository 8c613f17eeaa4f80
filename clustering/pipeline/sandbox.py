"""Run a function on hostile bytes in a limited child process: rlimits, no secrets, a deadline.

A target is a module-level function ``serve(request, body) -> (answer, payload)`` with JSON-able
dicts and bytes, named "module:function" so that the child imports nothing else.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]
Target = Callable[[Json, bytes], tuple[Json, bytes]]


@dataclass(frozen=True)
class Limits:
    """What one call may cost; the child is killed beyond it."""

    memory_bytes: int = 1 << 30
    cpu_seconds: int = 5
    wall_seconds: float = 6.0
    file_bytes: int = 8 << 20
