"""Stops reading an upload at the limit, before a disk or a person's patience is full."""

from typing import Any

from django.core.files.uploadhandler import FileUploadHandler, StopUpload
from django.http import HttpRequest

from clustering import conf


class UploadLimit(FileUploadHandler):
    """Counts what arrives of all files of a request; keeps nothing, and so stands first."""

    def __init__(self, request: HttpRequest | None = None) -> None:
        super().__init__(request)
        self._n_bytes = 0
        self.is_exceeded = False

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        """Hand the bytes on to the next handler.

        The connection is given up rather than read to its end: whoever sends ten times the
        limit would keep a thread of the server busy for as long as they like.
        """
        self._n_bytes += len(raw_data)
        if self._n_bytes > conf.upload_max_bytes():
            self.is_exceeded = True
            raise StopUpload(connection_reset=True)
        return raw_data

    def file_complete(self, file_size: int) -> Any:
        """Leave the file to the handlers that follow."""
        return


def is_too_large(request: HttpRequest) -> bool:
    """Say whether reading the request was stopped at the limit."""
    handlers = request.upload_handlers
    return any(isinstance(one, UploadLimit) and one.is_exceeded for one in handlers)
