"""Logo files and their rows: content-addressed, written once, file before row."""

import logging
import os
import time
from collections.abc import Sequence
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Final
from uuid import uuid4

from PIL import Image

from clustering import conf
from clustering.models import Logo
from clustering.pipeline.imaging import MAX_SIDE_PX, NormalisedImage, montage, palette
from clustering.pipeline.imaging.thumbnails import thumbnail

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


def logo_file(root: Path, sha256: str, side: int | None = None) -> Path:
    """Return the path of a logo: the PNG, or a WebP thumbnail of ``side`` px."""
    name = f"{sha256}.png" if side is None else f"{sha256}-{side}.webp"
    return root / sha256[:2] / name


def opened(sha256: str) -> Image.Image | None:
    """Return a stored logo as RGBA; None if its file is missing or invalid."""
    try:
        with Image.open(logo_file(conf.places().media, sha256), formats=["PNG"]) as image:
            return image.convert("RGBA") if max(image.size) <= MAX_SIDE_PX else None
    except UNREADABLE:
        return None


def common_colours(first: Logo, second: Logo) -> palette.Common | None:
    """Return the colours that two stored logos share; None if a file is missing or invalid."""
    one, other = opened(first.sha256), opened(second.sha256)
    return None if one is None or other is None else palette.common(one, other)


def thumbnail_file(sha256: str, side: int) -> Path | None:
    """Return the file of a thumbnail, made on first use; None if the logo file is missing.

    If it cannot be written, the logo's own file is returned.
    """
    root = conf.places().media
    file = logo_file(root, sha256, side)
    if not file.is_file():
        image = opened(sha256)
        if image is None:
            return None
        try:
            write_atomically(file, thumbnail(image, side))
        except OSError:  # disk full or read-only: serve the logo itself
            logger.exception("a thumbnail could not be kept")
            return logo_file(root, sha256)
    return file


def montage_picture(logos: Sequence[Logo], *, is_plain: bool) -> bytes:
    """Return the picture of a cluster's logos as WebP, made on first use.

    Args:
        is_plain: without dark backgrounds, for pages with one background for all logos.
    """
    grounds = ["" if is_plain else logo.ground for logo in logos]
    shown = [f"{logo.sha256} {ground}" for logo, ground in zip(logos, grounds, strict=True)]
    digest = sha256("\n".join([MONTAGE_LAYOUT, *shown]).encode()).hexdigest()
    root = conf.places().media
    file = root / digest[:2] / f"{digest}-montage.webp"
    with suppress(OSError):
        return file.read_bytes()
    images = [opened(logo.sha256) for logo in logos]
    content = montage.montage(
        [
            montage.MontageLogo(image, has_dark_ground=ground == Logo.Ground.DARK)
            for image, ground in zip(images, grounds, strict=True)
        ]
    )
    if None not in images:
        try:
            write_atomically(file, content)
        except OSError:  # disk full or read-only
            logger.exception("a montage could not be kept")
    return content


def write_atomically(path: Path, content: bytes) -> None:
    """Write ``content`` atomically, also across a crash."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{uuid4().hex}")
    try:
        with temporary.open("wb") as handle:
            handle.write(content)
            handle.flush()
            os.fsync(handle.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def forget_spools() -> int:
    """Delete temporary files that killed processes left in the folders of uploads."""
    before = time.time() - SPOOL_KEPT_SECONDS
    n_deleted = 0
    for folder, pattern in ((conf.places().spool, "*"), (conf.places().uploads, ".*")):
        for file in folder.glob(pattern):
            with suppress(OSError):  # finished, or deleted by another worker
                if file.is_file() and file.stat().st_mtime < before:
                    file.unlink()
                    n_deleted += 1
    return n_deleted


def store_image(image: NormalisedImage, root: Path) -> None:
    """Write a logo's file unless it is there."""
    png = logo_file(root, image.sha256)
    if not png.exists():
        write_atomically(png, image.png)


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


def keep_image(image: NormalisedImage, root: Path) -> Logo:
    """Store an image's file, and then its row."""
    store_image(image, root)
    return record_logo(image)
