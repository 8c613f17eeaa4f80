"""Batches of images on all cores."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Floats = NDArray[np.float32]
FEWEST_THREADS: Final = 2  # a GPU waits less if the next batch is prepared meanwhile


def embedded(
    rows_of: Callable[[Sequence[Image.Image]], Floats],
    images: Sequence[Image.Image],
    *,
    batch: int,
    dim: int,
    begin_thread: Callable[[], None] | None = None,
) -> Floats:
    """Return the rows of all images, shape (len(images), dim), ``batch`` images at a time.

    One thread for each core and one core for each batch: threads of torch within a batch of
    small convolutions wait for each other, and six times as long where cores are shared.
    ``begin_thread`` is called first in each thread. The rows do not depend on the number of
    threads. Pillow, numpy and torch release the GIL.
    """
    parts = [images[start : start + batch] for start in range(0, len(images), batch)]
    if len(parts) <= 1:
        found = [rows_of(part) for part in parts]
    else:
        with ThreadPoolExecutor(_n_threads(), initializer=begin_thread) as pool:
            found = list(pool.map(rows_of, parts))
    return np.concatenate([np.zeros((0, dim), dtype=np.float32), *found])


def use_one_core() -> None:
    """Let torch use the calling thread alone; the setting is one of each thread."""
    import torch

    torch.set_num_threads(1)


def _n_threads() -> int:
    return max(FEWEST_THREADS, os.cpu_count() or 1)
