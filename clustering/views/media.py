"""Logos and their thumbnails, to those who may see a data set that holds them."""

from django.http import FileResponse, Http404
from django.views.decorators.http import require_safe

from clustering import conf
from clustering.models import Logo
from clustering.views.datasets import SignedInRequest

# The address holds the content's hash, so what lies behind it never changes.
FOREVER = "private, max-age=31536000, immutable"
POLICY = "default-src 'none'; sandbox"


@require_safe
def logo_image(request: SignedInRequest, sha256: str) -> FileResponse:
    """Serve the normalised image."""
    return _logo_file(request, sha256, f"{sha256}.png", "image/png")


@require_safe
def logo_thumbnail(request: SignedInRequest, sha256: str, side: str) -> FileResponse:
    """Serve the thumbnail whose longer side is ``side`` pixels at most."""
    return _logo_file(request, sha256, f"{sha256}-{side}.webp", "image/webp")


def _logo_file(
    request: SignedInRequest, sha256: str, file_name: str, media_type: str
) -> FileResponse:
    if not Logo.objects.for_user(request.user).filter(sha256=sha256).exists():
        raise Http404("No such logo.")
    file = conf.places().media / sha256[:2] / file_name
    if not file.is_file():
        raise Http404("The file of this logo is gone.")
    handle = file.open("rb")
    response = FileResponse(handle, content_type=media_type, filename=file_name)
    response["Cache-Control"] = FOREVER
    response["Content-Security-Policy"] = POLICY
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["X-Content-Type-Options"] = "nosniff"
    return response
