"""The bench's web servers, each a process of its own: started by one side, run by the other."""

import asyncio
import subprocess
import sys
from asyncio import StreamReader, StreamWriter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress

from clustering.lab import ROOT

Converse = Callable[[StreamReader, StreamWriter], Awaitable[None]]


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


def serve(converse: Converse) -> None:
    """Print a free port of this machine, and answer there until the standard input ends.

    ``converse`` talks with one client; clients leave whenever they like.
    """
    with suppress(KeyboardInterrupt):  # it reaches every process of a terminal; one tells of it
        asyncio.run(_serve(converse))


async def _serve(converse: Converse) -> None:
    async def talk(reader: StreamReader, writer: StreamWriter) -> None:
        # Whoever still waits at the end is cancelled, and asyncio would print each of them.
        with suppress(asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            await converse(reader, writer)
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0, backlog=1024)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    server.close()
