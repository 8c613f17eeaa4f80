"""Idempotency keys: a form that is sent twice is applied once."""

from uuid import UUID, uuid4, uuid5

from clustering.pipeline.errors import InputError
from clustering.views.access import SignedInRequest

HIDDEN = ("csrfmiddlewaretoken", "next")  # fields without effect on the decision


def client_id_of(request: SignedInRequest) -> UUID:
    """Return an id of the form and its values.

    A form that is sent twice is applied once; one that was filled in again after the
    browser's Back button is a new decision.
    """
    given = request.POST.get("client_id", "")
    if not given:
        return uuid4()
    fields = sorted((name, values) for name, values in request.POST.lists() if name not in HIDDEN)
    return uuid5(known_uuid(given), repr((request.user.pk, request.get_full_path(), fields)))


def known_uuid(text: str) -> UUID:
    """Parse an id that one of our pages contained."""
    try:
        return UUID(text)
    except ValueError as error:
        raise InputError("that is no known id; reload the page and try again") from error
