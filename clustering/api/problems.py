"""Errors of the API as application/problem+json (RFC 9457)."""

import json
import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from django.core.exceptions import (
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
)
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

from clustering.pipeline.errors import InputError, StorageDown
from clustering.services.curation.conflicts import Conflict
from clustering.views.errors import RETRY_SECONDS

MEDIA_TYPE = "application/problem+json"
MOST_ERRORS = 20  # of one request, in its answer

logger = logging.getLogger(__name__)


class Problem(Exception):
    """An error of a request, with its status."""

    def __init__(self, status: HTTPStatus, code: str, detail: str, **headers: str) -> None:
        super().__init__(detail)
        self.status, self.code, self.detail, self.headers = status, code, detail, headers


def response_of(
    status: int, code: str, detail: str, headers: Mapping[str, str] | None = None, **extra: Any
) -> HttpResponse:
    """Return a problem document; ``code`` is stable, the texts are for people."""
    content = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": int(status),
        "code": code,
        "detail": detail,
        **extra,
    }
    return HttpResponse(
        json.dumps(content),
        content_type=MEDIA_TYPE,
        status=int(status),
        headers=dict(headers or {}),
    )


def unavailable(service: str = "database") -> HttpResponse:
    """Return 503: a service that the API needs does not answer."""
    detail = f"the {service} does not answer; try again"
    return response_of(503, "unavailable", detail, {"Retry-After": str(RETRY_SECONDS)})


def install(api: NinjaAPI) -> None:
    """Make ``api`` answer errors with problem documents."""

    @api.exception_handler(Problem)
    def problem(_request: HttpRequest, error: Problem) -> HttpResponse:
        return response_of(error.status, error.code, error.detail, error.headers)

    @api.exception_handler(Http404)
    def not_found(_request: HttpRequest, _error: Http404) -> HttpResponse:
        return response_of(404, "not_found", "there is no such thing, or you may not see it")

    @api.exception_handler(PermissionDenied)
    def forbidden(_request: HttpRequest, error: PermissionDenied) -> HttpResponse:
        return response_of(403, "forbidden", str(error) or "that is not allowed")

    @api.exception_handler(ValidationError)
    def invalid(_request: HttpRequest, error: ValidationError) -> HttpResponse:
        errors = [
            {"where": ".".join(map(str, one.get("loc", ()))), "message": one.get("msg", "")}
            for one in error.errors[:MOST_ERRORS]
        ]
        detail = "; ".join(f"{one['where']}: {one['message']}" for one in errors)
        return response_of(422, "invalid", detail, errors=errors)

    @api.exception_handler(HttpError)
    def http_error(_request: HttpRequest, error: HttpError) -> HttpResponse:
        return response_of(error.status_code, "bad_request", error.message)

    @api.exception_handler(Conflict)
    def conflict(_request: HttpRequest, error: Conflict) -> HttpResponse:
        return response_of(412, error.code, str(error))

    @api.exception_handler(InputError)
    def bad_input(_request: HttpRequest, error: InputError) -> HttpResponse:
        return response_of(422, error.code, str(error))

    _install_failures(api)


def _install_failures(api: NinjaAPI) -> None:
    @api.exception_handler(RequestDataTooBig)
    def too_large(_request: HttpRequest, _error: RequestDataTooBig) -> HttpResponse:
        return response_of(413, "too_large", "the request is larger than allowed")

    @api.exception_handler(SuspiciousOperation)
    @api.exception_handler(MultiPartParserError)
    def malformed(_request: HttpRequest, _error: Exception) -> HttpResponse:
        return response_of(400, "bad_request", "the request cannot be read")

    @api.exception_handler(OperationalError)
    @api.exception_handler(InterfaceError)
    def no_database(_request: HttpRequest, error: Exception) -> HttpResponse:
        logger.error("The API has no database: %s", error)
        return unavailable()

    @api.exception_handler(StorageDown)
    def no_storage(_request: HttpRequest, error: StorageDown) -> HttpResponse:
        logger.error("The API has no storage: %s", error)
        return unavailable("storage")
