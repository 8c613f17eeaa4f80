"""Loopback server for all sites, in its own process: ``python -m ...server``.

Prints its port and ends with its standard input. Accepts direct and proxy requests.
"""

import asyncio
from urllib.parse import urlsplit

from clustering.lab.bench.fetching.page_parts import pieces
from clustering.lab.bench.fetching.serving import serve
from clustering.lab.bench.fetching.sites import ScriptedResponse, answer, images


async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer the requests of one connection."""
    while True:
        found = answer(*asked_for(await reader.readuntil(b"\r\n\r\n")))
        await asyncio.sleep(found.delay_seconds)
        writer.write(head_of(found))
        writer.write(found.body)
        await writer.drain()


def asked_for(head: bytes) -> tuple[str, str]:
    """Return the host and the path of a request."""
    request, *lines = head.decode("latin-1").split("\r\n")
    target = urlsplit(request.split(" ")[1])
    named = (line.partition(":")[2].strip() for line in lines if line[:5].lower() == "host:")
    return target.hostname or next(named, ""), target.path or "/"


def head_of(found: ScriptedResponse) -> bytes:
    """Return the status line and headers of an answer."""
    lines = [
        f"HTTP/1.1 {found.status}",
        f"Content-Type: {found.media_type}",
        f"Content-Length: {len(found.body)}",
    ]
    return "\r\n".join([*lines, "", ""]).encode()


if __name__ == "__main__":
    pieces(), images()  # warm-up of the caches
    serve(converse)
