"""Upload handler that stops reading a request at the size limit."""

from typing import Any

from django.core.files.uploadhandler import FileUploadHandler, StopUpload
from django.http import HttpRequest

from clustering import conf


class UploadLimit(FileUploadHandler):
    """Counts the bytes of all files of a request; stores nothing, so it comes first."""

    def __init__(self, request: HttpRequest | None = None) -> None:
        super().__init__(request)
        self._n_bytes = 0
        self.is_exceeded = False

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        """Pass the bytes to the next handler.

        At the limit the connection is reset instead of drained: draining would let a client
        occupy a server thread for any time.
        """
        self._n_bytes += len(raw_data)
        if self._n_bytes > conf.upload_max_bytes():
            self.is_exceeded = True
            raise StopUpload(connection_reset=True)
        return raw_data

    def file_complete(self, file_size: int) -> Any:
        """Leave the file to the next handlers."""
        return


def is_too_large(request: HttpRequest) -> bool:
    """Whether reading the request was stopped at the limit."""
    handlers = request.upload_handlers
    return any(isinstance(one, UploadLimit) and one.is_exceeded for one in handlers)
