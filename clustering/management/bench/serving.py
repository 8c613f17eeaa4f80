"""The bench's web servers, each a process of its own."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from clustering.management.bench import ROOT


@contextmanager
def serving(module: str) -> Iterator[int]:
    """Yield the port of a server of this package that ends with the block."""
    with subprocess.Popen(  # noqa: S603 - our own interpreter, our own code
        [sys.executable, "-m", f"{__package__}.{module}"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield int(process.stdout.readline() if process.stdout else 0)
        finally:
            process.terminate()
