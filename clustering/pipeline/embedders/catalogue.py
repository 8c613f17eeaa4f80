"""The embedders on offer: labels, readiness, keys, creation.

Imported by the web process, so nothing here imports torch.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from clustering.pipeline.embedders import (
    EMBEDDERS,
    Embedder,
    Readiness,
    logonet,
    open_clip,
    torchvision,
    weight_files,
)
from clustering.pipeline.errors import InputError, UnknownPlugin
from clustering.pipeline.imaging.preparation import RECIPE

DESCRIPTOR_VERSION: Final = 1
"""Part of the key; to be raised when equal canvases give other vectors."""


def _descriptor_key() -> str:
    return f"descriptor:{DESCRIPTOR_VERSION}:{RECIPE}"


BUILT_IN: Final[Mapping[str, Callable[[], str]]] = {
    "logonet": logonet.embedder_key,
    "descriptor": _descriptor_key,
}
"""Embedders without downloads, with their key functions."""
TORCH_MODULES: Final = {"open_clip": open_clip, "torchvision": torchvision}


@dataclass(frozen=True)
class Offer:
    """One embedder as the form shows it."""

    name: str
    label: str
    summary: str
    cost: str


OFFERS: Final = (
    Offer(
        "logonet",
        "Logonet",
        "A small network trained on logos: knows a mark in other colours, layouts and renditions.",
        "150 to 300 logos a second on one core; built in.",
    ),
    Offer(
        "descriptor",
        "Descriptor",
        "Shape, colour and layout, measured directly; every step can be explained.",
        "120 to 160 logos a second on one core; built in.",
    ),
    Offer(
        "open_clip:ViT-B-32:laion2b_s34b_b79k",
        "CLIP ViT-B/32",
        "Knows what things look like and mean; forgiving of redrawn logos.",
        "15 to 80 logos a second and core; weights of 600 MB, 1 GB of memory.",
    ),
    Offer(
        "open_clip:MobileCLIP2-S0:dfndr2b",
        "MobileCLIP2 S0",
        "A small CLIP for machines without much memory.",
        "20 to 50 logos a second and core; weights of 300 MB.",
    ),
    Offer(
        "torchvision:resnet50",
        "ResNet-50",
        "The classic: trained on photographs of 1,000 things, without its last layer.",
        "9 to 38 logos a second and core; weights of 100 MB.",
    ),
    Offer(
        "torchvision:mobilenet_v2",
        "MobileNetV2",
        "As ResNet-50, but small and quick, and less exact.",
        "30 to 60 logos a second and core; weights of 14 MB.",
    ),
    Offer(
        "torchvision:vgg16",
        "VGG16",
        "An older network with long vectors; for comparing with earlier work.",
        "3 to 6 logos a second and core; weights of 530 MB.",
    ),
)


def offered() -> list[Offer]:
    """Return the embedders to choose from, the default first."""
    return list(OFFERS)


def readiness(name: str, weights_dir: Path) -> Readiness:
    """Return whether ``name`` can run now, and otherwise the command to fetch its weights.

    Raises:
        UnknownPlugin: if no such family is registered.
        InputError: if the name is malformed.
    """
    if _family(name) in BUILT_IN:
        return Readiness(is_ready=True, detail="Built in.")
    model = weight_files.parse(name)
    if weight_files.find(model, weights_dir) is not None:
        return Readiness(is_ready=True, detail="Weights are on this machine.")
    if model.is_file:
        return Readiness(is_ready=False, detail=f"There is no file {model.tag}.")
    return Readiness(
        is_ready=False,
        detail="Its weights are not on this machine.",
        command=weight_files.fetch_command(model),
    )


def embedder_key(name: str, weights_dir: Path) -> str:
    """Return the key under which vectors of ``name`` are cached, without loading it."""
    family = _family(name)
    if family in BUILT_IN:
        return BUILT_IN[family]()
    model = weight_files.parse(name)
    key: str = TORCH_MODULES[model.family].embedder_key(model, weights_dir)
    return key


def create(name: str, *, weights_dir: Path, may_download: bool = False) -> Embedder:
    """Create an embedder; slow for neural ones, so once per process.

    With ``may_download`` missing weights are fetched first, with progress on standard error.

    Raises:
        UnknownPlugin, InputError: as ``readiness``.
        WeightsMissing: if its weights are not on this machine.
    """
    family = _family(name)
    if family in BUILT_IN:
        return EMBEDDERS.create(family)
    model = weight_files.parse(name)
    if may_download and not model.is_file:
        fetch(name, weights_dir)
    return EMBEDDERS.create(model.family, model=model, weights_dir=weights_dir)


def fetch(name: str, weights_dir: Path) -> Path:
    """Return the file of an embedder's weights, downloaded first if this machine lacks it.

    Raises:
        InputError: if the model has no weights, or none are published.
        WeightsMissing: if they cannot be downloaded.
    """
    model = weight_files.parse(name)
    path = weight_files.find(model, weights_dir)
    return path or TORCH_MODULES[model.family].fetch(model, weights_dir)


def _family(name: str) -> str:
    family, colon, _ = name.partition(":")
    if family not in EMBEDDERS:
        known = ", ".join(sorted(EMBEDDERS))
        raise UnknownPlugin(f"no embedder is called {name!r}; known are: {known}")
    if family in BUILT_IN and colon:
        raise InputError(f"{family} takes no arguments, got {name!r}")
    return family
