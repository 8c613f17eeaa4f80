"""One embedder of ``bench_embedders``, in its own process: ``embedding NAME N``."""

import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from clustering.lab.sample import logos
from clustering.lab.sample.brands import BRANDS
from clustering.pipeline.embedders.logonet import WEIGHTS, LogoNet
from clustering.pipeline.imaging.preparation import prepare
from clustering.pipeline.imaging.svg import render

Canvases = NDArray[np.uint8]
Rows = NDArray[np.float32]

BATCH: Final = 16
ROUNDS: Final = 3  # minimum, because of other load
N_DRAWN: Final = 32  # distinct logos, repeated as needed


@dataclass(frozen=True)
class EmbeddingCost:
    """CPU time of one embedder on one core."""

    images_per_second: float
    """On prepared canvases: only the network."""
    prepared_per_second: float
    """From decoded images."""
    weights_bytes: int
    load_seconds: float
    """After importing torch, which is equal for all neural embedders."""
    dim: int
    least_cosine: float | None
    """Between a logo's vectors in bfloat16 and float32; None without bfloat16."""


@dataclass(frozen=True)
class Loaded:
    """An embedder, ready."""

    side_px: int
    rows: Callable[[Canvases], Rows]
    weights_bytes: int
    twin: Callable[[Canvases], Rows] | None = None
    """The same in float32."""


def _descriptor() -> Loaded:
    from clustering.pipeline.embedders.descriptor import CANVAS_PX, describe

    return Loaded(CANVAS_PX, describe, 0)


def _logonet(precision: str) -> Loaded:
    from clustering.pipeline.embedders.logonet.network import SIDE_PX

    quick, exact = LogoNet(precision=precision), LogoNet(precision="fp32")
    twin = exact.embed_canvases if precision != "fp32" else None
    return Loaded(SIDE_PX, quick.embed_canvases, WEIGHTS.stat().st_size, twin)


def _vit(precision: str) -> Loaded:
    """The image tower of CLIP ViT-B/32; random weights have the same cost."""
    import torch

    from clustering.pipeline.embedders.torchvision_shim import define_missing_operators

    define_missing_operators()
    import open_clip

    tower = open_clip.create_model("ViT-B-32", load_weights=False).visual
    dtype = torch.bfloat16 if precision == "bf16" else torch.float32
    tower = tower.to(dtype).eval()
    n_bytes = sum(one.numel() * one.element_size() for one in tower.parameters())

    def rows(canvases: Canvases) -> Rows:
        with torch.inference_mode():
            pixels = torch.from_numpy(canvases).permute(0, 3, 1, 2).to(dtype) / 255
            found: Rows = tower(pixels).to(torch.float32).numpy()
        return found

    return Loaded(224, rows, n_bytes)


CONTENDERS: Final[dict[str, Callable[[], Loaded]]] = {
    "descriptor": _descriptor,
    "logonet-bf16": lambda: _logonet("bf16"),
    "logonet-fp32": lambda: _logonet("fp32"),
    "ViT-B-32-bf16": lambda: _vit("bf16"),
    "ViT-B-32-fp32": lambda: _vit("fp32"),
}


def measure(name: str, n_images: int) -> EmbeddingCost:
    """Load an embedder and run it on ``n_images`` logos of the sample web."""
    if name != "descriptor":
        import torch

        torch.set_num_threads(1)
    images = _images(n_images)
    start = time.process_time()
    loaded = CONTENDERS[name]()
    load_seconds = time.process_time() - start
    canvases = _canvases(images[:N_DRAWN], loaded.side_px)
    rows = loaded.rows(canvases[:BATCH])  # kernels are chosen in the first batch
    network = min(_seconds(loaded.rows, canvases, n_images) for _ in range(ROUNDS))
    start = time.process_time()
    _canvases(images, loaded.side_px)
    preparing = time.process_time() - start
    return EmbeddingCost(
        images_per_second=n_images / network,
        prepared_per_second=n_images / (network + preparing),
        weights_bytes=loaded.weights_bytes,
        load_seconds=load_seconds,
        dim=rows.shape[1],
        least_cosine=_least_cosine(loaded, canvases),
    )


def _seconds(rows: Callable[[Canvases], Rows], canvases: Canvases, n_images: int) -> float:
    repeated = np.resize(canvases, (n_images, *canvases.shape[1:]))
    start = time.process_time()
    for first in range(0, n_images, BATCH):
        rows(repeated[first : first + BATCH])
    return time.process_time() - start


def _least_cosine(loaded: Loaded, canvases: Canvases) -> float | None:
    if loaded.twin is None:
        return None
    quick, exact = loaded.rows(canvases), loaded.twin(canvases)
    return float((quick * exact).sum(axis=1).min())


def _images(n_images: int) -> list[Image.Image]:
    drawn = [
        render(logos.svg(brand, logos.LOOKS[number % len(logos.LOOKS)]).encode())
        for number, brand in enumerate(BRANDS[:N_DRAWN])
    ]
    return [drawn[number % len(drawn)] for number in range(n_images)]


def _canvases(images: Sequence[Image.Image], side_px: int) -> Canvases:
    return np.stack([np.asarray(prepare(image, side_px)) for image in images])


if __name__ == "__main__":
    print(json.dumps(asdict(measure(sys.argv[1], int(sys.argv[2])))))  # noqa: T201  # protocol of this process
