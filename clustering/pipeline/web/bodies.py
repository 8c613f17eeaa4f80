"""Reads response bodies, decoding gzip, deflate, br and zstd with limits on both sides."""

import sys
import zlib
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Final, Protocol

import brotli

from clustering.pipeline.errors import FetchError

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

CHUNK_BYTES: Final = 64 << 10
MAX_WIRE_BYTES: Final = 5 << 20
BOMB_RATIO: Final = 100  # real pages stay below 30; zlib's own limit is 1,032
MAX_WINDOW_LOG: Final = 23  # 8 MB, which RFC 9659 sets for zstd on the web
MAX_FRAMES: Final = 64  # of zstd; empty ones cost time and give nothing
DAMAGED: Final = (zlib.error, brotli.error, zstd.ZstdError)


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
    decode = CODINGS.get(coding)
    if decode is None:
        raise FetchError("bad_response", f"the answer is coded as {coding[:40]!r}")
    wire = _Wire(_chunks(raw))
    try:
        body, is_cut = _collect(decode(wire), max_bytes)
    except DAMAGED as error:
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


def _brotli(wire: _Wire) -> Iterator[bytes]:
    decoder = brotli.Decompressor()
    for chunk in wire:
        wire.n_bytes += len(chunk)
        piece = decoder.process(chunk, output_buffer_limit=CHUNK_BYTES)
        while piece or not decoder.can_accept_more_data():
            wire.n_decoded += len(piece)
            yield piece
            piece = decoder.process(b"", output_buffer_limit=CHUNK_BYTES)
        if decoder.is_finished():
            return
    if wire.n_bytes:
        raise brotli.error("truncated")


def _zstd(wire: _Wire) -> Iterator[bytes]:
    n_frames, decoder = 1, _zstd_frame()
    for chunk in wire:
        wire.n_bytes += len(chunk)
        rest = chunk
        while rest or not (decoder.needs_input or decoder.eof):
            if decoder.eof:
                n_frames, decoder = n_frames + 1, _zstd_frame()
                if n_frames > MAX_FRAMES:
                    raise zstd.ZstdError("too many frames")
            piece = decoder.decompress(rest, CHUNK_BYTES)
            wire.n_decoded += len(piece)
            yield piece
            rest = decoder.unused_data if decoder.eof else b""
    if wire.n_bytes and not decoder.eof:
        raise zstd.ZstdError("truncated")


def _zstd_frame() -> "zstd.ZstdDecompressor":
    options: dict[int, int] = {zstd.DecompressionParameter.window_log_max: MAX_WINDOW_LOG}
    return zstd.ZstdDecompressor(options=options)


def _window_bits(first: bytes, window_bits: int) -> int:
    """Detect raw deflate, which some servers send: a zlib header is a multiple of 31."""
    is_zlib = len(first) > 1 and int.from_bytes(first[:2], "big") % 31 == 0
    return window_bits if window_bits != 15 or is_zlib else -15


CODINGS: Final[Mapping[str, Callable[[_Wire], Iterator[bytes]]]] = {
    "gzip": partial(_inflate, window_bits=31),
    "x-gzip": partial(_inflate, window_bits=31),
    "deflate": partial(_inflate, window_bits=15),
    "br": _brotli,
    "zstd": _zstd,
}
