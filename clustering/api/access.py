"""Bearer tokens and their scopes; the run that an address names."""

from http import HTTPStatus

from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from ninja.security import HttpBearer

from clustering import conf
from clustering.api.problems import Problem
from clustering.models import ApiToken, Dataset, Run
from clustering.services import kept_answers, rate_limits, tokens
from clustering.services.curation.log import hold
from clustering.views.access import SignedInRequest

Scope = ApiToken.Scope
LATEST = "latest"
LIMITS_HEADERS = "rate_limit_headers"
KEY_HEADER = "Idempotency-Key"
ANSWER_KEY = "answer_key"
JSON = "application/json"


class Answered(Exception):
    """The same request was answered before."""

    def __init__(self, answer: kept_answers.Answer) -> None:
        super().__init__()
        self.answer = answer


class ApiRequest(SignedInRequest):
    """A request whose bearer token is valid; its user is the token's."""

    token: ApiToken


class Bearer(HttpBearer):
    """Accepts tokens that include a scope."""

    def __init__(self, scope: ApiToken.Scope) -> None:
        super().__init__()
        self._scope = scope

    def __call__(self, request: HttpRequest) -> ApiToken:
        token = super().__call__(request)
        if token is None:
            raise _unauthorised()
        found: ApiToken = token
        return found

    def authenticate(self, request: HttpRequest, secret: str) -> ApiToken:
        token = tokens.find(secret)
        if token is None:
            raise _unauthorised()
        _count(request, token)
        if not token.allows(self._scope):
            raise Problem(
                HTTPStatus.FORBIDDEN,
                "scope",
                f"this needs a token with the scope {self._scope}, not {token.scope}",
            )
        request.user = token.user
        request.token = token  # type: ignore[attr-defined]  # see ApiRequest
        _answer_again(request, token)
        return token


def _count(request: HttpRequest, token: ApiToken) -> None:
    allowance = rate_limits.count(token.pk, conf.api_requests_per_minute())
    headers = {
        "RateLimit-Limit": str(allowance.limit),
        "RateLimit-Remaining": str(allowance.n_left),
        "RateLimit-Reset": str(allowance.reset_seconds),
    }
    setattr(request, LIMITS_HEADERS, headers)
    if allowance.is_exceeded:
        raise Problem(
            HTTPStatus.TOO_MANY_REQUESTS,
            "rate_limited",
            f"more than {allowance.limit} requests in a minute",
            **{"Retry-After": str(allowance.reset_seconds)},
        )


def _answer_again(request: HttpRequest, token: ApiToken) -> None:
    """Raise the answer to an earlier request with the same key and content, if there was one.

    Files are not read for it: of them, only the length counts.
    """
    given = request.headers.get(KEY_HEADER, "")
    if not given or request.method != "POST" or "/corrections/" in request.path:
        return
    length = request.headers.get("Content-Length", "")
    content = request.body if request.content_type == JSON else length
    key = kept_answers.key_of(token.secret_sha256, given, request.get_full_path(), content)
    try:
        kept = kept_answers.begin(key)
    except kept_answers.AtWork as error:
        raise Problem(
            HTTPStatus.CONFLICT,
            "at_work",
            "the same request with this key is being answered",
            **{"Retry-After": "1"},
        ) from error
    if kept is not None:
        raise Answered(kept)
    setattr(request, ANSWER_KEY, key)


def _unauthorised() -> Problem:
    return Problem(
        HTTPStatus.UNAUTHORIZED,
        "unauthorised",
        "send a valid API token as “Authorization: Bearer lgs_...”",
        **{"WWW-Authenticate": "Bearer"},
    )


read = Bearer(Scope.READ)
curate = Bearer(Scope.CURATE)
admin = Bearer(Scope.ADMIN)


def get_run(dataset: Dataset, slug: str) -> Run:
    """Return a run of the data set; ``latest`` is the newest that succeeded. 404 if unknown."""
    if slug != LATEST:
        return get_object_or_404(dataset.runs.select_related("dataset"), slug=slug)
    run = dataset.runs.select_related("dataset").succeeded().first()
    if run is None:
        raise Http404("no run has succeeded")
    return run


def get_finished_run(dataset: Dataset, slug: str) -> Run:
    """Return a run that succeeded; 404 for others, which have no clusters."""
    run = get_run(dataset, slug)
    if run.status != Run.Status.SUCCEEDED:
        raise Http404("that run has not succeeded")
    return run


def hold_finished_run(dataset: Dataset, slug: str) -> Run:
    """Return a run that succeeded, for a decision; locked."""
    return hold(lambda: get_finished_run(dataset, slug))
