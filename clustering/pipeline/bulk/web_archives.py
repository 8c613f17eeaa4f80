"""Web archives (WARC) as the input of a shard: home pages, and the images that they hold."""

import io
from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache
from typing import Any, Final
from urllib.parse import urlsplit

import requests
from requests.adapters import BaseAdapter, HTTPAdapter
from urllib3 import HTTPHeaderDict, HTTPResponse

from clustering.pipeline.domains.names import normalise
from clustering.pipeline.errors import InputError

MAX_BODY_BYTES: Final = 20 << 20  # of one record; the client has lower limits of its own
MAX_HEADER_BYTES: Final = 64 << 10
HOME: Final = "/"
ENCODING_HEADERS: Final = frozenset({"content-encoding", "transfer-encoding", "content-length"})
"""Of the transfer; bodies are handed out decoded."""


class Archive:
    """Index of the responses in one WARC file by address."""

    def __init__(self, path: str) -> None:
        """Read the file once; of an address that occurs twice, the first response counts.

        Raises:
            InputError: if the file cannot be read as WARC, or its reader is not installed.
        """
        self._path = path
        self._place_of: dict[str, int] = {}
        try:
            with open(path, "rb") as stream:  # noqa: PTH123  # the reader needs a file object
                for record in _records(stream):
                    key = _key(record.headers.get("WARC-Target-URI", ""))
                    if key and record.http_headers is not None:
                        self._place_of.setdefault(key, int(record.stream_pos))
        except OSError as error:
            raise InputError(f"{path} cannot be read as WARC: {error}") from error
        if not self._place_of:
            raise InputError(f"{path} is damaged or holds no responses")

    def domains(self) -> list[str]:
        """Return the domains whose home page is in the archive, sorted."""
        found = set()
        for key in self._place_of:
            host, _, path = key.partition("/")
            if path == "":
                with suppress(InputError):
                    found.add(normalise(host))
        return sorted(found)

    def response(self, url: str) -> HTTPResponse | None:
        """Return the response of an address; None if it is not in the archive."""
        place = self._place_of.get(_key(url))
        if place is None:
            return None
        with open(self._path, "rb") as stream:  # noqa: PTH123
            stream.seek(place)
            record = next(_records(stream))
            headers = HTTPHeaderDict(
                (name, value)
                for name, value in record.http_headers
                if name.lower() not in ENCODING_HEADERS
            )
            return HTTPResponse(
                body=io.BytesIO(record.reader.read(MAX_BODY_BYTES)),
                headers=headers,
                status=int(record.http_headers.status_code or 0),
                preload_content=False,
                decode_content=False,
            )


class ArchiveFirst(BaseAdapter):
    """Answers from an archive, and asks another adapter for what is not in it."""

    def __init__(self, archive: Archive, other: BaseAdapter) -> None:
        super().__init__()
        self._archive = archive
        self._other = other
        self._builder = HTTPAdapter()

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,  # noqa: FBT001, FBT002  # the signature of requests
        timeout: float | tuple[float, float] | tuple[float, None] | None = None,
        verify: bool | str = True,  # noqa: FBT001, FBT002  # the signature of requests
        cert: bytes | str | tuple[bytes | str, bytes | str] | None = None,
        proxies: Any = None,
    ) -> requests.Response:
        """Return the recorded response, or that of the other adapter."""
        found = self._archive.response(request.url or "")
        if found is not None:
            return self._builder.build_response(request, found)
        return self._other.send(request, stream, timeout, verify, cert, proxies)

    def close(self) -> None:
        """Release the connections of the other adapter."""
        self._other.close()


@lru_cache(maxsize=1)
def opened(path: str) -> Archive:
    """Return the index of a file; a process reads one archive after the other."""
    return Archive(path)


def _records(stream: Any) -> Iterator[Any]:
    try:
        from fastwarc.warc import ArchiveIterator, WarcRecordType
    except ImportError as error:
        raise InputError(
            "The reader of WARC files is not installed: pip install -r requirements-bulk.txt"
        ) from error
    return iter(
        ArchiveIterator(
            stream,
            record_types=WarcRecordType.response,
            parse_http=True,
            auto_decode="all",
            max_header_len=MAX_HEADER_BYTES,
        )
    )


def _key(url: str) -> str:
    """Return host and path; both schemes and ``www.`` share the responses."""
    try:
        parts = urlsplit(url.strip("<>"))
        host = (parts.hostname or "").removeprefix("www.")
    except ValueError:
        return ""
    query = f"?{parts.query}" if parts.query else ""
    return f"{host}{parts.path or HOME}{query}" if host else ""
