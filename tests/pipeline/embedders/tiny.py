"""Models for tests with random weights: a tiny CLIP, and torchvision's."""

import json
from pathlib import Path
from typing import Any

ARCHITECTURE = "logosite-tiny"
CONFIG = {
    "embed_dim": 16,
    "vision_cfg": {"image_size": 32, "layers": 1, "width": 64, "patch_size": 8},
    "text_cfg": {"context_length": 8, "vocab_size": 49408, "width": 32, "heads": 2, "layers": 1},
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


def make_torchvision(architecture: str) -> dict[str, Any]:
    """Return a state that fits a true architecture, with features about as large as trained."""
    import torch

    from clustering.pipeline.embedders.torchvision import build

    torch.manual_seed(5)
    network = build(architecture).to_empty(device="cpu")
    for name, tensor in network.state_dict().items():
        if tensor.dim() > 1:
            torch.nn.init.kaiming_normal_(tensor)
        else:
            tensor.fill_(1 if name.endswith(("weight", "running_var")) else 0)
    return dict(network.state_dict())
