"""Embed with the image tower of any model that open_clip knows."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from clustering.pipeline.embedders import processor, weight_files
from clustering.pipeline.embedders.torchvision_shim import define_missing_operators
from clustering.pipeline.embedders.weight_files import ModelName
from clustering.pipeline.embedders.weights import load_state_dict
from clustering.pipeline.errors import InputError, WeightsMissing
from clustering.pipeline.imaging.preparation import RECIPE, prepare

BATCH: Final = 16  # larger batches gain nothing on a CPU, single images cost three times as much


def embedder_key(model: ModelName, weights_dir: Path) -> str:
    """Return the key without loading anything."""
    version = weight_files.version(model, weights_dir)
    return f"open_clip:{model.architecture}:{version}:{RECIPE}:{processor.precision()}"


@dataclass(frozen=True)
class _Normalisation:
    """What the model was trained to see: channel means and deviations, shape (3, 1, 1)."""

    mean: NDArray[np.float32]
    std: NDArray[np.float32]


class OpenClip:
    """One model, loaded; slow to create."""

    def __init__(self, architecture: str, tag: str, *, weights_dir: Path) -> None:
        model = ModelName(architecture, tag)
        path = weight_files.find(model, weights_dir)
        if path is None:
            raise WeightsMissing(missing_message(model))
        self.key = embedder_key(model, weights_dir)
        self._model = _load(model, path)
        self._normalisation = _normalisation(model)
        self._side = _image_side(self._model)
        self.dim = self._embed_batch([Image.new("RGBA", (8, 8), "white")]).shape[1]

    def embed(self, images: Sequence[Image.Image]) -> NDArray[np.float32]:
        """Return one unit row per RGBA image, shape (len(images), dim)."""
        batches = [images[start : start + BATCH] for start in range(0, len(images), BATCH)]
        if not batches:
            return np.zeros((0, self.dim), dtype=np.float32)
        return np.concatenate([self._embed_batch(batch) for batch in batches])

    def _embed_batch(self, images: Sequence[Image.Image]) -> NDArray[np.float32]:
        import torch

        canvases = np.stack([np.asarray(prepare(image, self._side)) for image in images])
        pixels = canvases.transpose(0, 3, 1, 2).astype(np.float32) / 255
        pixels = (pixels - self._normalisation.mean) / self._normalisation.std
        with torch.inference_mode():
            batch = torch.from_numpy(pixels).to(_dtype())
            rows = self._model.encode_image(batch).to(torch.float32).numpy()
        norms = np.linalg.norm(rows, axis=1, keepdims=True)
        return np.asarray(rows / np.maximum(norms, 1e-12), dtype=np.float32)


def missing_message(model: ModelName) -> str:
    """Say what is missing and the one command that brings it."""
    if model.is_file:
        return f"there is no weights file {model.tag}"
    return f"weights of {model} are not on this machine: {fetch_command(model)}"


def fetch_command(model: ModelName) -> str:
    """Return the command that brings the weights of ``model``."""
    return f"python manage.py fetch_weights {model}"


def fetch(model: ModelName, weights_dir: Path) -> Path:
    """Download the published weights of ``model`` into ``weights_dir`` and return their file.

    Progress goes to standard error. The file is renamed into place when it is whole.

    Raises:
        InputError: if open_clip publishes no such weights.
        WeightsMissing: if they cannot be downloaded.
    """
    define_missing_operators()
    from open_clip.pretrained import download_pretrained, get_pretrained_cfg

    config = get_pretrained_cfg(model.architecture, model.tag)
    if not config:
        raise InputError(f"open_clip publishes no weights {model.architecture}:{model.tag}")
    print(f"Downloading the weights of {model}", file=sys.stderr)  # noqa: T201
    try:
        fetched = Path(download_pretrained(config))
    except (OSError, RuntimeError, ValueError) as error:
        raise WeightsMissing(f"weights of {model} cannot be downloaded: {error}") from error
    target = weight_files.place(model, weights_dir, fetched.suffix)
    target.parent.mkdir(parents=True, exist_ok=True)
    return _linked(fetched.resolve(), target)


def _linked(source: Path, target: Path) -> Path:
    """Point ``target`` at ``source``: weights are large, and the hub's cache keeps them anyway."""
    staged = target.with_name(f".{target.name}.new")
    staged.unlink(missing_ok=True)
    staged.symlink_to(source)
    return staged.replace(target)


def _load(model: ModelName, path: Path) -> Any:
    define_missing_operators()
    import open_clip
    from open_clip.convert import convert_state_dict
    from open_clip.model import resize_pos_embed, resize_text_pos_embed

    config = open_clip.get_pretrained_cfg(model.architecture, model.tag) or {}
    try:
        network = open_clip.create_model(
            model.architecture,
            load_weights=False,
            pretrained_text=False,
            force_quick_gelu=config.get("quick_gelu", False),
        )
    except RuntimeError as error:
        raise InputError(f"open_clip knows no architecture {model.architecture}") from error
    state = convert_state_dict(network, load_state_dict(path))
    # Older checkpoints carry a buffer that newer transformers no longer have.
    state.pop("text.transformer.embeddings.position_ids", None)
    resize_pos_embed(state, network)
    resize_text_pos_embed(state, network)
    _fill(network, state, path)
    return network.to(_dtype()).eval()


def _fill(network: Any, state: dict[str, Any], path: Path) -> None:
    """A file for another architecture must not give half-random vectors."""
    try:
        network.load_state_dict(state, strict=True)
    except RuntimeError as error:
        raise InputError(f"{path.name} does not fit the architecture") from error


def _normalisation(model: ModelName) -> _Normalisation:
    import open_clip
    from open_clip.constants import OPENAI_DATASET_MEAN, OPENAI_DATASET_STD

    config = open_clip.get_pretrained_cfg(model.architecture, model.tag) or {}
    mean, std = config.get("mean", OPENAI_DATASET_MEAN), config.get("std", OPENAI_DATASET_STD)
    return _Normalisation(
        np.array(mean, dtype=np.float32).reshape(3, 1, 1),
        np.array(std, dtype=np.float32).reshape(3, 1, 1),
    )


def _image_side(network: Any) -> int:
    size = network.visual.image_size
    return int(size[0]) if isinstance(size, tuple | list) else int(size)


def _dtype() -> Any:
    import torch

    return torch.bfloat16 if processor.precision() == "bf16" else torch.float32
