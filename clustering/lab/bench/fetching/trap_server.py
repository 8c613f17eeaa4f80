"""Loopback server of good sites without delays and of traps: ``python -m ...trap_server``.

A trap's host name begins with its number and its name: ``trap12-redirect-bomb.test``.
"""

import asyncio
import re
from typing import Final

from clustering.lab.bench.fetching.server import asked_for, head_of
from clustering.lab.bench.fetching.serving import serve
from clustering.lab.bench.fetching.sites import answer, hosts
from clustering.lab.bench.fetching.traps import PIECE_SECONDS, SILENCE, TRAPS, sent

TRAP: Final = re.compile(r"trap\d+-([a-z-]+)\.test\Z")
SHARE: Final = 10  # one in this many sites is a trap


def mixed_hosts(n: int) -> tuple[list[str], list[str]]:
    """Return the names of ``n`` sites: good ones, and the traps in turn."""
    names, kinds = hosts(n), list(TRAPS)
    good = [name for number, name in enumerate(names) if number % SHARE]
    n_traps = n - len(good)
    return good, [f"trap{k}-{kinds[k % len(kinds)]}.test" for k in range(n_traps)]


async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer the requests of a connection; a trap answers only one."""
    while True:
        host, path = asked_for(await reader.readuntil(b"\r\n\r\n"))
        trap = TRAP.match(host.removeprefix("www."))
        if trap:
            await _spring(trap.group(1), path, writer)
            return
        found = answer(host, path)
        writer.write(head_of(found) + found.body)
        await writer.drain()


async def _spring(name: str, path: str, writer: asyncio.StreamWriter) -> None:
    """Send a trap's bytes until the client closes the connection."""
    what = sent(path, name)
    writer.write(what.head)
    for piece in what.pieces():
        if piece != SILENCE:
            writer.write(piece)
        await writer.drain()
        await asyncio.sleep(PIECE_SECONDS if len(piece) < 1000 else 0)
        if writer.is_closing() or writer.transport.is_closing():
            return
    await writer.drain()


if __name__ == "__main__":
    serve(converse)
