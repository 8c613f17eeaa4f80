"""Reads a candidate's image file: from the page, a data: address, or the web."""

import base64
import binascii
from typing import Final
from urllib.parse import unquote_to_bytes, urldefrag

from clustering.pipeline.errors import ImageError
from clustering.pipeline.finders import LogoCandidate
from clustering.pipeline.imaging import PictureRegion
from clustering.pipeline.web import Client

MAX_IMAGE_BYTES: Final = 5 << 20


def source_bytes(candidate: LogoCandidate, client: Client) -> bytes:
    """Return the bytes of ``candidate``'s image file.

    Raises:
        FetchError: if the file cannot be fetched.
        ImageError: for an invalid data: address.
    """
    if candidate.data is not None:
        return candidate.data
    if candidate.source_url.startswith("data:"):
        return data_uri_bytes(candidate.source_url)
    return client.get(urldefrag(candidate.source_url).url, max_bytes=MAX_IMAGE_BYTES).body


def picture_region(candidate: LogoCandidate) -> PictureRegion:
    """Return which part of the file is the image: a symbol, the maskable safe zone, or all."""
    fragment = urldefrag(candidate.source_url).fragment
    is_drawn_elsewhere = candidate.finder == "inline_svg" and candidate.data is None
    return PictureRegion(
        symbol=fragment if is_drawn_elsewhere else "", is_maskable=candidate.finder == "maskable"
    )


def data_uri_bytes(address: str) -> bytes:
    """Return the bytes of a data: address."""
    head, comma, payload = address.partition(",")
    if not comma:
        raise ImageError("bad_image", "a data: address without data")
    raw = unquote_to_bytes(payload)
    if not head.lower().replace(" ", "").endswith(";base64"):
        return raw
    letters = b"".join(raw.split()).replace(b"-", b"+").replace(b"_", b"/").rstrip(b"=")
    try:
        return base64.b64decode(letters + b"=" * (-len(letters) % 4))
    except binascii.Error as error:
        raise ImageError("bad_image", "a data: address with damaged data") from error
