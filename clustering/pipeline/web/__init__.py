"""The one HTTP client: every byte from the web comes through it, and every address is judged.

Failures are ``FetchError`` with a code of ``errors.CODES``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Response:
    """One answer, after redirects: ``body`` is decoded (gzip, deflate) and within the caps."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def media_type(self) -> str:
        """The declared type, lower case, without parameters; sites lie about it."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


class Client(Protocol):
    """What finders may ask of the web; one per domain, closed after it."""

    def get(self, url: str, *, max_bytes: int) -> Response:
        """Return the answer of ``url`` after at most five redirects.

        Raises:
            FetchError: with a code of ``CODES``; statuses of 400 and above raise too.
        """
        ...

    def close(self) -> None:
        """Release the connections."""
        ...
