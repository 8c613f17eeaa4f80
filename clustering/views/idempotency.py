"""What makes a form that is sent twice decide once."""

from uuid import UUID, uuid4, uuid5

from clustering.pipeline.errors import InputError
from clustering.views.access import SignedInRequest

HIDDEN = ("csrfmiddlewaretoken", "next")  # fields that decide nothing


def client_id_of(request: SignedInRequest) -> UUID:
    """Return an id of the form and what is in it.

    A form sent twice decides once; one that the browser's Back button brought back and a
    person filled in anew is another decision.
    """
    given = request.POST.get("client_id", "")
    if not given:
        return uuid4()
    fields = sorted((name, values) for name, values in request.POST.lists() if name not in HIDDEN)
    return uuid5(known_uuid(given), repr((request.user.pk, request.get_full_path(), fields)))


def known_uuid(text: str) -> UUID:
    """Return an id that a page of ours gave."""
    try:
        return UUID(text)
    except ValueError as error:
        raise InputError("that is no known id; reload the page and try again") from error
