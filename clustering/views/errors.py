"""Error pages that need neither database nor storage."""

import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from clustering.pipeline.errors import StorageDown

RETRY_SECONDS = 5


def server_error(_request: HttpRequest) -> HttpResponse:
    """Return 503 if the database or the storage does not answer, else 500.

    Django calls this while it handles the exception. Templates get no request: its context
    processors would read the session from the database.
    """
    error = sys.exception()
    missing = "storage" if isinstance(error, StorageDown) else ""
    if isinstance(error, OperationalError | InterfaceError):
        missing = "database"
    page = render_to_string("500.html", {"missing": missing})
    if missing:
        return HttpResponse(page, status=503, headers={"Retry-After": str(RETRY_SECONDS)})
    return HttpResponse(page, status=500)
