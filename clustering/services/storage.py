"""Logo files and their rows: content-addressed, written once, file before row."""

import logging
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from typing import Final

from PIL import Image

from clustering import conf
from clustering.models import Logo
from clustering.pipeline.errors import StorageDown
from clustering.pipeline.imaging import MAX_SIDE_PX, NormalisedImage, montage, palette
from clustering.pipeline.imaging.thumbnails import is_whole, thumbnail
from clustering.services.file_store import store

SPOOL_KEPT_SECONDS: Final = 3600  # longer than an upload may take
MONTAGE_LAYOUT: Final = "1"  # to be raised when the drawing changes

logger = logging.getLogger(__name__)
# What Pillow raises for a damaged PNG; an unexpected size may be forged.
UNREADABLE: Final = (
    OSError,
    ValueError,
    SyntaxError,
    Image.DecompressionBombError,
    Image.DecompressionBombWarning,
)


@dataclass(frozen=True)
class Picture:
    """A file that is shown."""

    name: str
    content: bytes


def logo_name(sha256: str, side: int | None = None) -> str:
    """Return the name of a logo: the PNG, or a WebP thumbnail of ``side`` px."""
    suffix = ".png" if side is None else f"-{side}.webp"
    return _named(sha256, suffix)


def _named(digest: str, suffix: str) -> str:
    return f"logos/{digest[:2]}/{digest}{suffix}"


def upload_name(sha256: str) -> str:
    """Return the name of an upload; it does not depend on the user's file name."""
    return f"uploads/{sha256}"


def reading_name(slug: str) -> str:
    """Return the name of the parsed rows of a data set's upload, kept until its import ends."""
    return f"readings/{slug}"


def picture(sha256: str) -> Picture | None:
    """Return a logo as it is stored; None if its file is missing."""
    name = logo_name(sha256)
    try:
        return Picture(name, store().read(name))
    except FileNotFoundError:
        return None


def opened(sha256: str) -> Image.Image | None:
    """Return a stored logo as RGBA; None if its file is missing or invalid."""
    try:
        file = BytesIO(store().read(logo_name(sha256)))
        with Image.open(file, formats=["PNG"]) as image:
            return image.convert("RGBA") if max(image.size) <= MAX_SIDE_PX else None
    except UNREADABLE:
        return None


def common_colours(first: Logo, second: Logo) -> palette.Common | None:
    """Return the colours that two stored logos share; None if a file is missing or invalid."""
    one, other = opened(first.sha256), opened(second.sha256)
    return None if one is None or other is None else palette.common(one, other)


def thumbnail_picture(sha256: str, side: int) -> Picture | None:
    """Return a thumbnail, made on first use; None if the logo's file is missing or invalid."""
    name = logo_name(sha256, side)
    kept = _kept(name)
    if kept is not None:
        return Picture(name, kept)
    image = opened(sha256)
    if image is None:
        return None
    content = thumbnail(image, side)
    _keep(name, content)
    return Picture(name, content)


def montage_picture(logos: Sequence[Logo], *, is_plain: bool) -> bytes:
    """Return the picture of a cluster's logos as WebP, made on first use.

    Args:
        is_plain: without dark backgrounds, for pages with one background for all logos.
    """
    grounds = ["" if is_plain else logo.ground for logo in logos]
    shown = [f"{logo.sha256} {ground}" for logo, ground in zip(logos, grounds, strict=True)]
    digest = sha256("\n".join([MONTAGE_LAYOUT, *shown]).encode()).hexdigest()
    name = _named(digest, "-montage.webp")
    kept = _kept(name)
    if kept is not None:
        return kept
    images = [opened(logo.sha256) for logo in logos]
    content = montage.montage(
        [
            montage.MontageLogo(image, has_dark_ground=ground == Logo.Ground.DARK)
            for image, ground in zip(images, grounds, strict=True)
        ]
    )
    if None not in images:
        _keep(name, content)
    return content


def _kept(name: str) -> bytes | None:
    """Return a WebP that was kept; None if there is none, or only a part of it."""
    try:
        content = store().read(name)
    except FileNotFoundError:
        return None
    return content if is_whole(content) else None


def _keep(name: str, content: bytes) -> None:
    """Store a picture that can be made again."""
    try:
        # Waiting for the disk took a third of the time of a thumbnail.
        store().write_cached(name, content)
    except (OSError, StorageDown):  # disk full or read-only
        logger.exception("a picture could not be kept")


def forget_spools() -> int:
    """Delete temporary files that killed processes left behind."""
    before = time.time() - SPOOL_KEPT_SECONDS
    n_deleted = 0
    for file in conf.places().spool.glob("*"):
        with suppress(OSError):  # finished, or deleted by another worker
            if file.is_file() and file.stat().st_mtime < before:
                file.unlink()
                n_deleted += 1
    return n_deleted


def store_image(image: NormalisedImage) -> None:
    """Write a logo's file unless it is there."""
    name = logo_name(image.sha256)
    if not store().has(name):
        store().write(name, image.png)


def record_logo(image: NormalisedImage) -> Logo:
    """Return the row of a stored image; create it if missing."""
    logo, _ = Logo.objects.get_or_create(
        sha256=image.sha256,
        defaults={
            "width": image.width,
            "height": image.height,
            "media_type": image.media_type,
            "phash": f"{image.phash:016x}",
            "ground": image.ground,
            "is_placeholder": image.is_placeholder,
        },
    )
    return logo


def keep_image(image: NormalisedImage) -> Logo:
    """Store an image's file, and then its row."""
    store_image(image)
    return record_logo(image)
