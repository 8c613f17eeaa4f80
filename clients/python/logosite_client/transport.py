"""Requests with a token: pages, retries, errors."""

import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

import requests

WAITED_FOR = frozenset({429, 503})
MOST_TRIES = 5
LONGEST_WAIT_SECONDS = 60.0
CHUNK_BYTES = 1 << 16
TIMEOUT_SECONDS = 30.0


class LogositeError(Exception):
    """A problem that the API answered with."""

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(f"{detail} ({status} {code})")
        self.status, self.code, self.detail = status, code, detail


class Transport:
    """Sends requests to one installation as the user of one token."""

    def __init__(self, url: str, token: str, timeout: float) -> None:
        self._base = f"{url.rstrip('/')}/api/v1"
        self._timeout = timeout
        self._session = requests.Session()
        self._session.headers["Authorization"] = f"Bearer {token}"

    def get(self, path: str, **query: Any) -> Any:
        """Return the content of an answer."""
        return self._send("GET", path, params=_given(query)).json()

    def post(self, path: str, body: object, **query: Any) -> Any:
        """Send a body of JSON; repeated after a lost answer, it acts once."""
        key = {"Idempotency-Key": uuid4().hex}
        answer = self._send("POST", path, json=body, params=_given(query), headers=key)
        return answer.json() if answer.content else None

    def upload(self, path: str, file: Path, fields: Mapping[str, str]) -> Any:
        """Send a file."""
        with file.open("rb") as stream:
            sent = {"file": (file.name, stream)}
            return self._send("POST", path, files=sent, data=dict(fields)).json()

    def delete(self, path: str) -> None:
        """Delete what is at a path."""
        self._send("DELETE", path)

    def pages(self, path: str, **query: Any) -> Iterator[Any]:
        """Yield the entries of a list, page by page."""
        cursor = ""
        while True:
            page = self.get(path, cursor=cursor, **query)
            yield from page["results"]
            cursor = page["next"] or ""
            if not cursor:
                return

    def download(self, path: str, target: Path) -> None:
        """Write a streamed answer to a file."""
        with self._send("GET", path, stream=True) as answer, target.open("wb") as file:
            for chunk in answer.iter_content(CHUNK_BYTES):
                file.write(chunk)

    def _send(self, method: str, path: str, **options: Any) -> requests.Response:
        for n_tries in range(1, MOST_TRIES + 1):
            answer = self._session.request(
                method, self._base + path, timeout=self._timeout, **options
            )
            is_file = "files" in options  # its stream has been read
            if answer.status_code not in WAITED_FOR or is_file or n_tries == MOST_TRIES:
                break
            time.sleep(min(float(answer.headers.get("Retry-After", "1")), LONGEST_WAIT_SECONDS))
        if answer.status_code >= 400:
            raise _error(answer)
        return answer


def _given(query: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in query.items() if value not in (None, "", False)}


def _error(answer: requests.Response) -> LogositeError:
    try:
        problem = answer.json()
        code, detail = str(problem["code"]), str(problem["detail"])
    except (ValueError, KeyError, TypeError):
        code, detail = "http", answer.text[:200]
    return LogositeError(answer.status_code, code, detail)
