"""The trainable network: convolutions and batch norms with frozen statistics."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import torch
from torch import Tensor

from clustering.lab.training.depthwise import depthwise
from clustering.pipeline.embedders.logonet import network
from clustering.pipeline.embedders.weights import load_state_dict
from clustering.pipeline.errors import InputError

EPSILON: Final = 1e-3  # of the pretrained batch norms
START_DECAY: Final = 0.99  # faster averaging in the first steps
_STEM_AND_HEAD: Final = {"stem": ("_conv_stem", "_bn0"), "head": ("_conv_head", "_bn1")}
_PARTS: Final = {
    "expand": ("_expand_conv", "_bn0"),
    "depthwise": ("_depthwise_conv", "_bn1"),
    "project": ("_project_conv", "_bn2"),
}

Tensors = dict[str, Tensor]


class Encoder:
    """Learned and frozen tensors by name.

    Per layer ``weight``, ``scale`` and ``shift`` are learned. ``mean`` and ``variance`` are
    frozen, because batches of two views of few brands bias the statistics.
    """

    def __init__(self, tensors: Mapping[str, Tensor], device: torch.device) -> None:
        self.device = device
        self.learned: Tensors = {}
        self.frozen: Tensors = {}
        for name, tensor in tensors.items():
            is_frozen = name.endswith((".mean", ".variance"))
            kept = tensor.detach().clone().to(device, torch.float32)
            (self.frozen if is_frozen else self.learned)[name] = kept.requires_grad_(not is_frozen)

    def rows(self, canvases: Tensor, dtype: torch.dtype) -> Tensor:
        """Return a unit row per canvas (uint8, shape (n, 3, side, side))."""
        weights = fold({**self.learned, **self.frozen})
        ready = {name: _laid_out(tensor.to(dtype)) for name, tensor in weights.items()}
        return network.forward(canvases.to(self.device), ready, depthwise)

    def tensors(self) -> Tensors:
        """Return all tensors, detached, as the constructor takes them."""
        return {name: tensor.detach() for name, tensor in {**self.learned, **self.frozen}.items()}


class AveragedWeights:
    """Exponential moving average of the learned tensors."""

    def __init__(self, encoder: Encoder, decay: float) -> None:
        self.tensors = {name: tensor.clone() for name, tensor in encoder.tensors().items()}
        self._decay = decay

    def update(self, encoder: Encoder, step: int) -> None:
        """Update the average."""
        decay = min(self._decay, START_DECAY + step * (1 - START_DECAY) / 1000)
        with torch.no_grad():
            for name, tensor in encoder.learned.items():
                self.tensors[name].lerp_(tensor, 1 - decay)


def fold(tensors: Mapping[str, Tensor]) -> Tensors:
    """Fold batch norms into weights and biases for ``network.forward``; differentiable."""
    folded = {network.PROJECTION: tensors[network.PROJECTION]}
    for name in network.shapes():
        scale = tensors[f"{name}.scale"] / torch.sqrt(tensors[f"{name}.variance"] + EPSILON)
        folded[f"{name}.weight"] = tensors[f"{name}.weight"] * scale[:, None, None, None]
        folded[f"{name}.bias"] = tensors[f"{name}.shift"] - tensors[f"{name}.mean"] * scale
    return folded


def start(weights: Path | None, seed: int) -> Tensors:
    """Return initial tensors: published EfficientNet-Lite0 weights, or random ones.

    Raises:
        InputError: if the file holds another network.
    """
    generator = torch.Generator().manual_seed(seed)
    shape = (network.DIM, network.HEAD_WIDTH)
    projection = torch.randn(shape, generator=generator) / network.HEAD_WIDTH**0.5
    layers = _random(generator) if weights is None else _published(load_state_dict(weights))
    return {network.PROJECTION: projection, **layers}


def _random(generator: torch.Generator) -> Tensors:
    found = {}
    for name, shape in network.shapes().items():
        fan_in = shape[1] * shape[2] * shape[3]
        found[f"{name}.weight"] = torch.randn(shape, generator=generator) * (2 / fan_in) ** 0.5
        found[f"{name}.scale"] = torch.ones(shape[0])
        found[f"{name}.variance"] = torch.ones(shape[0])
        found[f"{name}.shift"] = torch.zeros(shape[0])
        found[f"{name}.mean"] = torch.zeros(shape[0])
    return found


def _published(state: Mapping[str, Tensor]) -> Tensors:
    found = {}
    for name, shape in network.shapes().items():
        convolution, norm = _published_names(name)
        weight = state.get(f"{convolution}.weight")
        if weight is None or weight.shape != shape:
            raise InputError(f"the initial weights have no matching {convolution}")
        found[f"{name}.weight"] = weight
        for ours, theirs in (("scale", "weight"), ("shift", "bias"), ("mean", "running_mean"),
                             ("variance", "running_var")):  # fmt: skip
            found[f"{name}.{ours}"] = state[f"{norm}.{theirs}"]
    return found


def _published_names(name: str) -> tuple[str, str]:
    if name in _STEM_AND_HEAD:
        return _STEM_AND_HEAD[name]
    _, number, part = name.split(".")
    convolution, norm = _PARTS[part]
    return f"_blocks.{number}.{convolution}", f"_blocks.{number}.{norm}"


def _laid_out(tensor: Tensor) -> Tensor:
    return tensor.contiguous(memory_format=torch.channels_last) if tensor.ndim == 4 else tensor
