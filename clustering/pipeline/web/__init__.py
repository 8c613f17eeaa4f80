"""The only HTTP client; every URL and address is checked.

Errors are ``FetchError`` with a code of ``errors.CODES``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Response:
    """A response after redirects; ``body`` is decoded and within the limits."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def media_type(self) -> str:
        """The declared type, lower case, without parameters; often wrong."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


class Client(Protocol):
    """HTTP client of the finders; one per domain."""

    def get(self, url: str, *, max_bytes: int, max_error_bytes: int = ...) -> Response:
        """Return the response of ``url`` after at most five redirects.

        Of error pages at most ``max_error_bytes`` are read.

        Raises:
            FetchError: with a code of ``CODES``; statuses of 400 and above raise too.
        """
        ...

    def keep_cookies(self, url: str, headers: Sequence[str]) -> None:
        """Keep cookies that a script of ``url`` sets."""
        ...

    def cookies_for(self, url: str) -> str:
        """Return the Cookie header of a request for ``url``, empty for none."""
        ...

    def close(self) -> None:
        """Release the connections."""
        ...
