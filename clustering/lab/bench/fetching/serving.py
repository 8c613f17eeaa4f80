"""Start and main loop of the benchmark's web servers, each in its own process."""

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
    """Run a server of this package during the block; yield its port."""
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
    """Print a free port, and serve there until standard input ends.

    ``converse`` serves one client; clients may disconnect at any time.
    """
    with suppress(KeyboardInterrupt):  # Ctrl-C reaches all processes; only the parent reports it
        asyncio.run(_serve(converse))


async def _serve(converse: Converse) -> None:
    async def talk(reader: StreamReader, writer: StreamWriter) -> None:
        # asyncio would print each connection that is cancelled at the end.
        with suppress(asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            await converse(reader, writer)
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0, backlog=1024)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    server.close()
