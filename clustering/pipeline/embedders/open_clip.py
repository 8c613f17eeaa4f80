"""Embedder: the image tower of any open_clip model."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from clustering.pipeline.embedders import cpu, tower, weight_files
from clustering.pipeline.embedders.torchvision_shim import define_missing_operators
from clustering.pipeline.embedders.weight_files import ModelName
from clustering.pipeline.embedders.weights import load_state_dict
from clustering.pipeline.errors import InputError, WeightsMissing
from clustering.pipeline.imaging.preparation import RECIPE

TEXT_BATCH: Final = 64


def embedder_key(model: ModelName, weights_dir: Path) -> str:
    """Return the key without loading anything."""
    version = weight_files.version(model, weights_dir)
    return f"open_clip:{model.architecture}:{version}:{RECIPE}:{cpu.precision()}"


class OpenClip:
    """A loaded model; slow to create."""

    def __init__(self, model: ModelName, *, weights_dir: Path) -> None:
        path = weight_files.find(model, weights_dir)
        if path is None:
            raise WeightsMissing(weight_files.missing_message(model))
        self.key = embedder_key(model, weights_dir)
        self._architecture = model.architecture
        self._model = _load(model, path)
        self._tower = tower.Tower(self._model.encode_image, _input_format(model, self._model))
        self.dim = self._tower.dim

    def embed(self, images: Sequence[Image.Image]) -> NDArray[np.float32]:
        """Return one unit row per RGBA image, shape (len(images), dim)."""
        return self._tower.embed(images)

    def embed_texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return one unit row per text, comparable by cosine with the rows of images.

        Raises:
            WeightsMissing: if the model's tokenizer is not on this machine.
        """
        import open_clip
        import torch

        try:
            tokenizer = open_clip.get_tokenizer(self._architecture)
        except OSError as error:
            raise WeightsMissing(f"the tokenizer of {self._architecture} is missing") from error
        parts = [np.zeros((0, self.dim), dtype=np.float32)]
        with torch.inference_mode():
            for start in range(0, len(texts), TEXT_BATCH):
                tokens = tokenizer(list(texts[start : start + TEXT_BATCH]))
                parts.append(tower.unit(self._model.encode_text(tokens.to(tower.device()))))
        return np.concatenate(parts)


def fetch(model: ModelName, weights_dir: Path) -> Path:
    """Download the published weights of ``model`` into ``weights_dir`` and return their file.

    Progress goes to standard error. The file is renamed into place when complete.

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
    target = weight_files.places(model, weights_dir)[0].with_suffix(fetched.suffix)
    target.parent.mkdir(parents=True, exist_ok=True)
    return _linked(fetched.resolve(), target)


def _linked(source: Path, target: Path) -> Path:
    """Link ``target`` to ``source`` in the hub's cache instead of copying."""
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
    # Older checkpoints have a buffer that newer transformers lack.
    state.pop("text.transformer.embeddings.position_ids", None)
    resize_pos_embed(state, network)
    resize_text_pos_embed(state, network)
    _fill(network, state, path)
    return tower.placed(network)


def _fill(network: Any, state: dict[str, Any], path: Path) -> None:
    """Load strictly: missing tensors would stay random."""
    try:
        network.load_state_dict(state, strict=True)
    except RuntimeError as error:
        raise InputError(f"{path.name} does not fit the architecture") from error


def _input_format(model: ModelName, network: Any) -> tower.InputFormat:
    import open_clip
    from open_clip.constants import OPENAI_DATASET_MEAN, OPENAI_DATASET_STD

    config = open_clip.get_pretrained_cfg(model.architecture, model.tag) or {}
    mean, std = config.get("mean", OPENAI_DATASET_MEAN), config.get("std", OPENAI_DATASET_STD)
    return tower.InputFormat(_image_side(network), mean, std)


def _image_side(network: Any) -> int:
    size = network.visual.image_size
    return int(size[0]) if isinstance(size, tuple | list) else int(size)
