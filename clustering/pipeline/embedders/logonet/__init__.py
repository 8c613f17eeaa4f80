"""LogoNet: a small CNN trained on logos, with its weights (8 MB).

A row joins three parts, each weighted by the root of its share of the cosine:

    256 dimensions of the network on the canvas of ``prepare`` with 160 px; for a mark on a badge,
        the mean of this and of the mark alone
    255 of the layout, and 108 of the colours, of the logo at 16 px

The network does not recognise icons of a few pixels, so the small ones count by the last two.
Training data and metrics: MODEL_CARD.md and docs/quality.md.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from clustering.pipeline.embedders import processor
from clustering.pipeline.embedders.batches import embedded, use_one_core
from clustering.pipeline.embedders.weights import load_state_dict
from clustering.pipeline.imaging.badges import prepared_views
from clustering.pipeline.imaging.normalising import downscaled
from clustering.pipeline.imaging.preparation import RECIPE, prepare

VERSION: Final = 1
"""Part of the key; to be raised with every change of the weights."""
VIEWS: Final = "views1"
"""Version of what is joined to the network's rows, and part of the key."""
WEIGHTS: Final = Path(__file__).with_name("logonet.safetensors")
BATCH: Final = 16  # 15 % slower at 32, which exceeds the CPU caches
SMALL_PX: Final = 48
"""Longer side below which a logo is small."""
SHARES: Final = (0.8, 0.12, 0.08)
"""Of the cosine of two logos: network, layout, colours."""
SMALL_SHARES: Final = (0.35, 0.39, 0.26)
"""If both are small; of a small and a large one, the geometric means."""
TINY_PX: Final = 16
TINY_CANVAS_PX: Final = 64

Floats = NDArray[np.float32]


def embedder_key(precision: str | None = None) -> str:
    """Return the key without loading anything; the precision is this machine's if not given."""
    return f"logonet:{VERSION}:{RECIPE}:{VIEWS}:{precision or processor.precision()}"


class LogoNet:
    """The LogoNet embedder; loads in 0.1 s."""

    def __init__(self, weights: Path = WEIGHTS, *, precision: str | None = None) -> None:
        from clustering.pipeline.embedders.descriptor import N_COLOURS, N_LAYOUT
        from clustering.pipeline.embedders.logonet import network

        use_one_core()
        self.key = embedder_key(precision)
        self.dim = network.DIM + N_LAYOUT + N_COLOURS
        self._side = network.SIDE_PX
        self._weights = _laid_out(load_state_dict(weights), precision or processor.precision())

    def embed(self, images: Sequence[Image.Image]) -> Floats:
        """Return one unit row per RGBA image, shape (len(images), dim)."""
        return embedded(self._rows, images, batch=BATCH, dim=self.dim, begin_thread=use_one_core)

    def _rows(self, images: Sequence[Image.Image]) -> Floats:
        from clustering.pipeline.embedders.descriptor import layout_and_colours

        layout, colours = layout_and_colours(np.stack([_tiny_canvas(one) for one in images]))
        shares = np.array([_shares(one) for one in images], dtype=np.float32)
        return _joined((self._seen(images), layout, colours), shares)

    def _seen(self, images: Sequence[Image.Image]) -> Floats:
        """The network's row of each image: of its views, the mean."""
        views = [prepared_views(image, self._side) for image in images]
        canvases = np.stack([np.asarray(one) for some in views for one in some])
        rows = np.concatenate(
            [
                self.embed_canvases(canvases[at : at + BATCH])
                for at in range(0, len(canvases), BATCH)
            ]
        )
        firsts = np.cumsum([0, *(len(some) for some in views)])[:-1]
        sums = np.add.reduceat(rows, firsts, axis=0)
        return np.asarray(sums / np.linalg.norm(sums, axis=1, keepdims=True), dtype=np.float32)

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


def _shares(image: Image.Image) -> tuple[float, float, float]:
    return SMALL_SHARES if max(image.size) < SMALL_PX else SHARES


def _joined(parts: tuple[Floats, ...], shares: Floats) -> Floats:
    """Join unit rows, each weighted by the root of its share, shape (n, len(parts))."""
    rows = np.hstack([np.sqrt(shares[:, [at]]) * part for at, part in enumerate(parts)])
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
