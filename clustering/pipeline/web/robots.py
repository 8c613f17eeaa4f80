"""Obeys robots.txt (RFC 9309) where the operator enables it."""

from collections.abc import Callable
from typing import Final
from urllib.parse import urlsplit

from clustering.pipeline.errors import FetchError
from clustering.pipeline.web import Response
from clustering.pipeline.web.failures import BadStatus

MAX_ROBOTS_BYTES: Final = 512 << 10  # the RFC asks for 500 KiB at least

IsAllowed = Callable[[bytes, str], bool]
"""(robots.txt, URL) -> whether our User-Agent may request the URL."""


class Robots:
    """The robots.txt files of one domain's requests, each fetched once."""

    def __init__(self, is_allowed: IsAllowed) -> None:
        self._is_allowed = is_allowed
        self._files: dict[str, bytes] = {}

    def obey(self, url: str, get: Callable[[str], Response]) -> None:
        """Raise if ``url`` may not be requested; ``get`` fetches the robots.txt.

        Raises:
            FetchError: ``robots`` if disallowed or the server fails; else the fetch error.
        """
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        if origin not in self._files:
            self._files[origin] = _rules(f"{origin}/robots.txt", get)
        if not self._is_allowed(self._files[origin], url):
            raise FetchError("robots", f"{parts.netloc} asks robots to stay away")


def _rules(address: str, get: Callable[[str], Response]) -> bytes:
    """Return the file; a missing one allows everything, a server error nothing."""
    try:
        return get(address).body
    except BadStatus as error:
        if error.response.status >= 500:
            message = f"robots.txt: status {error.response.status}"
            raise FetchError("robots", message, is_transient=True) from error
        return b""
    except FetchError as error:
        if error.code == "too_large":
            raise FetchError("robots", "robots.txt is too large to be read") from error
        raise
