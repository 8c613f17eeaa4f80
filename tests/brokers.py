"""A broker that one test starts and stops."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from logosite.embedded import broker_command, broker_socket

SECONDS_TO_START = 60


@contextmanager
def running_broker(folder: Path) -> Iterator[str]:
    """Run the embedded broker in ``folder``; yield its address."""
    server = subprocess.Popen(broker_command(folder))
    socket = broker_socket(folder)
    end = time.monotonic() + SECONDS_TO_START
    while not socket.exists() and time.monotonic() < end:
        time.sleep(0.01)
    yield f"redis+socket://{socket}"
    server.terminate()
    server.wait()
