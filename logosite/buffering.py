"""The web server's worker: gunicorn's processes, with requests and answers buffered by waitress.

A thread gets a request once all of it has arrived, and is free again once its answer is written
to a buffer. Slow or half-open connections therefore cost a file descriptor, not a thread.
"""

import logging
import os
import signal
import tempfile
import time
from collections.abc import Iterator
from typing import Any, Final

from django.conf import settings  # noqa: TID251 - configures the server itself
from gunicorn.workers.base import Worker
from waitress import wasyncore
from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.server import TcpWSGIServer
from waitress.task import ThreadedTaskDispatcher

HEADER_SECONDS: Final = 10.0  # in all, however often a byte arrives
BODY_SECONDS: Final = 20.0  # and another second for each BODY_BYTES_PER_SECOND received
BODY_BYTES_PER_SECOND: Final = 2_000
IDLE_SECONDS: Final = 20.0  # between requests, and for a finished answer that is not read
STALLED_SECONDS: Final = 120.0  # for an answer that is still being written
LOOP_SECONDS: Final = 1.0
MAX_HEADER_BYTES: Final = 32_768
MAX_CONNECTIONS: Final = 500  # of a process; common limits are 1,024 open files
FORM_BYTES: Final = 1 << 20  # of an upload besides its file
OUTPUT_BYTES: Final = 1 << 28  # kept in files for slow readers; a longer answer waits for them


class TimedRequest(HTTPRequestParser):  # type: ignore[misc]  # waitress has no types
    """A request that knows when its first byte came."""

    def __init__(self, adjustments: Adjustments) -> None:
        super().__init__(adjustments)
        self.started_at = time.monotonic()

    def is_late(self) -> bool:
        """Whether it takes longer than allowed to arrive."""
        seconds = time.monotonic() - self.started_at
        if not self.headers_finished:
            return seconds > HEADER_SECONDS
        return bool(seconds > BODY_SECONDS + self.body_bytes_received / BODY_BYTES_PER_SECOND)


class Channel(HTTPChannel):  # type: ignore[misc]
    parser_class = TimedRequest

    def is_late(self, now: float) -> bool:
        """Whether the client sends or reads too slowly; ``now`` as by ``time.time``."""
        if self.request is not None and self.request.is_late():
            return True
        if not self.requests:
            return self.request is None and bool(self.last_activity < now - IDLE_SECONDS)
        is_stalled = bool(self.last_activity < now - STALLED_SECONDS)
        return is_stalled and self.total_outbufs_len > 0


class Server(TcpWSGIServer):  # type: ignore[misc]
    channel_class = Channel

    def maintenance(self, now: float) -> None:
        """Close late connections; directly, since one that is not read is never writable."""
        for channel in list(self.active_channels.values()):
            if channel.is_late(now):
                channel.handle_close()


class BufferingWorker(Worker):  # type: ignore[misc]  # gunicorn has no types
    """Runs waitress in a gunicorn worker process."""

    def run(self) -> None:
        """Serve until gunicorn says stop; then finish the requests that have arrived."""
        # Waitress's buffers are unlinked files: a kill leaves none.
        tempfile.tempdir = str(settings.FILE_UPLOAD_TEMP_DIR)
        logging.getLogger("waitress.queue").setLevel(logging.ERROR)
        channels: dict[int, Any] = {}
        dispatcher = ThreadedTaskDispatcher()
        dispatcher.set_thread_count(self.cfg.threads)
        servers = [self._server(listener.sock, channels, dispatcher) for listener in self.sockets]
        while self.alive and self.ppid == os.getppid():
            self._turn(channels)
        for server in servers:
            server.accepting = False
            server.del_channel()
        end = time.monotonic() + self.cfg.graceful_timeout
        while time.monotonic() < end and any(_busy(servers)):
            self._turn(channels)
        dispatcher.shutdown(timeout=1)

    def handle_quit(self, sig: int, frame: object) -> None:
        """End at once, also while threads are busy."""
        self.alive = False
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(2)
        super().handle_quit(sig, frame)

    def _server(
        self, sock: Any, channels: dict[int, Any], dispatcher: ThreadedTaskDispatcher
    ) -> Server:
        adjustments = Adjustments(
            threads=self.cfg.threads,
            sockets=[sock],
            ident="",
            connection_limit=MAX_CONNECTIONS,
            cleanup_interval=1,
            max_request_header_size=MAX_HEADER_BYTES,
            max_request_body_size=settings.UPLOAD_MAX_BYTES + FORM_BYTES,
            outbuf_high_watermark=OUTPUT_BYTES,
            clear_untrusted_proxy_headers=False,  # settings.TRUSTED_PROXY_COUNT says which count
            log_socket_errors=False,
        )
        place = (sock.family, sock.type, sock.proto, sock.getsockname())
        return Server(
            self.wsgi,
            map=channels,
            _sock=sock,
            dispatcher=dispatcher,
            adj=adjustments,
            sockinfo=place,
            bind_socket=False,
        )

    def _turn(self, channels: dict[int, Any]) -> None:
        self.notify()
        wasyncore.loop(timeout=LOOP_SECONDS, map=channels, use_poll=True, count=1)


def _busy(servers: list[Server]) -> Iterator[bool]:
    for server in servers:
        for channel in list(server.active_channels.values()):
            yield bool(channel.requests or channel.total_outbufs_len)
