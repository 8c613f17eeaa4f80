"""The network of ``logonet``: EfficientNet-Lite0 as plain functions over named tensors.

Tan & Le, EfficientNet (2019), in the Lite form: no squeeze-and-excitation, ReLU6. Batch norm is
folded into the convolutions; training folds on the fly and uses the same function.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor
from torch.nn import functional

SIDE_PX: Final = 160
DIM: Final = 256
MEAN: Final = 127.0  # of a channel, as in the pretrained weights
DEVIATION: Final = 128.0
STEM_WIDTH: Final = 32
HEAD_WIDTH: Final = 1280
LARGEST: Final = 6.0  # of an activation
PROJECTION: Final = "projection.weight"

Depthwise = Callable[[Tensor, Tensor, Tensor, int], Tensor]


@dataclass(frozen=True)
class NetworkStage:
    """Blocks of one width; the first one has the stride."""

    n_blocks: int
    kernel: int
    stride: int
    expansion: int
    width: int


STAGES: Final = (
    NetworkStage(1, 3, 1, 1, 16),
    NetworkStage(2, 3, 2, 6, 24),
    NetworkStage(2, 5, 2, 6, 40),
    NetworkStage(3, 3, 2, 6, 80),
    NetworkStage(3, 5, 1, 6, 112),
    NetworkStage(4, 5, 2, 6, 192),
    NetworkStage(1, 3, 1, 6, 320),
)


@dataclass(frozen=True)
class Block:
    """Inverted bottleneck: 1 x 1 expansion, depthwise convolution, 1 x 1 projection."""

    name: str
    width_in: int
    width_out: int
    kernel: int
    stride: int
    expansion: int

    @property
    def has_shortcut(self) -> bool:
        """Whether the input is added to the output."""
        return self.stride == 1 and self.width_in == self.width_out


def blocks() -> Iterator[Block]:
    """Yield the blocks from the stem to the head."""
    width, number = STEM_WIDTH, 0
    for stage in STAGES:
        for position in range(stage.n_blocks):
            stride = stage.stride if position == 0 else 1
            yield Block(
                f"blocks.{number}", width, stage.width, stage.kernel, stride, stage.expansion
            )
            width, number = stage.width, number + 1


def shapes() -> dict[str, tuple[int, int, int, int]]:
    """Return the weight shape of each convolution by its name."""
    found = {"stem": (STEM_WIDTH, 3, 3, 3)}
    last = STEM_WIDTH
    for block in blocks():
        wide = block.width_in * block.expansion
        if block.expansion > 1:
            found[f"{block.name}.expand"] = (wide, block.width_in, 1, 1)
        found[f"{block.name}.depthwise"] = (wide, 1, block.kernel, block.kernel)
        found[f"{block.name}.project"] = (block.width_out, wide, 1, 1)
        last = block.width_out
    return found | {"head": (HEAD_WIDTH, last, 1, 1)}


def depthwise(pixels: Tensor, weight: Tensor, bias: Tensor, stride: int) -> Tensor:
    """Convolve each channel by itself; same padding for an odd kernel."""
    padding = weight.shape[-1] // 2
    return functional.conv2d(pixels, weight, bias, stride, padding, 1, len(weight))


def forward(
    canvases: Tensor, weights: Mapping[str, Tensor], depthwise: Depthwise = depthwise
) -> Tensor:
    """Return one unit row per canvas, shape (n, DIM), in float32.

    Args:
        canvases: uint8, shape (n, 3, side, side).
        weights: ``<layer>.weight`` and ``<layer>.bias`` of one type and device, and PROJECTION.
        depthwise: another implementation, for training.
    """
    stem = weights["stem.weight"]
    pixels = ((canvases.to(torch.float32) - MEAN) / DEVIATION).to(stem.dtype)
    pixels = pixels.contiguous(memory_format=torch.channels_last)
    pixels = _relu6(functional.conv2d(pixels, stem, weights["stem.bias"], 2, 1))
    for block in blocks():
        pixels = _through(block, pixels, weights, depthwise)
    pixels = _relu6(functional.conv2d(pixels, weights["head.weight"], weights["head.bias"]))
    pooled = pixels.mean((2, 3), dtype=torch.float32)
    rows = pooled @ weights[PROJECTION].to(torch.float32).T
    return functional.normalize(rows, dim=1)


def _through(
    block: Block, pixels: Tensor, weights: Mapping[str, Tensor], depthwise: Depthwise
) -> Tensor:
    def layer(name: str) -> tuple[Tensor, Tensor]:
        return weights[f"{block.name}.{name}.weight"], weights[f"{block.name}.{name}.bias"]

    inner = pixels
    if block.expansion > 1:
        inner = _relu6(functional.conv2d(inner, *layer("expand")))
    inner = _relu6(depthwise(inner, *layer("depthwise"), block.stride))
    inner = functional.conv2d(inner, *layer("project"))
    return pixels + inner if block.has_shortcut else inner


def _relu6(pixels: Tensor) -> Tensor:
    """In place without gradients: allocation costs as much as the arithmetic."""
    if torch.is_grad_enabled():
        return functional.relu6(pixels)
    return pixels.clamp_(0.0, LARGEST)
