"""Logos and thumbnails, for members of a data set that contains them."""

from pathlib import Path

from django.http import FileResponse, Http404
from django.views.decorators.http import require_safe

from clustering import conf
from clustering.models import Logo
from clustering.services import storage
from clustering.views.access import SignedInRequest

# The URL contains the content's hash, so its content never changes.
FOREVER = "private, max-age=31536000, immutable"
MEDIA_TYPES = {".png": "image/png", ".webp": "image/webp"}
POLICY = "default-src 'none'; sandbox"


@require_safe
def logo_image(request: SignedInRequest, sha256: str) -> FileResponse:
    """Serve the normalised image."""
    _require_access(request, sha256)
    return _served(storage.logo_file(conf.places().media, sha256))


@require_safe
def logo_thumbnail(request: SignedInRequest, sha256: str, side: str) -> FileResponse:
    """Serve the thumbnail of at most ``side`` pixels."""
    _require_access(request, sha256)
    return _served(storage.thumbnail_file(sha256, int(side)))


def _require_access(request: SignedInRequest, sha256: str) -> None:
    if not Logo.objects.for_user(request.user).filter(sha256=sha256).exists():
        raise Http404("No such logo.")


def _served(file: Path | None) -> FileResponse:
    if file is None or not file.is_file():
        raise Http404("The file of this logo is gone.")
    response = FileResponse(
        file.open("rb"), content_type=MEDIA_TYPES[file.suffix], filename=file.name
    )
    response["Cache-Control"] = FOREVER
    response["Content-Security-Policy"] = POLICY
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["X-Content-Type-Options"] = "nosniff"
    return response
