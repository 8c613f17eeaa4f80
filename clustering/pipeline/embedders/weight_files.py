"""Where the weights of open_clip models lie on this machine; imports no torch.

Looked up in this order: a file named instead of a tag; the operator's folder of weights;
the Hugging Face hub's cache.
"""

import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from clustering.pipeline.errors import InputError

SUFFIXES: Final = (".safetensors", ".pt", ".bin")
HUB_FILES: Final = ("open_clip_model.safetensors", "open_clip_pytorch_model.bin")
HUB_REPOSITORIES: Final = {
    "ViT-B-32:laion2b_s34b_b79k": "laion/CLIP-ViT-B-32-laion2B-s34B-b79K",
    "ViT-B-16:laion2b_s34b_b88k": "laion/CLIP-ViT-B-16-laion2B-s34B-b88K",
    "RN50:openai": "timm/resnet50_clip.openai",
    "MobileCLIP2-S0:dfndr2b": "timm/MobileCLIP2-S0-OpenCLIP",
    "ViT-B-16-SigLIP:webli": "timm/ViT-B-16-SigLIP",
}
SAMPLE_BYTES: Final = 1 << 20  # of each end of a file: weights that differ do so everywhere
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


@dataclass(frozen=True)
class ModelName:
    """``open_clip:<architecture>:<tag or local file>`` in its parts."""

    architecture: str
    tag: str

    @property
    def is_file(self) -> bool:
        """Whether ``tag`` names a file instead of published weights."""
        return Path(self.tag).suffix in SUFFIXES

    def __str__(self) -> str:
        return f"open_clip:{self.architecture}:{self.tag}"


def parse(name: str) -> ModelName:
    """Split ``open_clip:<architecture>:<tag or file>``.

    Raises:
        InputError: if a part is missing, or is neither a plain name nor a weights file.
    """
    family, _, rest = name.partition(":")
    architecture, _, tag = rest.partition(":")
    model = ModelName(architecture, tag)
    plain = _NAME.fullmatch(architecture) and (model.is_file or _NAME.fullmatch(tag))
    if family != "open_clip" or not plain:
        raise InputError(f"{name!r} should be open_clip:<architecture>:<tag or weights file>")
    return model


def find(model: ModelName, weights_dir: Path) -> Path | None:
    """Return the file that holds the weights of ``model``, None if this machine has none."""
    if model.is_file:
        named = Path(model.tag)
        places = [named] if named.is_absolute() else [weights_dir / named, named]
    else:
        places = [place(model, weights_dir, suffix) for suffix in SUFFIXES]
        places += _cached(HUB_REPOSITORIES.get(f"{model.architecture}:{model.tag}", ""))
    return next((path for path in places if path.is_file()), None)


def place(model: ModelName, weights_dir: Path, suffix: str = ".safetensors") -> Path:
    """Return where in the folder of weights the file for ``model`` belongs."""
    return weights_dir / "open_clip" / f"{model.architecture}.{model.tag}{suffix}"


def version(model: ModelName, weights_dir: Path) -> str:
    """Return what names these very weights in an embedder's key: the tag, or the file's digest."""
    path = find(model, weights_dir) if model.is_file else None
    if path is None:
        return Path(model.tag).stem if model.is_file else model.tag
    digest = hashlib.sha256(str(path.stat().st_size).encode())
    with path.open("rb") as file:
        digest.update(file.read(SAMPLE_BYTES))
        file.seek(max(0, path.stat().st_size - SAMPLE_BYTES))
        digest.update(file.read(SAMPLE_BYTES))
    return f"{path.stem}-{digest.hexdigest()[:12]}"


def _cached(repository: str) -> list[Path]:
    """Files of a repository in the hub's cache: models--owner--name/snapshots/<commit>/<file>."""
    if not repository:
        return []
    folder = _hub_cache() / f"models--{repository.replace('/', '--')}" / "snapshots"
    return [path for file in HUB_FILES for path in sorted(folder.glob(f"*/{file}"))]


def _hub_cache() -> Path:
    """The cache's place, by the variables that huggingface_hub documents."""
    home = Path(os.environ.get("HF_HOME", "~/.cache/huggingface")).expanduser()
    return Path(os.environ.get("HF_HUB_CACHE", home / "hub"))
