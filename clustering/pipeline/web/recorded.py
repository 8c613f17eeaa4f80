"""Recorded responses and failures by URL, in place of the network."""

import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import requests
from requests.adapters import BaseAdapter, HTTPAdapter
from urllib3 import HTTPResponse

from clustering.pipeline.errors import FetchError

INDEX: Final = "index.json"


class RecordedWeb(BaseAdapter):
    """Responses from a ZIP; an unknown page is a 404, an unknown host does not resolve.

    ``index.json`` holds ``{"hosts": {host: failure code or ""}, "answers": {"host/path":
    {"status": 200, "headers": {...}, "body": member}}}``. Both schemes and ``www.`` share
    the responses. Read-only after loading, so threads may share it.
    """

    def __init__(self, path: Path) -> None:
        super().__init__()
        with zipfile.ZipFile(path) as archive:
            index = json.loads(archive.read(INDEX))
            self._bodies = {
                name: archive.read(name) for name in archive.namelist() if name != INDEX
            }
        self._hosts: dict[str, str] = index["hosts"]
        self._answers: dict[str, dict[str, Any]] = index["answers"]
        self._builder = HTTPAdapter()

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,  # noqa: FBT001, FBT002  # the signature of requests
        timeout: float | tuple[float, float] | tuple[float, None] | None = None,
        verify: bool | str = True,  # noqa: FBT001, FBT002  # the signature of requests
        cert: bytes | str | tuple[bytes | str, bytes | str] | None = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        """Return the recorded response.

        Raises:
            FetchError: as recorded for the host; permanent.
        """
        parts = urlsplit(request.url or "")
        host = (parts.hostname or "").removeprefix("www.")
        failure = self._hosts.get(host, "dns")
        if failure:
            raise FetchError(failure, f"{host} fails like this in the recorded web")
        answer = self._answers.get(f"{host}{parts.path or '/'}", {"status": 404})
        raw = HTTPResponse(
            body=io.BytesIO(self._bodies.get(answer.get("body", ""), b"")),
            headers=answer.get("headers", {}),
            status=answer["status"],
            preload_content=False,
            decode_content=False,
        )
        return self._builder.build_response(request, raw)

    def close(self) -> None:
        """Do nothing: clients share the recording."""
