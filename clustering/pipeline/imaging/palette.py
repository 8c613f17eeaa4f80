"""The main colours of a logo, and those that two logos share."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from clustering.pipeline.imaging.preparation import background_colour

SIDE_PX: Final = 64
OPAQUE: Final = 128  # alpha
TOLERANCE: Final = 24  # per channel, around the background
STEP: Final = 64  # width of a bin of each channel
FEWEST: Final = 0.05  # share of a logo that makes a main colour

Shares = dict[tuple[int, int, int], float]
"""Share of the drawn pixels by bin of red, green and blue."""


def shares(image: Image.Image) -> Shares:
    """Return the share of each coarse colour among the drawn pixels of an RGBA logo."""
    small = image.convert("RGBA")
    small.thumbnail((SIDE_PX, SIDE_PX), Image.Resampling.BOX)
    pixels = np.asarray(small, dtype=np.int16).reshape(-1, 4)
    drawn = pixels[pixels[:, 3] >= OPAQUE][:, :3]
    if len(drawn) == len(pixels):  # opaque: the background is no colour of the logo
        ground = np.array(background_colour(small.convert("RGB")), dtype=np.int16)
        differs = (np.abs(drawn - ground) > TOLERANCE).any(axis=1)
        drawn = drawn[differs] if differs.any() else drawn
    if len(drawn) == 0:
        return {}
    bins, counts = np.unique(drawn // STEP, axis=0, return_counts=True)
    return {_key(one): float(n) / len(drawn) for one, n in zip(bins, counts, strict=True)}


@dataclass(frozen=True)
class Common:
    """The colours that two logos share."""

    colours: tuple[str, ...]
    """Main colours of both as ``#rrggbb``, the most frequent first."""
    overlap: float
    """Intersection of the two histograms, from 0 to 1."""


def common(first: Image.Image, second: Image.Image) -> Common:
    """Return the colours that two RGBA logos share."""
    one, other = shares(first), shares(second)
    return Common(tuple(shared(one, other)), overlap(one, other))


def overlap(first: Shares, second: Shares) -> float:
    """Return the intersection of two histograms, from 0 to 1."""
    return sum(min(share, second.get(key, 0.0)) for key, share in first.items())


def shared(first: Shares, second: Shares) -> list[str]:
    """Return the main colours of both logos as ``#rrggbb``, the most frequent first."""
    least = {key: min(share, second.get(key, 0.0)) for key, share in first.items()}
    common = [key for key in least if least[key] >= FEWEST]
    return [_hexadecimal(key) for key in sorted(common, key=lambda key: (-least[key], key))]


def _key(bins: NDArray[np.int16]) -> tuple[int, int, int]:
    red, green, blue = bins.tolist()
    return red, green, blue


def _hexadecimal(key: tuple[int, int, int]) -> str:
    return "#" + "".join(f"{one * STEP + STEP // 2:02x}" for one in key)
