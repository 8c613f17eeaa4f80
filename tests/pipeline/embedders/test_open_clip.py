"""Loading and inference with a tiny model of random weights."""

from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw

from clustering.pipeline.embedders import TextEmbedder, catalogue, cpu
from clustering.pipeline.embedders.open_clip import OpenClip
from clustering.pipeline.embedders.weight_files import ModelName
from clustering.pipeline.embedders.weights import load_state_dict
from clustering.pipeline.errors import InputError
from tests.pipeline.embedders import tiny

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return tiny.make(tmp_path_factory.mktemp("config"))


def model(file: str, architecture: str = tiny.ARCHITECTURE) -> ModelName:
    return ModelName("open_clip", architecture, file)


def picture() -> Image.Image:
    image = Image.new("RGBA", (64, 40), (255, 255, 255, 0))
    ImageDraw.Draw(image).ellipse((5, 5, 35, 35), fill="#2050c0")
    return image


def test_a_pt_file_and_a_safetensors_file_give_the_same_vectors(
    state: dict[str, Any], tmp_path: Path
) -> None:
    import torch
    from safetensors.torch import save_file

    save_file(state, tmp_path / "a.safetensors")
    wrapped = OrderedDict((f"module.{name}", tensor) for name, tensor in state.items())
    torch.save({"epoch": 3, "state_dict": wrapped}, tmp_path / "b.pt")

    first = OpenClip(model("a.safetensors"), weights_dir=tmp_path)
    second = OpenClip(model("b.pt"), weights_dir=tmp_path)

    assert first.dim == second.dim == 16
    np.testing.assert_array_equal(first.embed([picture()]), second.embed([picture()]))


def test_bfloat16_is_close_to_float32_and_has_a_key_of_its_own(
    state: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from safetensors.torch import save_file

    save_file(state, tmp_path / "a.safetensors")
    name = f"open_clip:{tiny.ARCHITECTURE}:a.safetensors"

    monkeypatch.setattr(cpu, "precision", lambda: "bf16")
    half = catalogue.create(name, weights_dir=tmp_path)
    half_row = half.embed([picture()])[0]
    monkeypatch.setattr(cpu, "precision", lambda: "fp32")
    full = catalogue.create(name, weights_dir=tmp_path)

    assert half.key.removesuffix("bf16") == full.key.removesuffix("fp32")
    assert float(half_row @ full.embed([picture()])[0]) > 0.999


def test_texts_become_unit_rows_beside_the_images(state: dict[str, Any], tmp_path: Path) -> None:
    from safetensors.torch import save_file

    save_file(state, tmp_path / "a.safetensors")
    embedder = OpenClip(model("a.safetensors"), weights_dir=tmp_path)

    rows = embedder.embed_texts(["a logo of a lion", "a logo of a bird", "a logo of a lion"])

    assert isinstance(embedder, TextEmbedder)
    assert rows.shape == (3, embedder.dim)
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1.0, atol=1e-5)
    np.testing.assert_allclose(rows[0], rows[2], atol=1e-6)
    assert not np.allclose(rows[0], rows[1], atol=1e-2)


def test_weights_of_another_architecture_are_refused(
    state: dict[str, Any], tmp_path: Path
) -> None:
    from safetensors.torch import save_file

    save_file({"visual.proj": state["visual.proj"]}, tmp_path / "a.safetensors")

    with pytest.raises(InputError, match=r"a\.safetensors does not fit the architecture"):
        OpenClip(model("a.safetensors"), weights_dir=tmp_path)


def test_an_unknown_architecture_is_refused(state: dict[str, Any], tmp_path: Path) -> None:
    from safetensors.torch import save_file

    save_file(state, tmp_path / "a.safetensors")

    with pytest.raises(InputError, match="open_clip knows no architecture nothing"):
        OpenClip(model("a.safetensors", architecture="nothing"), weights_dir=tmp_path)


class Payload:
    """Would run a command when unpickled."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return Path.touch, (self.marker,)  # type: ignore[return-value]  # any callable will do


def test_a_pt_file_with_code_in_it_is_refused_and_nothing_runs(tmp_path: Path) -> None:
    import torch

    torch.save({"state_dict": Payload(tmp_path / "ran")}, tmp_path / "evil.pt")

    with pytest.raises(InputError, match=r"evil\.pt contains no plain weights"):
        load_state_dict(tmp_path / "evil.pt")
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("name", ["a.pt", "a.safetensors", "a.bin"])
@pytest.mark.parametrize("content", [b"", b"not weights", b"\xff" * 64])
def test_damaged_files_are_refused(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)

    with pytest.raises(InputError, match="contains no plain weights"):
        load_state_dict(tmp_path / name)


def test_a_file_of_other_things_is_refused(tmp_path: Path) -> None:
    import torch

    torch.save([1, 2], tmp_path / "list.pt")

    with pytest.raises(InputError, match="holds no named tensors"):
        load_state_dict(tmp_path / "list.pt")


@pytest.mark.parametrize(
    ("flags", "expected"),
    [("fpu amx_bf16 amx_tile", True), ("fpu avx512_bf16", True), ("fpu avx512f", False)],
)
def test_the_processor_is_asked_for_bfloat16(
    tmp_path: Path, flags: str, *, expected: bool
) -> None:
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text(f"processor\t: 0\nflags\t\t: {flags}\nbogomips\t: 1\n")

    assert cpu.has_bfloat16(cpuinfo) is expected


def test_without_cpuinfo_there_is_no_bfloat16(tmp_path: Path) -> None:
    assert cpu.has_bfloat16(tmp_path / "none") is False
