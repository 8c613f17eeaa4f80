"""Error pages that need no database."""

import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

RETRY_SECONDS = 5


def server_error(_request: HttpRequest) -> HttpResponse:
    """Return 503 if the database does not answer, else 500.

    Django calls this while it handles the exception. Templates get no request: its context
    processors would read the session from the database.
    """
    is_unavailable = isinstance(sys.exception(), OperationalError | InterfaceError)
    page = render_to_string("500.html", {"is_unavailable": is_unavailable})
    if is_unavailable:
        return HttpResponse(page, status=503, headers={"Retry-After": str(RETRY_SECONDS)})
    return HttpResponse(page, status=500)
