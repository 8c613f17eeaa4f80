"""A candidate's bytes: from the page itself, a data: address, or the web."""

import base64
import binascii
from typing import Final
from urllib.parse import unquote_to_bytes, urldefrag

from clustering.pipeline.errors import ImageError
from clustering.pipeline.finders import Candidate
from clustering.pipeline.finders.markup import decode, parse
from clustering.pipeline.finders.svg_source import document
from clustering.pipeline.web import Client

MAX_IMAGE_BYTES: Final = 5 << 20


def source_bytes(candidate: Candidate, client: Client) -> bytes:
    """Return the bytes of ``candidate``'s image file.

    Raises:
        FetchError: if they cannot be had.
        ImageError: if they are none.
    """
    if candidate.data is not None:
        return candidate.data
    if candidate.source_url.startswith("data:"):
        return data_uri_bytes(candidate.source_url)
    address, fragment = urldefrag(candidate.source_url)
    response = client.get(address, max_bytes=MAX_IMAGE_BYTES)
    if fragment and candidate.finder == "inline_svg":
        return _symbol(response.body, fragment)
    return response.body


def data_uri_bytes(address: str) -> bytes:
    """Return the bytes that a data: address holds."""
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


def _symbol(body: bytes, name: str) -> bytes:
    """Return one symbol of a sheet as a document of its own."""
    for element in parse(decode(body)).iter("symbol", "svg", "g"):
        if element.get("id") == name:
            return document(element, [])
    raise ImageError("bad_image", "the sheet of symbols lacks the one that is used")
