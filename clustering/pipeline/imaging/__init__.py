"""Bytes of any kind -> one normalised image, decoded in a limited child process.

raster -> decode (PNG JPEG GIF WebP AVIF BMP ICO TIFF; HEIC and JPEG XL by plug-ins)
SVG    -> sanitise (allow-list) -> normalise_svg (CSS, animations -> attributes)
       -> check_cost (reference bombs) -> render
RGBA  -> normalise (first visible frame, at most 512 px)
      -> NormalisedImage (PNG, hashes, background)
PNG -> thumbnails.thumbnail(), on demand
NormalisedImage -> preparation.prepare() -> the square RGB canvas that embedders see
"""

from dataclasses import dataclass
from typing import Final

MAX_SIDE_PX: Final = 512


@dataclass(frozen=True)
class PictureRegion:
    """The part of a file to decode, if not the whole."""

    symbol: str = ""
    """Id of one symbol of an SVG sprite sheet; extracted by ``finders.page_reader``."""
    is_maskable: bool = False
    """Crop a maskable icon to its safe zone."""


WHOLE: Final = PictureRegion()


@dataclass(frozen=True)
class NormalisedImage:
    """A logo as stored; equal pixels give equal bytes and an equal sha256."""

    png: bytes
    sha256: str
    width: int
    height: int
    media_type: str
    """Media type of the source by its magic number: ``image/svg+xml``, ``image/png``, ..."""
    phash: int
    """64-bit perceptual hash of the prepared image."""
    ground: str
    """``light`` or ``dark``: the background on which the logo is visible."""
    placeholder: str | None
    """``blank``, ``globe``, ``default_icon``, ``monogram`` or None (see ``placeholders``)."""

    @property
    def is_placeholder(self) -> bool:
        """Whether it is no logo; a monogram may be a site's own logo and does not count."""
        return self.placeholder not in {None, "monogram"}
