"""Fingerprints of an image file as it was served, in the forms that search engines use."""

import base64
from dataclasses import dataclass
from hashlib import md5, sha256

import mmh3


@dataclass(frozen=True)
class FileFingerprint:
    """Hashes of the bytes of a file."""

    mmh3: int
    """MurmurHash3 (32 bits, signed) of the file in base64 with line breaks: the icon hash of
    Shodan, ZoomEye and FOFA."""
    md5: str
    sha256: str


def fingerprint(data: bytes) -> FileFingerprint:
    """Return the hashes of ``data``; 5 ms of CPU for 1 MB."""
    return FileFingerprint(
        mmh3=mmh3.hash(base64.encodebytes(data)),
        md5=md5(data, usedforsecurity=False).hexdigest(),
        sha256=sha256(data).hexdigest(),
    )
