"""Embedder: the penultimate layer of a torchvision classifier."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from clustering.pipeline.embedders import cpu, tower, weight_files
from clustering.pipeline.embedders.torchvision_shim import define_missing_operators
from clustering.pipeline.embedders.weight_files import ModelName
from clustering.pipeline.embedders.weights import load_state_dict
from clustering.pipeline.errors import InputError, WeightsMissing
from clustering.pipeline.imaging.preparation import RECIPE

SIDE: Final = 224  # pixels; training size of the three networks


class TorchVision:
    """A loaded network without its last layer; slow to create."""

    def __init__(self, model: ModelName, *, weights_dir: Path) -> None:
        path = weight_files.find(model, weights_dir)
        if path is None:
            raise WeightsMissing(weight_files.missing_message(model))
        self.key = embedder_key(model, weights_dir)
        self._tower = tower.Tower(_load(model, path), tower.InputFormat(SIDE))
        self.dim = self._tower.dim

    def embed(self, images: Sequence[Image.Image]) -> NDArray[np.float32]:
        """Return one unit row per RGBA image, shape (len(images), dim)."""
        return self._tower.embed(images)


def embedder_key(model: ModelName, weights_dir: Path) -> str:
    """Return the key without loading anything."""
    version = weight_files.version(model, weights_dir)
    return f"torchvision:{model.architecture}:{version}:{RECIPE}:{cpu.precision()}"


def build(architecture: str) -> Any:
    """Return a network of ``architecture`` with its classifier, on no device, without weights."""
    define_missing_operators()
    import torch
    from torchvision import models

    with torch.device("meta"):
        return models.get_model(architecture, weights=None)


def penultimate(network: Any) -> Any:
    """Remove the last layer in place.

    Output: 2048 for ResNet-50 and 1280 for MobileNetV2 (pooled features), 4096 for VGG16 (second
    hidden layer).
    """
    from torch import nn

    if hasattr(network, "fc"):
        network.fc = nn.Identity()
    else:
        network.classifier = network.classifier[:-1]
    return network


def fetch(model: ModelName, weights_dir: Path) -> Path:
    """Download the published weights into ``weights_dir`` and return their file.

    Progress goes to standard error; torch checks the digest that the file's name carries.

    Raises:
        WeightsMissing: if they cannot be downloaded.
    """
    define_missing_operators()
    import torch
    from torchvision import models

    target = weight_files.places(model, weights_dir)[0]
    published = models.get_model_weights(model.architecture)
    url = next(one.url for one in published if one.url.endswith(target.name))
    print(f"Downloading the weights of {model}", file=sys.stderr)  # noqa: T201
    target.parent.mkdir(parents=True, exist_ok=True)
    digest = target.stem.rpartition("-")[2]
    try:
        torch.hub.download_url_to_file(url, str(target), hash_prefix=digest)
    except (OSError, RuntimeError) as error:
        raise WeightsMissing(f"weights of {model} cannot be downloaded: {error}") from error
    return target


def _load(model: ModelName, path: Path) -> Any:
    import torch

    network = build(model.architecture)
    try:
        network.load_state_dict(load_state_dict(path), strict=True, assign=True)
    except RuntimeError as error:
        raise InputError(f"{path.name} does not fit {model.architecture}") from error
    # Convolutions on CPUs are 1.4 times as fast with channels last.
    return tower.placed(penultimate(network)).to(memory_format=torch.channels_last)
