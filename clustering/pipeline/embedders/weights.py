"""The only loader of model weights: safetensors, or .pt files without code."""

import pickle  # noqa: TID251  # its error class only; nothing is unpickled here
from pathlib import Path
from typing import Any

from clustering.pipeline.errors import InputError


def load_state_dict(path: Path) -> dict[str, Any]:
    """Return the tensors of a weights file by name, on the CPU.

    Raises:
        InputError: if the file is damaged or contains anything but tensors.
    """
    import torch
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        if path.suffix == ".safetensors":
            return dict(load_file(path))
        loaded = torch.load(path, map_location="cpu", weights_only=True)
    except (SafetensorError, pickle.UnpicklingError, RuntimeError, EOFError, OSError) as error:
        raise InputError(
            f"{path.name} contains no plain weights; convert it to safetensors"
        ) from error
    return _tensors(loaded, path)


def _tensors(loaded: object, path: Path) -> dict[str, Any]:
    """Unwrap a training checkpoint and the prefix that data-parallel training leaves."""
    if isinstance(loaded, dict) and isinstance(loaded.get("state_dict"), dict):
        loaded = loaded["state_dict"]
    if not isinstance(loaded, dict) or not loaded:
        raise InputError(f"{path.name} holds no named tensors")
    return {str(name).removeprefix("module."): tensor for name, tensor in loaded.items()}
