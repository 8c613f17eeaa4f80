"""LogoNet: a small CNN trained on logos, with its weights (8 MB).

A row joins four parts, each weighted by the root of its share of the cosine:

    256 dimensions of the network on the canvas of ``prepare`` with 160 px; for a mark on a badge
        or before a word, a weighted mean of this and of the mark alone
    255 of the layout of the logo at 16 px; for a mark on a badge, the mean with that of the mark
    108 of the colours of the logo at 16 px
      2 of the mean hue of its ink, of icons only

Tilted wordmarks are rotated until they are level. The network is unreliable on icons of a few
pixels and on blurred wordmarks, so layout and colours weigh more there. It hardly distinguishes
one letter or simple form in two colours, or small words on discs, so colours weigh more for square
icons, and the mark weighs more for badges.
Training data and metrics: MODEL_CARD.md and docs/quality.md.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from clustering.pipeline.embedders import cpu
from clustering.pipeline.embedders.batches import embedded, use_one_core
from clustering.pipeline.embedders.weights import load_state_dict
from clustering.pipeline.imaging.badges import Views, prepared_views
from clustering.pipeline.imaging.normalising import downscaled
from clustering.pipeline.imaging.preparation import RECIPE, prepare
from clustering.pipeline.imaging.wordmarks import levelled

VERSION: Final = 1
"""Part of the key; to be raised with every change of the weights."""
VIEWS: Final = "views3"
"""Version of what is joined to the network's rows, and part of the key."""
WEIGHTS: Final = Path(__file__).with_name("logonet.safetensors")
BATCH: Final = 16  # 15 % slower at 32, which exceeds the CPU caches
SMALL_PX: Final = 48
"""Longer side below which a logo is small."""
SHARES: Final = (0.8, 0.12, 0.08)
"""Of the cosine of two logos: network, layout, colours. Of two kinds, the geometric means."""
ICON_SHARES: Final = (0.79, 0.1, 0.11)
"""If both are square."""
SMALL_SHARES: Final = (0.35, 0.39, 0.26)
"""If both are small."""
BLURRED: Final = 28.0
"""Edge widths in its length below which a wordmark is blurred."""
BLURRED_SHARES: Final = (0.62, 0.23, 0.15)
"""If both are."""
HUE_SHARE: Final = 0.1
"""Of the mean hue of square icons, beside the others."""
MARK_SHARE: Final = 0.65
"""Of the mark alone in the network's row of a mark on a badge."""
SYMBOL_SHARE: Final = 0.3
"""Of the symbol alone in the network's row of a symbol before a word."""
TINY_PX: Final = 16
TINY_CANVAS_PX: Final = 64
SMALL_CANVAS_PX: Final = 32

Floats = NDArray[np.float32]


def embedder_key(precision: str | None = None) -> str:
    """Return the key without loading anything; the precision is this machine's if not given."""
    return f"logonet:{VERSION}:{RECIPE}:{VIEWS}:{precision or cpu.precision()}"


class LogoNet:
    """The LogoNet embedder; loads in 0.1 s."""

    def __init__(self, weights: Path = WEIGHTS, *, precision: str | None = None) -> None:
        from clustering.pipeline.embedders.descriptor import N_COLOURS, N_HUES, N_LAYOUT
        from clustering.pipeline.embedders.logonet import network

        use_one_core()
        self.key = embedder_key(precision)
        self.dim = network.DIM + N_LAYOUT + N_COLOURS + N_HUES
        self._side = network.SIDE_PX
        self._weights = _laid_out(load_state_dict(weights), precision or cpu.precision())

    def embed(self, images: Sequence[Image.Image]) -> Floats:
        """Return one unit row per RGBA image, shape (len(images), dim)."""
        return embedded(self._rows, images, batch=BATCH, dim=self.dim, begin_thread=use_one_core)

    def _rows(self, images: Sequence[Image.Image]) -> Floats:
        from clustering.pipeline.embedders.descriptor import (
            N_HUES,
            layout_and_colours,
            mean_hues,
        )

        images = [levelled(image) for image in images]
        views = [prepared_views(image, self._side) for image in images]
        layout, colours = layout_and_colours(np.stack([_tiny_canvas(one) for one in images]))
        hues = np.zeros((len(images), N_HUES), dtype=np.float32)
        badges = [row for row, one in enumerate(views) if one.is_badge]
        icons = [row for row, one in enumerate(views) if one.is_square]
        if badges:
            marks, _ = layout_and_colours(_small_canvases(views, badges))
            layout[badges] = _unit(layout[badges] + marks)
        if icons:
            hues[icons] = np.sqrt(HUE_SHARE) * mean_hues(_small_canvases(views, icons))
        sizes = (max(image.size) for image in images)
        shares = [_shares(size, one) for size, one in zip(sizes, views, strict=True)]
        weights = np.sqrt(np.array(shares, dtype=np.float32))
        parts = (self._seen(views), layout, colours)
        weighted = [weights[:, [at]] * part for at, part in enumerate(parts)]
        return _unit(np.hstack([*weighted, hues]))

    def _seen(self, views: Sequence[Views]) -> Floats:
        """The network's row of each logo: of its views, the weighted mean."""
        canvases = np.stack([np.asarray(one) for some in views for one in some.canvases])
        rows = np.concatenate(
            [
                self.embed_canvases(canvases[at : at + BATCH])
                for at in range(0, len(canvases), BATCH)
            ]
        )
        counts = [len(some.canvases) for some in views]
        firsts = np.cumsum([0, *counts])[:-1]
        lasts = firsts + np.array(counts) - 1
        share = np.array([MARK_SHARE if some.is_badge else SYMBOL_SHARE for some in views])
        return _unit((1 - share[:, None]) * rows[firsts] + share[:, None] * rows[lasts])

    def embed_canvases(self, canvases: NDArray[np.uint8]) -> Floats:
        """Return one unit row per prepared canvas, shape (n, side, side, 3): the network alone."""
        import torch

        from clustering.pipeline.embedders.logonet import network

        with torch.inference_mode():
            pixels = torch.from_numpy(canvases).permute(0, 3, 1, 2)
            found: Floats = network.forward(pixels, self._weights).numpy()
        return found


def _tiny_canvas(image: Image.Image) -> NDArray[np.uint8]:
    return np.asarray(prepare(downscaled(image, TINY_PX), TINY_CANVAS_PX))


def _small_canvases(views: Sequence[Views], rows: Sequence[int]) -> NDArray[np.uint8]:
    """The last view of some logos."""
    size = (SMALL_CANVAS_PX, SMALL_CANVAS_PX)
    last = (views[row].canvases[-1] for row in rows)
    return np.stack([np.asarray(one.resize(size, Image.Resampling.BOX)) for one in last])


def _shares(longest: int, seen: Views) -> tuple[float, float, float]:
    if longest < SMALL_PX:
        return SMALL_SHARES
    if seen.is_square:
        return ICON_SHARES
    return BLURRED_SHARES if seen.resolution < BLURRED else SHARES


def _unit(rows: NDArray[np.floating]) -> Floats:
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)


def _laid_out(state: dict[str, Any], precision: str) -> dict[str, Any]:
    """Convert to dtype, with channels last for fast convolutions."""
    import torch

    dtype = torch.bfloat16 if precision == "bf16" else torch.float32
    return {
        name: tensor.to(dtype, memory_format=torch.channels_last)
        if tensor.ndim == 4
        else tensor.to(dtype)
        for name, tensor in state.items()
    }
