"""Default icons of hosts, site builders and frameworks, recognised as pictures.

An icon is one of them if both its perceptual hash and its colours on a small grid are close to
those of a rendition in ``default_icons.npz``: at any size, in any encoding and on any plain
ground. The file holds hashes and grids only; ``manage.py make_default_icons`` makes it from openly
licensed packages, which lab/default_icons/sources.toml lists with their licences.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

FILE: Final = Path(__file__).with_name("default_icons.npz")
GRID_PX: Final = 12
MAX_BITS: Final = 10
"""Of the 64 of the perceptual hash."""
MIN_COSINE: Final = 0.975
"""Of the colours, relative to the background."""
SURE_COSINE: Final = 0.99
"""From which up to ``SURE_BITS`` may differ: of simple symmetric forms many bits are noise."""
SURE_BITS: Final = 12

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class DefaultIcons:
    """The known renditions."""

    names: NDArray[np.str_]
    """Shape (n,): whose default each is."""
    phashes: NDArray[np.uint64]
    grids: Floats
    """Shape (n, d), rows of L2 norm 1."""

    def name_of(self, canvas: Image.Image, phash: int) -> str | None:
        """Return whose default icon an image shows, or None.

        Args:
            canvas: the image as prepared for hashing.
            phash: of the canvas.
        """
        n_bits = np.bitwise_count(self.phashes ^ np.uint64(phash))
        near = np.flatnonzero(n_bits <= SURE_BITS)
        if len(near) == 0:
            return None
        cosines = self.grids[near] @ grid(canvas)
        is_same = cosines >= np.where(n_bits[near] <= MAX_BITS, MIN_COSINE, SURE_COSINE)
        return str(self.names[near[int(np.argmax(cosines * is_same))]]) if is_same.any() else None


@cache
def known() -> DefaultIcons:
    """Return the renditions of the file; read once in a process."""
    with np.load(FILE, allow_pickle=False) as stored:
        grids = stored["grids"].astype(np.float32)
        return DefaultIcons(stored["names"], stored["phashes"], _unit(grids))


def grid(canvas: Image.Image) -> Floats:
    """Return the colours of a prepared canvas relative to its background, as a unit row."""
    small = np.asarray(canvas.resize((GRID_PX, GRID_PX), Image.Resampling.BOX), dtype=np.float32)
    return _unit((small - np.asarray(canvas.getpixel((0, 0)), dtype=np.float32)).ravel())


def _unit(rows: Floats) -> Floats:
    norms = np.linalg.norm(rows, axis=-1, keepdims=True)
    return np.asarray(rows / np.maximum(norms, 1e-6), dtype=np.float32)
