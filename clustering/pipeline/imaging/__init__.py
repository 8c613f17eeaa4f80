"""Bytes of any kind -> one normalised image, decoded in a limited child process.

bytes -> decode (PNG JPEG GIF WebP AVIF BMP ICO, SVG after sanitising)
      -> normalise (RGBA, first or largest frame, at most 512 px)
      -> NormalisedImage (PNG, hashes, the ground it needs)
PNG -> thumbnails.thumbnail(), when somebody looks
NormalisedImage -> preparation.prepare() -> the square RGB canvas that embedders see
"""

from dataclasses import dataclass
from typing import Final

MAX_SIDE_PX: Final = 512


@dataclass(frozen=True)
class PictureRegion:
    """What of a file is the picture, where that is not all of it."""

    symbol: str = ""
    """Of a sheet of SVG symbols: the id of the one; cut by ``finders.readers`` only."""
    is_maskable: bool = False
    """Of an icon that its platform crops: its safe zone."""


WHOLE: Final = PictureRegion()


@dataclass(frozen=True)
class NormalisedImage:
    """A logo as the product stores it; equal pixels give equal bytes and an equal sha256."""

    png: bytes
    sha256: str
    width: int
    height: int
    media_type: str
    """What the source bytes were, by their magic numbers: ``image/svg+xml``, ``image/png``, ..."""
    phash: int
    """64-bit perceptual hash of the prepared image."""
    ground: str
    """``light`` or ``dark``: the ground on which the logo can be seen."""
    placeholder: str | None
    """``blank``, ``globe``, ``default_icon`` or ``monogram``, if it stands in for a logo."""

    @property
    def is_placeholder(self) -> bool:
        """Whether no one would call it a logo; a site's own letter on a tile may be one."""
        return self.placeholder not in {None, "monogram"}
