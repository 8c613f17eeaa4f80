"""Catalogue of embedders: which are offered, which are ready."""

from pathlib import Path

import pytest

from clustering.pipeline.embedders import DEFAULT, Readiness, catalogue
from clustering.pipeline.errors import InputError, UnknownPlugin, WeightsMissing

NAME = "open_clip:ViT-B-32:laion2b_s34b_b79k"


@pytest.fixture(autouse=True)
def _no_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))


def test_the_default_is_offered_first_and_names_are_unique() -> None:
    names = [offer.name for offer in catalogue.offered()]

    assert names[0] == DEFAULT == "logonet"
    assert NAME in names
    assert len(set(names)) == len(names)


def test_every_offer_has_a_readiness(tmp_path: Path) -> None:
    ready = {o.name: catalogue.readiness(o.name, tmp_path).is_ready for o in catalogue.offered()}

    assert {name for name in ready if ready[name]} == set(catalogue.BUILT_IN)


def test_missing_weights_are_reported_with_their_command(tmp_path: Path) -> None:
    assert catalogue.readiness(NAME, tmp_path) == Readiness(
        is_ready=False,
        detail="Its weights are not on this machine.",
        command=f"python manage.py fetch_weights {NAME}",
    )


def test_creating_without_weights_says_the_command(tmp_path: Path) -> None:
    with pytest.raises(WeightsMissing, match=f"python manage.py fetch_weights {NAME}"):
        catalogue.create(NAME, weights_dir=tmp_path)


@pytest.mark.parametrize(
    "path",
    [
        "weights/open_clip/ViT-B-32.laion2b_s34b_b79k.safetensors",
        "weights/open_clip/ViT-B-32.laion2b_s34b_b79k.pt",
        "hub/models--laion--CLIP-ViT-B-32-laion2B-s34B-b79K/snapshots/c0/open_clip_model.safetensors",
    ],
)
def test_weights_are_found_in_the_folder_and_in_the_hubs_cache(tmp_path: Path, path: str) -> None:
    file = tmp_path / path
    file.parent.mkdir(parents=True)
    file.touch()

    assert catalogue.readiness(NAME, tmp_path / "weights").is_ready


@pytest.mark.parametrize(
    "path",
    [
        "weights/torchvision/resnet50-0676ba61.pth",
        "torch/hub/checkpoints/resnet50-0676ba61.pth",
        "torch/hub/checkpoints/resnet50-11ad3fa6.pth",
    ],
)
def test_torchs_own_cache_is_looked_into_and_its_version_is_in_the_key(
    tmp_path: Path, path: str
) -> None:
    file = tmp_path / path
    file.parent.mkdir(parents=True)
    file.touch()

    key = catalogue.embedder_key("torchvision:resnet50", tmp_path / "weights")

    assert catalogue.readiness("torchvision:resnet50", tmp_path / "weights").is_ready
    assert key.split(":")[:3] == ["torchvision", "resnet50", file.stem.removeprefix("resnet50-")]


def test_a_file_that_is_not_there_has_no_command(tmp_path: Path) -> None:
    found = catalogue.readiness("open_clip:ViT-B-32:mine.pt", tmp_path)

    assert found == Readiness(is_ready=False, detail="There is no file mine.pt.")


@pytest.mark.parametrize("call", [catalogue.readiness, catalogue.embedder_key])
def test_unknown_families_are_refused_by_name(call: object, tmp_path: Path) -> None:
    with pytest.raises(UnknownPlugin, match=r"known are: .*descriptor, .*open_clip"):
        call("resnet", tmp_path)  # type: ignore[operator]  # both take the same arguments


@pytest.mark.parametrize(
    "name",
    [
        "open_clip",
        "open_clip:ViT-B-32",
        "open_clip:../x:laion",
        "open_clip:a:b/c",
        "descriptor:2",
        "logonet:1",
        "torchvision",
        "torchvision:alexnet",
        "torchvision:vgg16:imagenet",
    ],
)
def test_senseless_names_are_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(InputError):
        catalogue.readiness(name, tmp_path)


def test_keys_depend_on_the_content_of_files(tmp_path: Path) -> None:
    file = tmp_path / "mine.pt"
    file.write_bytes(b"one")
    first = catalogue.embedder_key("open_clip:RN50:mine.pt", tmp_path)

    file.write_bytes(b"two")

    assert first.startswith("open_clip:RN50:mine-")
    assert catalogue.embedder_key("open_clip:RN50:mine.pt", tmp_path) != first
    assert str(tmp_path) not in first
