"""Images -> unit vectors. Names are what users see in forms, settings and exports.

    logonet                                      built in, trained on logos, needs torch
    descriptor                                   built in, no weights, no torch
    open_clip:<architecture>:<tag or local file> any model that open_clip knows
    torchvision:<resnet50 | mobilenet_v2 | vgg16>[:<local file>], without the last layer

An embedder's ``key`` contains everything that changes its vectors (model, version, preparation);
vectors are cached under (content hash, key).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from clustering.pipeline.registry import Registry


class Embedder(Protocol):
    """Turns normalised RGBA images into unit vectors; slow to create, once per process."""

    key: str
    dim: int

    def embed(self, images: Sequence[Image.Image]) -> NDArray[np.float32]:
        """Return one unit row per image, shape (len(images), dim)."""
        ...


@runtime_checkable
class TextEmbedder(Embedder, Protocol):
    """An embedder for images and texts."""

    def embed_texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return one unit row per text, comparable by cosine with the rows of images."""
        ...


@dataclass(frozen=True)
class Readiness:
    """Whether an embedder can run, and otherwise the command that fetches its weights."""

    is_ready: bool
    detail: str = ""
    command: str = ""


EMBEDDERS: Registry[Embedder] = Registry(
    "embedder",
    {
        "descriptor": "clustering.pipeline.embedders.descriptor:Descriptor",
        "logonet": "clustering.pipeline.embedders.logonet:LogoNet",
        "open_clip": "clustering.pipeline.embedders.open_clip:OpenClip",
        "torchvision": "clustering.pipeline.embedders.torchvision:TorchVision",
    },
)
DEFAULT = "logonet"
