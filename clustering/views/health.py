"""Liveness and readiness, for container engines and load balancers."""

from django.contrib.auth.decorators import login_not_required
from django.db import Error, connection
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from clustering.views.errors import RETRY_SECONDS


@login_not_required
@never_cache
@require_safe
def health(_request: HttpRequest) -> HttpResponse:
    """Return "ok": the process answers. A restart would not help a database that is down."""
    return HttpResponse("ok", content_type="text/plain")


@login_not_required
@never_cache
@require_safe
def ready(_request: HttpRequest) -> HttpResponse:
    """Return "ok" if the database answers, else 503."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error:
        return HttpResponse(
            "the database does not answer",
            content_type="text/plain",
            status=503,
            headers={"Retry-After": str(RETRY_SECONDS)},
        )
    return HttpResponse("ok", content_type="text/plain")
