"""Batched inference shared by the torch embedders."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from clustering.pipeline.embedders import cpu
from clustering.pipeline.embedders.batches import embedded, use_one_core
from clustering.pipeline.imaging.preparation import prepare

CPU_BATCH: Final = 16  # larger batches gain nothing, single images cost three times as much
GPU_BATCH: Final = 128
IMAGENET_MEAN: Final = (0.485, 0.456, 0.406)
IMAGENET_STD: Final = (0.229, 0.224, 0.225)


@dataclass(frozen=True)
class InputFormat:
    """Input of a network: side of the canvas, channel mean and standard deviation."""

    side: int
    mean: Sequence[float] = IMAGENET_MEAN
    std: Sequence[float] = IMAGENET_STD

    def pixels(self, images: Sequence[Image.Image]) -> NDArray[np.float32]:
        """Return the prepared canvases, normalised, shape (len(images), 3, side, side)."""
        canvases = np.stack([np.asarray(prepare(image, self.side)) for image in images])
        shares = canvases.transpose(0, 3, 1, 2).astype(np.float32) / 255
        mean, std = (np.array(one, np.float32).reshape(3, 1, 1) for one in (self.mean, self.std))
        return np.asarray((shares - mean) / std, dtype=np.float32)


class Tower:
    """Images -> unit rows by ``encode``, a function of a torch batch."""

    def __init__(self, encode: Callable[[Any], Any], input_format: InputFormat) -> None:
        use_one_core()
        self._encode, self._input_format = encode, input_format
        self._batch = GPU_BATCH if device().type == "cuda" else CPU_BATCH
        self.dim = self._rows(input_format.pixels([Image.new("RGBA", (8, 8), "white")])).shape[1]

    def embed(self, images: Sequence[Image.Image]) -> NDArray[np.float32]:
        """Return one unit row per RGBA image, shape (len(images), dim)."""
        return embedded(
            lambda part: self._rows(self._input_format.pixels(part)),
            images,
            batch=self._batch,
            dim=self.dim,
            begin_thread=use_one_core,
        )

    def _rows(self, pixels: NDArray[np.float32]) -> NDArray[np.float32]:
        import torch

        with torch.inference_mode():
            batch = torch.from_numpy(pixels).to(device(), dtype())
            return unit(self._encode(batch))


def unit(rows: Any) -> NDArray[np.float32]:
    """Return a torch batch of rows as float32 rows of norm 1."""
    import torch

    plain: NDArray[np.float32] = rows.to("cpu", torch.float32).numpy()
    norms = np.linalg.norm(plain, axis=1, keepdims=True)
    return np.asarray(plain / np.maximum(norms, 1e-12), dtype=np.float32)


def placed(network: Any) -> Any:
    """Return ``network`` in eval mode, on this machine's device and precision."""
    return network.to(device(), dtype()).eval()


def device() -> Any:
    """Return the GPU where there is one."""
    import torch

    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def dtype() -> Any:
    """Return this machine's precision as a torch dtype."""
    import torch

    return torch.bfloat16 if cpu.precision() == "bf16" else torch.float32
