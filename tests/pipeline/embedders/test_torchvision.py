"""The classifiers of torchvision without their last layer, with random weights."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from clustering.pipeline.embedders import catalogue, cpu
from clustering.pipeline.embedders.torchvision import build, penultimate
from clustering.pipeline.errors import InputError, WeightsMissing
from tests.pipeline.embedders import tiny

pytestmark = pytest.mark.slow


def picture() -> Image.Image:
    image = Image.new("RGBA", (64, 40), (255, 255, 255, 0))
    ImageDraw.Draw(image).ellipse((5, 5, 35, 35), fill="#2050c0")
    return image


@pytest.mark.parametrize(
    ("architecture", "dim"), [("resnet50", 2048), ("mobilenet_v2", 1280), ("vgg16", 4096)]
)
def test_the_last_layer_is_cut_off(architecture: str, dim: int) -> None:
    import torch

    network = penultimate(build(architecture)).eval()

    assert network(torch.empty(2, 3, 224, 224, device="meta")).shape == (2, dim)


def test_bfloat16_is_close_to_float32_and_has_a_key_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from safetensors.torch import save_file

    save_file(tiny.make_torchvision("mobilenet_v2"), tmp_path / "a.safetensors")
    name = "torchvision:mobilenet_v2:a.safetensors"

    monkeypatch.setattr(cpu, "precision", lambda: "bf16")
    half = catalogue.create(name, weights_dir=tmp_path)
    half_row = half.embed([picture()])[0]
    monkeypatch.setattr(cpu, "precision", lambda: "fp32")
    full = catalogue.create(name, weights_dir=tmp_path)

    assert half.key.removesuffix("bf16") == full.key.removesuffix("fp32")
    assert float(half_row @ full.embed([picture()])[0]) > 0.999


def test_a_batch_gives_the_rows_of_single_images(tmp_path: Path) -> None:
    from safetensors.torch import save_file

    save_file(tiny.make_torchvision("mobilenet_v2"), tmp_path / "a.safetensors")
    embedder = catalogue.create("torchvision:mobilenet_v2:a.safetensors", weights_dir=tmp_path)
    images = [Image.new("RGBA", (9, 9), (7 * step, 40, 90, 255)) for step in range(17)]

    rows = embedder.embed([*images, picture()])

    np.testing.assert_allclose(rows[17], embedder.embed([picture()])[0], atol=1e-2)
    assert float(rows[0] @ rows[17]) < 0.999


def test_weights_of_another_architecture_are_refused(tmp_path: Path) -> None:
    from safetensors.torch import save_file

    save_file(tiny.make_torchvision("mobilenet_v2"), tmp_path / "a.safetensors")

    with pytest.raises(InputError, match=r"a\.safetensors does not fit resnet50"):
        catalogue.create("torchvision:resnet50:a.safetensors", weights_dir=tmp_path)


def test_without_weights_it_says_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))

    with pytest.raises(WeightsMissing, match=r"manage\.py fetch_weights torchvision:vgg16"):
        catalogue.create("torchvision:vgg16", weights_dir=tmp_path)
