"""A CLIP model small enough for tests, with random weights."""

import json
from pathlib import Path
from typing import Any

ARCHITECTURE = "logosite-tiny"
CONFIG = {
    "embed_dim": 16,
    "vision_cfg": {"image_size": 32, "layers": 1, "width": 64, "patch_size": 8},
    "text_cfg": {"context_length": 8, "vocab_size": 32, "width": 32, "heads": 2, "layers": 1},
}


def make(folder: Path) -> dict[str, Any]:
    """Register the architecture and return a state that fits it."""
    from clustering.pipeline.embedders.torchvision_shim import define_missing_operators

    define_missing_operators()
    import open_clip
    import torch

    config = folder / f"{ARCHITECTURE}.json"
    config.write_text(json.dumps(CONFIG))
    open_clip.add_model_config(config)
    torch.manual_seed(5)
    return dict(open_clip.create_model(ARCHITECTURE, load_weights=False).state_dict())
