"""Maps exceptions and HTTP statuses to error codes."""

import http.client
import ssl
from collections.abc import Iterator
from typing import Final

import requests
import urllib3.exceptions

from clustering.pipeline.errors import FetchError
from clustering.pipeline.web import Response
from clustering.pipeline.web.intermediates import IncompleteChain, is_incomplete

TRANSIENT_STATUSES: Final = frozenset({408, 425, 429})


class BadStatus(FetchError):
    """A response with a status of 400 or above; the body distinguishes bot checks from errors."""

    def __init__(self, code: str, response: Response) -> None:
        is_transient = response.status >= 500 or response.status in TRANSIENT_STATUSES
        super().__init__(code, f"status {response.status}", is_transient=is_transient)
        self.response = response


def status_error(status: int) -> str:
    """Return the code of a status of 400 or above."""
    if status >= 500:
        return "http_5xx"
    if status in {404, 410}:
        return "http_404"
    return "http_403" if status == 403 else "http_4xx"


def as_fetch_error(error: Exception, host: str) -> FetchError:
    """Return the FetchError of ``error``; messages never contain an IP address."""
    causes = list(_causes(error))
    if _any(causes, TimeoutError, requests.Timeout, urllib3.exceptions.TimeoutError):
        return FetchError("timeout", f"{host} took too long", is_transient=True)
    if any(is_incomplete(cause) for cause in causes):
        return IncompleteChain(host)
    if _any(causes, ssl.SSLError, requests.exceptions.SSLError, urllib3.exceptions.SSLError):
        return FetchError("tls", f"the certificate or encryption of {host} is not valid")
    if _any(causes, ConnectionError, http.client.RemoteDisconnected):
        return FetchError("connect", f"{host} closed the connection", is_transient=True)
    return FetchError("bad_response", f"{host} sent no valid HTTP")


def _any(causes: list[BaseException], *kinds: type[BaseException]) -> bool:
    return any(isinstance(cause, kinds) for cause in causes)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield ``error`` and its causes; urllib3 wraps in args and in ``reason``."""
    waiting, seen = [error], set[int]()
    while waiting and len(seen) < 20:
        cause = waiting.pop()
        if id(cause) in seen:
            continue
        seen.add(id(cause))
        yield cause
        wrapped = [*cause.args, getattr(cause, "reason", None), cause.__cause__, cause.__context__]
        waiting += [item for item in wrapped if isinstance(item, BaseException)]
