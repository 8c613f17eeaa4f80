"""The API object, what all its answers have in common, and its OpenAPI document."""

import json
from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any, Final

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import URLPattern, URLResolver, path
from django.utils.cache import patch_vary_headers
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import conditional_page
from ninja import NinjaAPI, Swagger
from ninja.openapi.schema import OpenAPISchema
from ninja.operation import Operation
from ninja.parser import Parser

from clustering.api import (
    access,
    classifications,
    clusters,
    corrections,
    datasets,
    exports,
    items,
    problems,
    review,
    rules,
    runs,
    search,
    uploads,
    why,
)
from clustering.api.problems import MEDIA_TYPE
from clustering.services import kept_answers

NUL: Final = "\0"
METHOD_NOT_ALLOWED: Final = 405
DESCRIPTION: Final = (
    "Send an API token of your account page as `Authorization: Bearer lgs_...`. Lists have"
    " cursors: pass `next` of an answer as `cursor`. Errors are `application/problem+json` with"
    " a stable `code`."
)
PROBLEMS: Final = {
    400: "The request cannot be read, or the cursor is invalid",
    401: "The token is missing, unknown or revoked",
    403: "The scope of the token or the role does not allow it",
    404: "Not found, or not yours",
    405: "This method is not supported here",
    409: "The same request with this Idempotency-Key is being answered; see Retry-After",
    412: "The domains or clusters were changed since the ETag of If-Match",
    413: "The request is too large",
    422: "A value is invalid",
    429: "Too many requests; see Retry-After",
    503: "A service does not answer; see Retry-After",
}
PROBLEM_SCHEMA: Final = {
    "type": "object",
    "title": "Problem",
    "required": ["type", "title", "status", "code", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "detail": {"type": "string"},
        "errors": {"type": "array", "items": {"type": "object"}},
    },
}
KEY_PARAMETER: Final = {
    "in": "header",
    "name": access.KEY_HEADER,
    "required": False,
    "schema": {"type": "string", "maxLength": 200},
    "description": "the same request with the same key is done once within a day; its answer is"
    " sent again",
}
View = Callable[..., HttpResponseBase]


class StorableJson(Parser):
    """Refuses NUL characters and halves of surrogate pairs, which databases cannot store."""

    def parse_body(self, request: HttpRequest) -> Any:
        body = json.loads(request.body)
        for text in _texts(body):
            text.encode()  # of half a pair, it raises a ValueError
            if NUL in text:
                raise ValueError("NUL")
        return body


class Api(NinjaAPI):
    """Documents the problems of every operation; operations are called like their functions."""

    def get_openapi_schema(self, **options: Any) -> OpenAPISchema:
        schema = super().get_openapi_schema(**options)
        schema.setdefault("components", {}).setdefault("schemas", {})["Problem"] = PROBLEM_SCHEMA
        for operations in schema["paths"].values():
            for method, operation in operations.items():
                _document(method, operation)
        return schema

    def get_openapi_operation_id(self, operation: Operation) -> str:
        return operation.view_func.__name__


def _document(method: str, operation: dict[str, Any]) -> None:
    """Add what every answer may be."""
    reference = {"schema": {"$ref": "#/components/schemas/Problem"}}
    responses = operation["responses"]
    for status, description in PROBLEMS.items():
        content = {MEDIA_TYPE: reference}
        responses.setdefault(status, {"description": description, "content": content})
    parameters = operation.setdefault("parameters", [])
    if method == "post" and all(one["name"] != access.KEY_HEADER for one in parameters):
        parameters.append(KEY_PARAMETER)
    if method == "get":
        responses[304] = {"description": "Unchanged since the given ETag"}


api = Api(
    title="Logosite API",
    version="1",
    description=DESCRIPTION,
    urls_namespace="api",
    auth=access.read,
    docs=Swagger({"persistAuthorization": False, "tryItOutEnabled": True}),
    parser=StorableJson(),
)
problems.install(api)
ROUTERS: Final = (
    datasets.router,
    uploads.router,
    runs.router,
    clusters.router,
    items.router,
    corrections.router,
    rules.router,
    review.router,
    search.router,
    classifications.router,
    exports.router,
    why.router,
)
for router in ROUTERS:
    api.add_router("", router)


def _texts(value: Any) -> Iterator[str]:
    """Yield all strings of a JSON value."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, str):
            yield one
        elif isinstance(one, dict):
            waiting += [*one.keys(), *one.values()]
        elif isinstance(one, list):
            waiting += one


def _common(view: View) -> View:
    """Return ``view`` with what all answers of the API have: ETag, limits, no sign-in page."""
    conditional: View = conditional_page(view)

    @wraps(view)
    def respond(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = conditional(request, *args, **kwargs)
        if response.status_code == METHOD_NOT_ALLOWED:
            allow = {"Allow": response.headers.get("Allow", "")}
            response = problems.response_of(
                METHOD_NOT_ALLOWED, "method_not_allowed", "see the Allow header", allow
            )
        if key := getattr(request, access.ANSWER_KEY, ""):
            kept_answers.end(key, _kept(response))
        for name, value in getattr(request, access.LIMITS_HEADERS, {}).items():
            response.headers[name] = value
        response.headers.setdefault("Cache-Control", "private, no-cache")
        patch_vary_headers(response, ["Authorization"])
        return response

    return login_not_required(csrf_exempt(respond))


def _kept(response: HttpResponseBase) -> kept_answers.Answer | None:
    """Return what a repetition of the request is answered with; None to do it again."""
    if response.status_code >= 300 or not isinstance(response, HttpResponse):
        return None
    headers = response.headers
    return kept_answers.Answer(
        response.status_code,
        headers.get("Content-Type", ""),
        response.text,
        headers.get("Location", ""),
    )


@api.exception_handler(access.Answered)
def _answered(_request: HttpRequest, error: access.Answered) -> HttpResponse:
    kept = error.answer
    response = HttpResponse(kept.text, status=kept.status, content_type=kept.media_type)
    if kept.location:
        response.headers["Location"] = kept.location
    response.headers["Idempotency-Replayed"] = "true"
    return response


def _nothing_here(_request: HttpRequest, **_kwargs: object) -> HttpResponse:
    return problems.response_of(404, "not_found", "the API has no such address")


def _wrapped(pattern: URLPattern | URLResolver) -> URLPattern:
    if not isinstance(pattern, URLPattern):
        raise TypeError("routers of the API are flat")
    pattern.callback = _common(pattern.callback)
    return pattern


def urls() -> tuple[list[URLPattern], str, str]:
    """Return the addresses of the API; unknown ones are problems too."""
    patterns, app, namespace = api.urls
    rest = path("<path:rest>", login_not_required(csrf_exempt(_nothing_here)), name="nothing")
    return [*map(_wrapped, patterns), rest], app, namespace
