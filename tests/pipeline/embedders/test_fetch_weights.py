"""The fetch_weights command."""

import io
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import override_settings

pytestmark = pytest.mark.slow


NAME = "open_clip:ViT-B-32:laion2b_s34b_b79k"


def test_weights_that_are_here_are_not_fetched_again(tmp_path: Path) -> None:
    file = tmp_path / "open_clip" / "ViT-B-32.laion2b_s34b_b79k.safetensors"
    file.parent.mkdir()
    file.touch()
    said = io.StringIO()

    with override_settings(WEIGHTS_DIR=tmp_path):
        call_command("fetch_weights", NAME, stdout=said)

    assert said.getvalue() == f"{NAME} is ready: {file}\n"


@pytest.mark.parametrize("name", ["descriptor", "open_clip:ViT-B-32", "open_clip:ViT-B-32:../x"])
def test_senseless_names_are_refused(name: str) -> None:
    with pytest.raises(CommandError, match="should be open_clip:<architecture>:<tag"):
        call_command("fetch_weights", name)


def test_torchvision_has_three_and_says_which() -> None:
    with pytest.raises(CommandError, match=r"torchvision:<resnet50 \| mobilenet_v2 \| vgg16>"):
        call_command("fetch_weights", "torchvision:resnet18")


def test_offline_it_says_so_and_leaves_no_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))

    with (
        override_settings(WEIGHTS_DIR=tmp_path / "weights"),
        pytest.raises(CommandError, match=f"weights of {NAME} cannot be downloaded"),
    ):
        call_command("fetch_weights", NAME)
    assert not (tmp_path / "weights").exists()


def test_a_download_that_breaks_off_leaves_no_half_file(tmp_path: Path) -> None:
    with (
        override_settings(WEIGHTS_DIR=tmp_path),
        pytest.raises(CommandError, match="weights of torchvision:resnet50 cannot be downloaded"),
    ):
        call_command("fetch_weights", "torchvision:resnet50")
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
