"""Logos and thumbnails, for members of a data set that contains them."""

from pathlib import PurePath

from django.http import Http404, HttpResponse
from django.views.decorators.http import require_safe

from clustering.models import Dataset
from clustering.services import storage
from clustering.views.access import SignedInRequest

# The URL contains the content's hash, so its content never changes.
FOREVER = "private, max-age=31536000, immutable"
MEDIA_TYPES = {".png": "image/png", ".webp": "image/webp"}
POLICY = "default-src 'none'; sandbox"


@require_safe
def logo_image(request: SignedInRequest, sha256: str) -> HttpResponse:
    """Serve the normalised image."""
    _require_access(request, sha256)
    return _served(storage.picture(sha256))


@require_safe
def logo_thumbnail(request: SignedInRequest, sha256: str, side: str) -> HttpResponse:
    """Serve the thumbnail of at most ``side`` pixels."""
    _require_access(request, sha256)
    return _served(storage.thumbnail_picture(sha256, int(side)))


def _require_access(request: SignedInRequest, sha256: str) -> None:
    """Answer 404 unless a data set of the user captured the logo, or was asked to classify it.

    A page asks for dozens of pictures: the first query, a chain of joins, answers nearly all.
    """
    mine = Dataset.objects.for_user(request.user).order_by()
    ways = ("domains__captures__logo__sha256", "classifications__logo__sha256")
    if not any(mine.filter(**{way: sha256}).exists() for way in ways):
        raise Http404("No such logo.")


def _served(picture: storage.Picture | None) -> HttpResponse:
    if picture is None:
        raise Http404("The file of this logo is gone.")
    name = PurePath(picture.name)
    response = HttpResponse(picture.content, content_type=MEDIA_TYPES[name.suffix])
    response["Content-Disposition"] = f'inline; filename="{name.name}"'
    response["Cache-Control"] = FOREVER
    response["Content-Security-Policy"] = POLICY
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["X-Content-Type-Options"] = "nosniff"
    return response
