"""Fingerprints against published values, and against the definition of MurmurHash3."""

import base64
import struct

import mmh3
import pytest

from clustering.pipeline.imaging.fingerprints import fingerprint


def murmur3(data: bytes, seed: int = 0) -> int:
    """MurmurHash3_x86_32 as Austin Appleby published it, signed."""
    hashed, whole = seed, len(data) // 4 * 4
    for (block,) in struct.iter_unpack("<I", data[:whole]):
        hashed ^= _mixed(block)
        hashed = ((hashed << 13 | hashed >> 19) * 5 + 0xE6546B64) & 0xFFFFFFFF
    hashed ^= _mixed(int.from_bytes(data[whole:], "little")) ^ len(data)
    for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35), (16, 1)):
        hashed = (hashed ^ hashed >> shift) * factor & 0xFFFFFFFF
    return int.from_bytes(hashed.to_bytes(4), signed=True)


def _mixed(block: int) -> int:
    block = block * 0xCC9E2D51 & 0xFFFFFFFF
    return (block << 15 | block >> 17) * 0x1B873593 & 0xFFFFFFFF


@pytest.mark.parametrize(
    ("text", "seed", "expected"),
    [
        (b"", 0, 0),
        (b"", 1, 0x514E28B7),
        (b"foo", 0, -156908512),
        (b"Hello, world!", 0x9747B28C, 0x24884CBA),
        (b"aaaa", 0x9747B28C, 0x5A97808A),
    ],
)
def test_both_forms_of_murmur3_give_the_published_values(
    text: bytes, seed: int, expected: int
) -> None:
    assert murmur3(text, seed) == mmh3.hash(text, seed) == expected


@pytest.mark.parametrize("n_bytes", [0, 1, 56, 57, 58, 114, 1000, 4096])
def test_the_icon_hash_is_that_of_base64_with_a_line_break_every_76_letters(n_bytes: int) -> None:
    data = bytes(place * 7 % 256 for place in range(n_bytes))
    letters = base64.b64encode(data).decode()
    lines = [letters[start : start + 76] for start in range(0, len(letters), 76)]
    text = "".join(f"{line}\n" for line in lines)

    assert fingerprint(data).mmh3 == murmur3(text.encode())


def test_md5_and_sha256_give_the_published_values() -> None:
    found = fingerprint(b"abc")

    assert found.md5 == "900150983cd24fb0d6963f7d28e17f72"
    assert found.sha256 == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
