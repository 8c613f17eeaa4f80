"""Hold-out split by brand name, equal in every run."""

import zlib
from collections.abc import Iterable

import numpy as np


def is_held_out(brand: str, percent: int) -> bool:
    """Whether an icon's brand belongs to the held-out ``percent`` of all brands."""
    return zlib.crc32(brand.encode()) % 100 < percent


def held_out_brands(brands: Iterable[str], percent: int, seed: int) -> frozenset[str]:
    """Return a seeded ``percent`` of ``brands``."""
    ordered = np.array(sorted(set(brands)))
    chosen = np.random.default_rng(seed).permutation(len(ordered))
    return frozenset(ordered[chosen[: round(len(ordered) * percent / 100)]].tolist())
