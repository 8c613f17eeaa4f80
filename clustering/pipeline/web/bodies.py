"""Reads response bodies, decoding gzip and deflate with limits on both sides."""

import zlib
from collections.abc import Iterator
from typing import Final, Protocol

from clustering.pipeline.errors import FetchError

CHUNK_BYTES: Final = 64 << 10
MAX_WIRE_BYTES: Final = 5 << 20
BOMB_RATIO: Final = 100  # real pages stay below 30; zlib's own limit is 1,032
CODINGS: Final = {"gzip": 31, "x-gzip": 31, "deflate": 15}  # zlib's window bits


class Raw(Protocol):
    """Source of the bytes as sent."""

    def read(self, amount: int, /) -> bytes:
        """Return at most ``amount`` bytes, empty at the end."""
        ...


def read_body(raw: Raw, *, coding: str, max_bytes: int) -> tuple[bytes, bool]:
    """Return the decoded body and whether it was cut at ``max_bytes``.

    Raises:
        FetchError: ``bad_response`` for a coding that was not requested or is damaged,
            ``too_large`` for a decompression bomb.
    """
    if coding in {"", "identity"}:
        return _collect(_chunks(raw), max_bytes)
    if coding not in CODINGS:
        raise FetchError("bad_response", f"the answer is coded as {coding[:40]!r}")
    wire = _Wire(_chunks(raw))
    try:
        body, is_cut = _collect(_inflate(wire, CODINGS[coding]), max_bytes)
    except zlib.error as error:
        raise FetchError("bad_response", "the compressed answer is damaged") from error
    if is_cut and wire.n_decoded > BOMB_RATIO * wire.n_bytes:
        raise FetchError("too_large", "the answer is a decompression bomb")
    return body, is_cut


class _Wire:
    """Compressed chunks with counts of consumed and decoded bytes."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self.n_bytes = 0
        self.n_decoded = 0

    def __iter__(self) -> Iterator[bytes]:
        return self._chunks


def _chunks(raw: Raw) -> Iterator[bytes]:
    n_bytes = 0
    while chunk := raw.read(CHUNK_BYTES):
        n_bytes += len(chunk)
        if n_bytes > MAX_WIRE_BYTES:
            raise FetchError("too_large", f"more than {MAX_WIRE_BYTES} bytes were sent")
        yield chunk


def _collect(chunks: Iterator[bytes], max_bytes: int) -> tuple[bytes, bool]:
    body = bytearray()
    for chunk in chunks:
        body += chunk
        if len(body) > max_bytes:
            return bytes(body[:max_bytes]), True
    return bytes(body), False


def _inflate(wire: _Wire, window_bits: int) -> Iterator[bytes]:
    decoder = None
    for chunk in wire:
        if decoder is None:
            decoder = zlib.decompressobj(_window_bits(chunk, window_bits))
        rest = chunk
        while piece := decoder.decompress(rest, CHUNK_BYTES):
            wire.n_bytes += len(rest) - len(decoder.unconsumed_tail)
            wire.n_decoded += len(piece)
            rest = decoder.unconsumed_tail
            yield piece
        if decoder.eof:
            return
    if decoder is not None:
        raise zlib.error("truncated")


def _window_bits(first: bytes, window_bits: int) -> int:
    """Detect raw deflate, which some servers send: a zlib header is a multiple of 31."""
    is_zlib = len(first) > 1 and int.from_bytes(first[:2], "big") % 31 == 0
    return window_bits if window_bits != 15 or is_zlib else -15
