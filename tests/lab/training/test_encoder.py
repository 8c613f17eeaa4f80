"""The trainable network: gradients and batch-norm folding."""

import pytest
import torch
from torch.nn import functional

from clustering.lab.training import encoder
from clustering.lab.training.depthwise import depthwise
from clustering.pipeline.embedders.logonet import network

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(("kernel", "stride"), [(3, 1), (5, 1), (3, 2), (5, 2)])
def test_the_fast_depthwise_gradient_equals_torchs(kernel: int, stride: int) -> None:
    generator = torch.Generator().manual_seed(kernel)
    seen = [
        torch.randn(shape, generator=generator, requires_grad=True)
        for shape in ((2, 6, 8, 8), (6, 1, kernel, kernel), (6,))
    ]
    given = torch.randn((2, 6, 8 // stride, 8 // stride), generator=generator)

    pixels, weight, bias = seen
    ours = torch.autograd.grad(depthwise(pixels, weight, bias, stride), seen, given)
    plain = network.depthwise(pixels, weight, bias, stride)
    theirs = torch.autograd.grad(plain, seen, given)

    for one, other in zip(ours, theirs, strict=True):
        torch.testing.assert_close(one, other, atol=1e-4, rtol=1e-4)


def test_a_folded_layer_equals_convolution_and_batch_norm() -> None:
    tensors = encoder.start(None, seed=1)
    tensors["stem.mean"] = torch.linspace(-1, 1, network.STEM_WIDTH)
    tensors["stem.variance"] = torch.linspace(0.5, 2, network.STEM_WIDTH)
    tensors["stem.shift"] = torch.linspace(3, 1, network.STEM_WIDTH)
    pixels = torch.randn((1, 3, 16, 16), generator=torch.Generator().manual_seed(2))

    folded = encoder.fold(tensors)

    plain = functional.conv2d(pixels, tensors["stem.weight"])
    expected = functional.batch_norm(
        plain,
        tensors["stem.mean"],
        tensors["stem.variance"],
        tensors["stem.scale"],
        tensors["stem.shift"],
        eps=encoder.EPSILON,
    )
    found = functional.conv2d(pixels, folded["stem.weight"], folded["stem.bias"])
    torch.testing.assert_close(found, expected, atol=1e-4, rtol=1e-4)


def test_all_tensors_but_the_statistics_get_gradients() -> None:
    learning = encoder.Encoder(encoder.start(None, seed=1), torch.device("cpu"))
    canvases = torch.randint(0, 256, (2, 3, 32, 32), dtype=torch.uint8)

    learning.rows(canvases, torch.float32)[0, 0].backward()  # type: ignore[no-untyped-call]  # torch

    assert all(tensor.grad is not None for tensor in learning.learned.values())
    assert {name.rpartition(".")[2] for name in learning.frozen} == {"mean", "variance"}
