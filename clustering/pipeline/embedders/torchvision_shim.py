"""Makes ``import torchvision`` work where its compiled operators do not match torch.

A CPU build of torch beside the stock torchvision wheel cannot load torchvision's library;
the import then fails with "operator torchvision::nms does not exist", because it registers
shapes for two undefined operators. Models of open_clip use neither.
"""

from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

SCHEMAS: Final = {
    "nms": "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms": "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
}
_kept: list[Any] = []  # definitions live as long as the library object that made them


def define_missing_operators() -> tuple[str, ...]:
    """Define the operators that torchvision's library lacks; return their names.

    The library is tried first: a schema that is defined twice aborts the import, too.
    """
    import torch

    _load_compiled_operators()
    missing = tuple(name for name in SCHEMAS if not _is_defined(name))
    if missing:
        library = torch.library.Library("torchvision", "FRAGMENT")  # type: ignore[no-untyped-call]  # torch
        for name in missing:
            library.define(SCHEMAS[name])  # type: ignore[no-untyped-call]  # torch
        _kept.append(library)
    return missing


def _is_defined(name: str) -> bool:
    import torch

    return bool(torch._C._jit_get_schemas_for_operator(f"torchvision::{name}"))


def _load_compiled_operators() -> None:
    import torch

    spec = find_spec("torchvision")
    folders = spec.submodule_search_locations if spec else None
    for library in sorted(Path(next(iter(folders or ["."]))).glob("_C*.so")):
        try:
            torch.ops.load_library(str(library))  # type: ignore[no-untyped-call]  # torch
        except OSError:  # built for another torch: exactly the case that we are here for
            continue
