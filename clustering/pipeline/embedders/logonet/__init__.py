"""LogoNet: a small CNN trained on logos, with its weights (8 MB).

Input: canvases of ``prepare`` with 160 px; output: 256 dimensions. Training data and metrics:
MODEL_CARD.md and docs/quality.md.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from clustering.pipeline.embedders import processor
from clustering.pipeline.embedders.weights import load_state_dict
from clustering.pipeline.imaging.preparation import RECIPE, prepare

VERSION: Final = 1
"""Part of the key; to be raised with every change of the weights."""
WEIGHTS: Final = Path(__file__).with_name("logonet.safetensors")
BATCH: Final = 16  # 15 % slower at 32, which exceeds the CPU caches


def embedder_key(precision: str | None = None) -> str:
    """Return the key without loading anything; the precision is this machine's if not given."""
    return f"logonet:{VERSION}:{RECIPE}:{precision or processor.precision()}"


class LogoNet:
    """The LogoNet embedder; loads in 0.1 s."""

    def __init__(self, weights: Path = WEIGHTS, *, precision: str | None = None) -> None:
        from clustering.pipeline.embedders.logonet import network

        self.key = embedder_key(precision)
        self.dim = network.DIM
        self._side = network.SIDE_PX
        self._weights = _laid_out(load_state_dict(weights), precision or processor.precision())

    def embed(self, images: Sequence[Image.Image]) -> NDArray[np.float32]:
        """Return one unit row per RGBA image, shape (len(images), dim)."""
        rows = [np.zeros((0, self.dim), dtype=np.float32)]
        for start in range(0, len(images), BATCH):
            batch = images[start : start + BATCH]
            canvases = np.stack([np.asarray(prepare(image, self._side)) for image in batch])
            rows.append(self.embed_canvases(canvases))
        return np.concatenate(rows)

    def embed_canvases(self, canvases: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return one unit row per prepared canvas, shape (n, side, side, 3): the network alone."""
        import torch

        from clustering.pipeline.embedders.logonet import network

        with torch.inference_mode():
            pixels = torch.from_numpy(canvases).permute(0, 3, 1, 2)
            found: NDArray[np.float32] = network.forward(pixels, self._weights).numpy()
        return found


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
