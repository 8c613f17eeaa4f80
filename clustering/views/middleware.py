"""Checks and headers of all requests."""

import re
from collections.abc import Callable, Iterator
from typing import Any, Final
from uuid import uuid4

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest
from django.http.response import HttpResponseBase

from clustering import conf
from clustering.api import problems
from logosite import logs

REQUEST_ID: Final = "X-Request-ID"
REQUEST_ID_FORM: Final = re.compile(r"[\w-]{8,64}", re.ASCII)
NUL = "\0"
NO_NUL = "NUL characters are not accepted."
API = "/api/"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
NOT_FOR_GUESTS = frozenset({"account", "members", "teams"})
ALWAYS_FOR_GUESTS = frozenset({"login", "login-link", "logout", "invitation", "share"})
UNUSED_FEATURES = (
    "accelerometer camera display-capture geolocation gyroscope microphone midi payment usb"
)
HEADERS = {
    "Permissions-Policy": ", ".join(f"{name}=()" for name in UNUSED_FEATURES.split()),
    "Cross-Origin-Resource-Policy": "same-origin",
}

Responder = Callable[[HttpRequest], HttpResponseBase]


def response_headers(get_response: Responder) -> Responder:
    """Add the security headers that Django lacks; keep personal pages out of shared caches."""

    def respond(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        session = getattr(request, "session", None)  # missing where an earlier middleware answers
        if session is not None and session.accessed:
            response.headers.setdefault("Cache-Control", "private, no-cache")
        return response

    return respond


def named_request(get_response: Responder) -> Responder:
    """Give every request an id, in its log lines and in its answer.

    The id of a trusted proxy is kept, so that its log and ours can be joined.
    """

    def respond(request: HttpRequest) -> HttpResponseBase:
        given = request.headers.get(REQUEST_ID, "") if conf.trusted_proxy_count() else ""
        name = given if REQUEST_ID_FORM.fullmatch(given) else uuid4().hex
        with logs.bound(request=name):
            response = get_response(request)
        response.headers[REQUEST_ID] = name
        return response

    return respond


class GuestsOnlyRead:
    """Answer 404 to the guest of a share link except for reading: they see one data set."""

    def __init__(self, get_response: Responder) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self._get_response(request)

    def process_view(self, request: HttpRequest, *_: object) -> None:
        match = request.resolver_match
        name = match.url_name if match else None
        if not getattr(request.user, "is_guest", False) or name in ALWAYS_FOR_GUESTS:
            return
        if request.method not in SAFE_METHODS or name in NOT_FOR_GUESTS:
            raise Http404


class RefuseNul:
    """Answer 400 to NUL characters in path, query or form: PostgreSQL cannot store them."""

    def __init__(self, get_response: Responder) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self._get_response(request)

    def process_view(
        self, request: HttpRequest, _view: object, _args: object, kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        if any(NUL in text for text in _texts(request, kwargs)):
            if request.path.startswith(API):
                return problems.response_of(400, "bad_request", NO_NUL)
            return HttpResponseBadRequest(NO_NUL, "text/plain")
        return None


def _texts(request: HttpRequest, kwargs: dict[str, Any]) -> Iterator[str]:
    yield from map(str, kwargs.values())
    for query in (request.GET, request.POST):
        for name, values in query.lists():
            yield from (str(name), *map(str, values))
