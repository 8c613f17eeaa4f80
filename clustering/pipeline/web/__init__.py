"""The one HTTP client: every byte from the web comes through it, and every address is judged.

Failures are ``FetchError`` with a code of ``CODES``; the codes are stored on the domain,
shown, counted and exported, so they never change.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol

CODES: Final[Mapping[str, str]] = {
    "dns": "The name does not resolve",
    "refused_address": "The name leads to an address that is not public",
    "connect": "The site refused the connection",
    "tls": "The site's certificate or encryption is not valid",
    "timeout": "The site did not answer in time",
    "http_403": "The site refused us (403)",
    "http_404": "The site has no such page (404)",
    "http_4xx": "The site answered with an error (4xx)",
    "http_5xx": "The site is broken (5xx)",
    "too_many_redirects": "The site redirects in circles",
    "too_large": "The answer was larger than allowed",
    "request_limit": "The site needs more requests than we make",
    "bad_response": "The answer was no valid HTTP",
    "blocked": "The site shows robots a wall",
    "parked": "The domain is parked or leads to another brand",
    "no_logo": "The page shows no logo",
    "bad_image": "The logo's file is no usable image",
    "empty_image": "The logo's file shows nothing",
    "placeholder": "All there is stands in for a missing logo",
    "crashed": "The worker died on this site three times",
}


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
