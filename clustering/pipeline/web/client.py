"""Safe HTTP client: one per domain, with limits on size, time, redirects and requests."""

import http.client
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Final, NamedTuple
from urllib.parse import urljoin

import requests
import urllib3.exceptions
from requests.adapters import BaseAdapter
from urllib3 import HTTPHeaderDict

from clustering.pipeline.errors import FetchError
from clustering.pipeline.web import Response
from clustering.pipeline.web.adapter import (
    QUICK,
    Dial,
    Dialer,
    NetworkAdapter,
    TransferLimits,
    dial,
)
from clustering.pipeline.web.addresses import AddressRules, Target, vet_url
from clustering.pipeline.web.bodies import MAX_WIRE_BYTES, read_body
from clustering.pipeline.web.cookies import Cookies
from clustering.pipeline.web.deadlines import Deadline
from clustering.pipeline.web.failures import BadStatus, as_fetch_error, status_error
from clustering.pipeline.web.intermediates import (
    INTERMEDIATES,
    MAX_CERTIFICATE_BYTES,
    IncompleteChain,
)
from clustering.pipeline.web.politeness import Budget, ConcurrencyLimits
from clustering.pipeline.web.resolver import Resolve, resolve
from clustering.pipeline.web.robots import MAX_ROBOTS_BYTES, Robots
from clustering.pipeline.web.tls import peer_certificate

MAX_REDIRECTS: Final = 5
REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
MAX_ERROR_BYTES: Final = 256 << 10  # enough to recognise a bot check
HTML_TYPES: Final = frozenset({"text/html", "application/xhtml+xml"})
ACCEPTED: Final = {
    "Accept": "text/html,application/xhtml+xml,image/*;q=0.9,*/*;q=0.8",
    "Accept-Language": "en,*;q=0.5",
    "Accept-Encoding": "gzip, deflate, br, zstd",
}
FAILURES: Final = (
    requests.RequestException,
    urllib3.exceptions.HTTPError,
    http.client.HTTPException,
    OSError,
    ValueError,  # a read from a socket closed by the deadline; invalid numbers
)


@dataclass(frozen=True)
class ClientOptions:
    """Options of one client."""

    user_agent: str
    """Includes an address where the operator can be reached."""
    rules: AddressRules = field(default_factory=AddressRules)
    limits: TransferLimits = QUICK
    domain_seconds: float = 60.0
    """Wall clock for all requests of one domain."""
    ca_file: str | None = None
    """CA certificates instead of certifi's."""


@dataclass(frozen=True)
class Politeness:
    """Request limits and robots.txt; callers share limits between clients."""

    concurrency: ConcurrencyLimits = field(default_factory=ConcurrencyLimits)
    budget: Budget = field(default_factory=Budget)
    robots: Robots | None = None
    """None where the operator does not obey robots.txt."""


class SafeClient:
    """Fetches public URLs within limits; see ``Client``.

    Uses the adapter of requests directly: a session would add proxies, .netrc and redirects,
    reads the whole body of a redirect (1.8 GB for a gzip bomb), and costs more than
    the request.
    """

    def __init__(
        self,
        options: ClientOptions,
        *,
        resolve: Resolve = resolve,
        dial: Dial = dial,
        adapter: BaseAdapter | None = None,
        wrap: Callable[[BaseAdapter], BaseAdapter] = lambda network: network,
        politeness: Politeness | None = None,
    ) -> None:
        """Make a client; ``adapter`` replaces the network, ``wrap`` adds to it.

        URLs are still vetted.
        """
        self._options = options
        self._politeness = politeness or Politeness()
        self._dialer = Dialer(options.rules, options.limits, resolve=resolve, dial=dial)
        self._whole = Deadline(options.domain_seconds, self._dialer.sockets)
        self._network = NetworkAdapter(self._dialer)
        self._adapter = wrap(adapter or self._network)
        self._completed = set[str]()
        self._headers = {"User-Agent": options.user_agent, **ACCEPTED}
        self._cookies = Cookies()

    def get(self, url: str, *, max_bytes: int, max_error_bytes: int = MAX_ERROR_BYTES) -> Response:
        """Return the response of ``url`` after at most five redirects; long HTML is truncated.

        Of error pages at most ``max_error_bytes`` are read.

        Raises:
            FetchError: with a code of ``CODES``; ``BadStatus`` for statuses from 400.
        """
        sizes = _Sizes(max_bytes, min(max_bytes, max_error_bytes))
        return self._follow(url, sizes, self._politeness.robots)

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> int:
        """Send ``body`` to ``url``; return the status, below 300. Redirects are not followed.

        Raises:
            FetchError: with a code of ``CODES``; ``BadStatus`` for statuses from 400.
        """
        target = vet_url(url, self._options.rules)
        sizes = _Sizes(MAX_ERROR_BYTES, 0)
        answer = self._ask_with_chain(target, sizes, _Sending("POST", dict(headers), body))
        if not isinstance(answer, Response):
            raise FetchError("bad_response", f"{target.host} redirects, which is not followed")
        return answer.status

    def keep_cookies(self, url: str, headers: Sequence[str]) -> None:
        """Keep cookies that a script of ``url`` sets, as if they came as Set-Cookie headers."""
        self._cookies.keep(url, headers)

    def cookies_for(self, url: str) -> str:
        """Return the Cookie header of a request for ``url``, empty for none."""
        return self._cookies.header(url)

    @property
    def seconds_left(self) -> float:
        """Remaining time for this domain."""
        return self._whole.seconds_left

    def close(self) -> None:
        """Release the connections."""
        self._adapter.close()
        self._dialer.sockets.close()

    def _follow(self, url: str, sizes: "_Sizes", robots: Robots | None) -> Response:
        for _ in range(MAX_REDIRECTS + 1):
            target = vet_url(url, self._options.rules)
            if robots is not None:
                robots.obey(target.url, self._robots_file)
            answer = self._ask_with_chain(target, sizes)
            if isinstance(answer, Response):
                return answer
            url = answer.url
        raise FetchError("too_many_redirects", f"more than {MAX_REDIRECTS} redirects")

    def _robots_file(self, url: str) -> Response:
        return self._follow(url, _Sizes(MAX_ROBOTS_BYTES, 0), None)

    def _ask_with_chain(
        self, target: Target, sizes: "_Sizes", sending: "_Sending | None" = None
    ) -> "Response | _Redirect":
        """Ask; where the server left intermediate certificates out, fetch them and ask again."""
        try:
            return self._ask(target, sizes, sending or GET)
        except IncompleteChain:
            if target.host in self._completed or not self._complete_chain(target):
                raise
            return self._ask(target, sizes, sending or GET)

    def _complete_chain(self, target: Target) -> bool:
        """Fetch the issuers that ``target`` should have sent; once for each host."""
        self._completed.add(target.host)
        try:
            self._politeness.budget.spend()
            leaf = self._peer_certificate(target)
            context = INTERMEDIATES.context(leaf, self._certificate_file, self._options.ca_file)
        except FetchError:
            return False
        if context is None:
            return False
        self._network.contexts[target.host] = context
        return True

    def _peer_certificate(self, target: Target) -> bytes:
        seconds = min(self._options.limits.url_seconds, self._whole.seconds_left)
        with (
            self._politeness.concurrency.taken(target.host, seconds),
            Deadline(seconds, self._dialer.sockets) as deadline,
            _fetch_errors(target.host, deadline),
        ):
            self._dialer.set_target(target, deadline)
            return peer_certificate(self._dialer.connect(target.host, target.port), target.host)

    def _certificate_file(self, url: str) -> bytes:
        return self._follow(url, _Sizes(MAX_CERTIFICATE_BYTES, 0), None).body

    def _ask(self, target: Target, sizes: "_Sizes", sending: "_Sending") -> "Response | _Redirect":
        """Return the response, or the redirect."""
        self._politeness.budget.spend()
        if self._whole.is_over:
            raise _timeout(target.host)
        with self._politeness.concurrency.taken(target.host, self._whole.seconds_left):
            seconds = min(self._options.limits.url_seconds, self._whole.seconds_left)
            with Deadline(seconds, self._dialer.sockets) as deadline:
                return self._answer(target, sizes, sending, deadline)

    def _answer(
        self, target: Target, sizes: "_Sizes", sending: "_Sending", deadline: Deadline
    ) -> "Response | _Redirect":
        self._dialer.set_target(target, deadline)
        with (
            _fetch_errors(target.host, deadline),
            self._send(target.url, sending, deadline) as answer,
        ):
            self._cookies.keep(target.url, _set_cookies(answer))
            found = _redirect(answer, target.url) or _response(answer, target.url, sizes)
        if deadline.is_over:  # a response cut by the deadline looks complete
            raise _timeout(target.host)
        return found

    def _send(self, url: str, sending: "_Sending", deadline: Deadline) -> requests.Response:
        limits = self._options.limits
        timeout = (limits.connect_seconds, min(limits.read_seconds, deadline.seconds_left))
        request = requests.PreparedRequest()
        request.prepare_method(sending.method)
        request.prepare_url(url, None)
        cookies = self._cookies.header(url)
        headers = {**self._headers, **sending.headers}
        request.prepare_headers({**headers, "Cookie": cookies} if cookies else headers)
        if sending.body is not None:
            request.prepare_body(sending.body, None)
        verify = self._options.ca_file or True
        return self._adapter.send(request, stream=True, timeout=timeout, verify=verify)


def _set_cookies(answer: requests.Response) -> list[str]:
    """Return the Set-Cookie headers, which must not be joined: dates contain commas."""
    headers = getattr(answer.raw, "headers", None)
    return headers.getlist("set-cookie") if isinstance(headers, HTTPHeaderDict) else []


def _timeout(host: str) -> FetchError:
    return FetchError("timeout", f"{host} took too long", is_transient=True)


class _Sizes(NamedTuple):
    """Bytes that are read at most."""

    of_page: int
    of_error: int


class _Sending(NamedTuple):
    method: str
    headers: dict[str, str]
    body: bytes | None


GET: Final = _Sending("GET", {}, None)


class _Redirect(NamedTuple):
    url: str
    status: int


def _redirect(answer: requests.Response, url: str) -> _Redirect | None:
    location = answer.headers.get("location") if answer.status_code in REDIRECTS else None
    return _Redirect(urljoin(url, _location(location)), answer.status_code) if location else None


def _location(value: str) -> str:
    """Return a Location header as text; http.client reads UTF-8 as Latin-1."""
    with suppress(UnicodeError):
        value = value.encode("latin-1").decode("utf-8")
    return value.strip().replace(" ", "%20")


def _response(answer: requests.Response, url: str, sizes: _Sizes) -> Response:
    headers = {name.lower(): value for name, value in answer.headers.items()}
    coding = headers.get("content-encoding", "").strip().lower()
    if answer.status_code >= 400:
        body = _error_body(answer, coding, sizes.of_error)
        response = Response(url, answer.status_code, headers, body)
        raise BadStatus(status_error(response.status), response)
    _refuse_declared_size(headers, sizes.of_page)
    body, is_cut = read_body(answer.raw, coding=coding, max_bytes=sizes.of_page)
    response = Response(url, answer.status_code, headers, body)
    if is_cut and not _is_html(response):
        raise FetchError("too_large", f"more than {sizes.of_page} bytes")
    return response


def _error_body(answer: requests.Response, coding: str, max_bytes: int) -> bytes:
    """Return the body of an error page, empty if it cannot be read."""
    try:
        return read_body(answer.raw, coding=coding, max_bytes=max_bytes)[0]
    except FetchError:
        return b""


def _is_html(response: Response) -> bool:
    return response.media_type in HTML_TYPES


def _refuse_declared_size(headers: Mapping[str, str], max_bytes: int) -> None:
    declared = headers.get("content-length", "").strip()
    is_html = headers.get("content-type", "").partition(";")[0].strip().lower() in HTML_TYPES
    limit = MAX_WIRE_BYTES if is_html else min(MAX_WIRE_BYTES, max_bytes)
    if declared.isascii() and declared.isdigit() and int(declared[:20]) > limit:
        raise FetchError("too_large", f"{declared[:20]} bytes were declared")


@contextmanager
def _fetch_errors(host: str, deadline: Deadline) -> Iterator[None]:
    """Convert exceptions of requests, urllib3 and sockets to FetchError."""
    try:
        yield
    except FetchError as error:
        if deadline.is_over and error.code == "bad_response":  # cut by the deadline, not damaged
            raise _timeout(host) from error
        raise
    except FAILURES as error:
        if deadline.is_over:
            raise _timeout(host) from error
        raise as_fetch_error(error, host) from error
