"""A process that fetches one URL and prints its memory: ``python -m ...spender PORT PATH``."""

import re
import socket
import sys
from pathlib import Path

from clustering.pipeline.errors import FetchError
from clustering.pipeline.web.adapter import TransferLimits
from clustering.pipeline.web.addresses import SPECIAL_USE, AddressRules
from clustering.pipeline.web.client import ClientOptions, SafeClient

PUBLIC = "93.184.216.34"
HIGH_WATER = re.compile(r"^VmHWM:\s+(\d+) kB", re.MULTILINE)


def peak_bytes() -> int:
    """Return the most memory that was ever resident in this process."""
    found = HIGH_WATER.search(Path("/proc/self/status").read_text())
    assert found
    return int(found.group(1)) << 10


def fetch(port: int, path: str) -> str:
    """Return the code with which ``path`` ends, or ``ok``."""
    options = ClientOptions(
        "Logosite-test",
        rules=AddressRules(refused_suffixes=SPECIAL_USE - {"test"}),
        limits=TransferLimits(read_seconds=2.0, url_seconds=4.0),
    )
    client = SafeClient(
        options,
        resolve=lambda host, seconds: [PUBLIC],
        dial=lambda address, _, seconds: socket.create_connection(("127.0.0.1", port), seconds),
    )
    try:
        client.get(f"http://pub.test{path}", max_bytes=4 << 20)
    except FetchError as error:
        return error.code
    finally:
        client.close()
    return "ok"


if __name__ == "__main__":
    fetch(int(sys.argv[1]), "/")  # what every first fetch brings along is no cost of the second
    before = peak_bytes()
    code = fetch(int(sys.argv[1]), sys.argv[2])
    sys.stdout.write(f"{code} {peak_bytes() - before}")
