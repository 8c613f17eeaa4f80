"""Liveness and readiness, for container engines and load balancers."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from clustering.services import readiness
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
    """List what the product needs, a line each; 503 if pages cannot be served."""
    parts = readiness.parts()
    lines = [f"{part.name}: {part.problem or 'ok'}\n" for part in parts]
    is_down = any(part.problem and part.is_needed_by_web for part in parts)
    response = HttpResponse("".join(lines), content_type="text/plain")
    if is_down:
        response.status_code = 503
        response.headers["Retry-After"] = str(RETRY_SECONDS)
    return response
