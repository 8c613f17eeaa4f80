"""Locates weight files; imports no torch.

Order: a file named instead of a tag; the weights folder; the cache of the Hugging Face hub
(open_clip) or of torch.hub (torchvision).
"""

import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from clustering.pipeline.errors import InputError

SUFFIXES: Final = (".safetensors", ".pt", ".pth", ".bin")
HUB_FILES: Final = ("open_clip_model.safetensors", "open_clip_pytorch_model.bin")
HUB_REPOSITORIES: Final = {
    "ViT-B-32:laion2b_s34b_b79k": "laion/CLIP-ViT-B-32-laion2B-s34B-b79K",
    "ViT-B-16:laion2b_s34b_b88k": "laion/CLIP-ViT-B-16-laion2B-s34B-b88K",
    "RN50:openai": "timm/resnet50_clip.openai",
    "MobileCLIP2-S0:dfndr2b": "timm/MobileCLIP2-S0-OpenCLIP",
    "ViT-B-16-SigLIP:webli": "timm/ViT-B-16-SigLIP",
}
# File names in torch.hub's cache, best first: version 2 was trained with label smoothing and
# mixing, which makes its features less discriminative.
TORCHVISION_FILES: Final = {
    "resnet50": ("resnet50-0676ba61", "resnet50-11ad3fa6"),
    "mobilenet_v2": ("mobilenet_v2-b0353104", "mobilenet_v2-7ebf99e0"),
    "vgg16": ("vgg16-397923af",),
}
SAMPLE_BYTES: Final = 1 << 20  # of each end of a file, for its digest
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


@dataclass(frozen=True)
class ModelName:
    """``<family>:<architecture>[:<tag or local file>]`` in its parts."""

    family: str
    architecture: str
    tag: str

    @property
    def is_file(self) -> bool:
        """Whether ``tag`` names a file instead of published weights."""
        return Path(self.tag).suffix in SUFFIXES

    def __str__(self) -> str:
        return ":".join(part for part in (self.family, self.architecture, self.tag) if part)


def parse(name: str) -> ModelName:
    """Split ``open_clip:<architecture>:<tag or file>`` or ``torchvision:<architecture>[:<file>]``.

    Raises:
        InputError: if a part is missing, or is neither a plain name nor a weights file.
    """
    family, _, rest = name.partition(":")
    architecture, _, tag = rest.partition(":")
    model = ModelName(family, architecture, tag)
    if family == "torchvision":
        return _checked_torchvision(model)
    plain = _NAME.fullmatch(architecture) and (model.is_file or _NAME.fullmatch(tag))
    if family != "open_clip" or not plain:
        raise InputError(f"{name!r} should be open_clip:<architecture>:<tag or weights file>")
    return model


def _checked_torchvision(model: ModelName) -> ModelName:
    if model.architecture not in TORCHVISION_FILES or not (model.is_file or model.tag == ""):
        known = " | ".join(TORCHVISION_FILES)
        raise InputError(f"{str(model)!r} should be torchvision:<{known}>[:<weights file>]")
    return model


def find(model: ModelName, weights_dir: Path) -> Path | None:
    """Return the file that holds the weights of ``model``, None if this machine has none."""
    if model.is_file:
        named = Path(model.tag)
        candidates = [named] if named.is_absolute() else [weights_dir / named, named]
    else:
        candidates = [*places(model, weights_dir), *_cached(model)]
    return next((path for path in candidates if path.is_file()), None)


def places(model: ModelName, weights_dir: Path) -> list[Path]:
    """Return candidate paths in the weights folder, best first."""
    folder = weights_dir / model.family
    if model.family == "torchvision":
        return [folder / f"{stem}.pth" for stem in TORCHVISION_FILES[model.architecture]]
    return [folder / f"{model.architecture}.{model.tag}{suffix}" for suffix in SUFFIXES]


def version(model: ModelName, weights_dir: Path) -> str:
    """Return the weights' version for the embedder key: the tag, or the file's digest."""
    path = find(model, weights_dir)
    if not model.is_file:
        named = path or places(model, weights_dir)[0]
        return model.tag or named.stem.removeprefix(f"{model.architecture}-")
    if path is None:
        return Path(model.tag).stem
    digest = hashlib.sha256(str(path.stat().st_size).encode())
    with path.open("rb") as file:
        digest.update(file.read(SAMPLE_BYTES))
        file.seek(max(0, path.stat().st_size - SAMPLE_BYTES))
        digest.update(file.read(SAMPLE_BYTES))
    return f"{path.stem}-{digest.hexdigest()[:12]}"


def missing_message(model: ModelName) -> str:
    """Return the error message with the command that fetches the weights."""
    if model.is_file:
        return f"there is no weights file {model.tag}"
    return f"weights of {model} are not on this machine: {fetch_command(model)}"


def fetch_command(model: ModelName) -> str:
    """Return the command that fetches the weights of ``model``."""
    return f"python manage.py fetch_weights {model}"


def _cached(model: ModelName) -> list[Path]:
    """Files in a hub's cache.

    Hugging Face: models--owner--name/snapshots/<commit>/<file>; torch: hub/checkpoints/<file>.
    """
    if model.family == "torchvision":
        names = TORCHVISION_FILES[model.architecture]
        return [_torch_hub() / "checkpoints" / f"{stem}.pth" for stem in names]
    repository = HUB_REPOSITORIES.get(f"{model.architecture}:{model.tag}", "")
    if not repository:
        return []
    folder = _hub_cache() / f"models--{repository.replace('/', '--')}" / "snapshots"
    return [path for file in HUB_FILES for path in sorted(folder.glob(f"*/{file}"))]


def _hub_cache() -> Path:
    """The cache folder, by huggingface_hub's documented variables."""
    home = Path(os.environ.get("HF_HOME", "~/.cache/huggingface")).expanduser()
    return Path(os.environ.get("HF_HUB_CACHE", home / "hub"))


def _torch_hub() -> Path:
    """The cache folder, by torch.hub's documented variables."""
    cache = Path(os.environ.get("XDG_CACHE_HOME", "~/.cache")) / "torch"
    return Path(os.environ.get("TORCH_HOME", cache)).expanduser() / "hub"
